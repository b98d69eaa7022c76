/** A column as columns of at most about 4 MB of rows: chunks of a stored partition are no larger, so that what is read from a file streams. */
import type { Column } from "../column/column.ts";
import { rowBytes } from "../column/row-bytes.ts";
import { sliceColumn } from "../column/slice.ts";
import type { Arena } from "../memory/arena.ts";
import type { Heap } from "../memory/heap.ts";

const MOST_BYTES = 4 << 20;

/** Equal rows are cut alike, wherever they lie. `arena`, beside the column, holds the bitmaps of the parts. */
export function* cutColumn(heap: Heap, column: Column, arena: () => Arena): Generator<Column> {
  const { length } = column;
  const parts = Math.ceil(rowBytes(heap, column, 0, length) / MOST_BYTES);
  if (parts <= 1) {
    if (length > 0) yield column;
    return;
  }
  const rows = Math.ceil(length / parts);
  const bitmaps = arena();
  for (let from = 0; from < length; from += rows)
    yield sliceColumn(heap, column, from, Math.min(length, from + rows), bitmaps);
}
