/** Keys and values side by side: how many of them fit some bytes, and cutting them there. */
import { rowBytes } from "../column/row-bytes.ts";
import { sliceColumn } from "../column/slice.ts";
import type { KeyedColumns } from "../kernels/aggregate.ts";
import type { Arena } from "../memory/arena.ts";
import type { Heap } from "../memory/heap.ts";
import type { SegmentId } from "../memory/segment.ts";

export function keyedBytes(heap: Heap, { keys, values }: KeyedColumns, rows: number): number {
  return rowBytes(heap, keys, 0, rows) + rowBytes(heap, values, 0, rows);
}

/** Of the first `most` rows, as many as take no more than `room` bytes. Fewer rows never take more: found by halving. */
export function fittingRows(heap: Heap, input: KeyedColumns, room: number, most: number): number {
  if (keyedBytes(heap, input, most) <= room) return most;
  let least = 0;
  while (least < most) {
    const middle = Math.ceil((least + most) / 2);
    if (keyedBytes(heap, input, middle) <= room) least = middle;
    else most = middle - 1;
  }
  return least;
}

/** Rows `from` to `to`; `arena` gives memory for their bitmaps. */
export function cutKeyed(
  heap: Heap,
  input: KeyedColumns,
  from: number,
  to: number,
  arena: (segment: SegmentId) => Arena,
): KeyedColumns {
  if (from === 0 && to === input.keys.length) return input;
  const keys = sliceColumn(heap, input.keys, from, to, arena(input.keys.segment));
  const { values } = input;
  return {
    keys,
    values: values === input.keys ? keys : sliceColumn(heap, values, from, to, arena(values.segment)),
  };
}
