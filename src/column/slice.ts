/**
 * Rows `from` to `to` of a column, at no copy but for the validity bitmap, whose bits are realigned into `out`, an arena of the column's
 * segment.
 */
import { assert } from "../errors.ts";
import type { Arena } from "../memory/arena.ts";
import type { Heap } from "../memory/heap.ts";
import type { Column } from "./column.ts";
import { isValid } from "./reader.ts";
import { valueWidth } from "./type.ts";

export function sliceColumn(heap: Heap, column: Column, from: number, to: number, out: Arena): Column {
  if (from === 0 && to === column.length) return column;
  const width = valueWidth(column.type);
  const nulls =
    column.nullCount === 0 || from === to
      ? { validity: 0, nullCount: 0 }
      : sliceValidity(heap, column, from, to, out);
  const isOffset =
    column.type.kind === "utf8" || column.type.kind === "object" || column.type.kind === "list";
  return {
    type: column.type,
    length: to - from,
    segment: column.segment,
    ...nulls,
    offsets: isOffset ? column.offsets + from * 4 : 0,
    values: width > 0 ? column.values + from * width : column.values,
    children:
      column.type.kind === "struct"
        ? column.children.map((child) => sliceColumn(heap, child, from, to, out))
        : column.children,
    ...(column.stats === undefined ? {} : { stats: column.stats }),
  };
}

function sliceValidity(
  heap: Heap,
  column: Column,
  from: number,
  to: number,
  out: Arena,
): { validity: number; nullCount: number } {
  assert(out.segment.id === column.segment, "the bitmap of a slice lies beside its column");
  const { u8 } = heap.segment(column.segment);
  const length = to - from;
  const bytes = (length + 7) >>> 3;
  const ptr = out.allocate(bytes);
  u8.fill(0, ptr, ptr + bytes);
  let nullCount = 0;
  for (let i = 0; i < length; i++)
    if (isValid(u8, column.validity, from + i)) u8[ptr + (i >>> 3)] |= 1 << (i & 7);
    else nullCount++;
  return nullCount === 0 ? { validity: 0, nullCount: 0 } : { validity: ptr, nullCount };
}
