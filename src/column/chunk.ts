/**
 * A chunk is a run of rows on its way through a task: a column when the rows have a column type and came from columns,
 * otherwise plain JavaScript values. Operators turn one into the other only when they must.
 */
import type { Heap } from "../memory/heap.ts";
import type { Column } from "./column.ts";
import { readColumn } from "./reader.ts";

export type Chunk = Column | readonly unknown[];

/** Rows decoded at a time: bounds the garbage of a large column. */
const DECODE_ROWS = 16384;

export function isRows(chunk: Chunk): chunk is readonly unknown[] {
  return Array.isArray(chunk);
}

/** The chunk as arrays of JavaScript values, a bounded number of rows at a time. */
export function* decode(heap: Heap, chunk: Chunk): Generator<readonly unknown[]> {
  if (isRows(chunk)) {
    if (chunk.length > 0) yield chunk;
    return;
  }
  for (let from = 0; from < chunk.length; from += DECODE_ROWS)
    yield readColumn(heap, chunk, from, Math.min(chunk.length, from + DECODE_ROWS));
}
