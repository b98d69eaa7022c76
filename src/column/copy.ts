/** A deep copy of a column into another arena, any segment, with offsets starting at 0; lasting dictionaries stay where they are. Costs one pass over its bytes. */
import type { Arena } from "../memory/arena.ts";
import type { Heap } from "../memory/heap.ts";
import type { Column } from "./column.ts";
import { sliceColumn } from "./slice.ts";
import { valueWidth } from "./type.ts";

export function copyColumn(heap: Heap, column: Column, out: Arena): Column {
  const source = heap.segment(column.segment);
  const target = out.segment;
  const { length: n } = column;
  const copyBytes = (from: number, bytes: number): number => {
    const ptr = out.allocate(bytes);
    target.u8.set(source.u8.subarray(from, from + bytes), ptr);
    return ptr;
  };
  const base = {
    type: column.type,
    length: n,
    segment: target.id,
    validity: column.validity === 0 ? 0 : copyBytes(column.validity, (n + 7) >>> 3),
    nullCount: column.nullCount,
    ...(column.stats === undefined ? {} : { stats: column.stats }),
  };
  const { kind } = column.type;
  if (kind === "struct")
    return {
      ...base,
      offsets: 0,
      values: 0,
      children: column.children.map((child) => copyColumn(heap, child, out)),
    };
  const width = valueWidth(column.type);
  if (width > 0)
    return {
      ...base,
      offsets: 0,
      values: copyBytes(column.values, n * width),
      children: column.children.map((child) =>
        child.lasting === undefined ? copyColumn(heap, child, out) : child,
      ),
    };
  const offsets = out.allocate((n + 1) * 4);
  const from = column.offsets / 4;
  const start = source.i32[from];
  const end = source.i32[from + n];
  for (let i = 0; i <= n; i++) target.i32[offsets / 4 + i] = source.i32[from + i] - start;
  if (kind === "list") {
    const scratch = heap.arena(column.segment);
    try {
      const items = sliceColumn(heap, column.children[0], start, end, scratch);
      return { ...base, offsets, values: 0, children: [copyColumn(heap, items, out)] };
    } finally {
      scratch.release();
    }
  }
  return { ...base, offsets, values: copyBytes(column.values + start, end - start), children: [] };
}
