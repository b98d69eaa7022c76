/** Bytes of rows `from` to `to` of a column: of their own, so that equal rows take as many wherever they lie. No bitmaps, no dictionaries. */
import type { Heap } from "../memory/heap.ts";
import type { Column } from "./column.ts";
import { valueWidth } from "./type.ts";

export function rowBytes(heap: Heap, column: Column, from: number, to: number): number {
  const { type, offsets, children } = column;
  let bytes = (to - from) * valueWidth(type);
  if (type.kind === "struct") for (const child of children) bytes += rowBytes(heap, child, from, to);
  if (offsets === 0) return bytes;
  const { i32 } = heap.segment(column.segment);
  const [start, end] = [i32[offsets / 4 + from], i32[offsets / 4 + to]];
  return (
    bytes + (to - from) * 4 + (type.kind === "list" ? rowBytes(heap, children[0], start, end) : end - start)
  );
}
