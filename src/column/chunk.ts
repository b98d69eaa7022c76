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
export function* decode(heap: Heap, chunk: Chunk, rows = DECODE_ROWS): Generator<readonly unknown[]> {
  if (isRows(chunk)) {
    if (chunk.length > 0) yield chunk;
    return;
  }
  for (let from = 0; from < chunk.length; from += rows)
    yield readColumn(heap, chunk, from, Math.min(chunk.length, from + rows));
}

/**
 * The iterator that user functions of mapPartitions get: rows of all chunks, pulled lazily, with JavaScript's iterator helpers
 * (map, filter, take, ...) where the runtime has them.
 */
export function rowIterator(batches: Iterator<readonly unknown[]>): IterableIterator<unknown> {
  return new RowIterator(batches) as unknown as IterableIterator<unknown>;
}

const IteratorBase = ((globalThis as { Iterator?: unknown }).Iterator ?? Object) as new () => object;

class RowIterator extends IteratorBase {
  readonly #batches: Iterator<readonly unknown[]>;
  #batch: readonly unknown[] = [];
  #at = 0;

  constructor(batches: Iterator<readonly unknown[]>) {
    super();
    this.#batches = batches;
  }

  next(): IteratorResult<unknown> {
    while (this.#at === this.#batch.length) {
      const step = this.#batches.next();
      if (step.done === true) return { done: true, value: undefined };
      this.#batch = step.value;
      this.#at = 0;
    }
    return { done: false, value: this.#batch[this.#at++] };
  }

  return(value?: unknown): IteratorResult<unknown> {
    this.#batches.return?.();
    this.#batch = [];
    this.#at = 0;
    return { done: true, value };
  }

  [Symbol.iterator](): this {
    return this;
  }
}

/** Cuts what a user's partition function returned into arrays, without running ahead more than `rows`. */
export function* batched(values: Iterable<unknown>, rows = 1024): Generator<readonly unknown[]> {
  if (Array.isArray(values)) {
    if (values.length > 0) yield values;
    return;
  }
  let batch: unknown[] = [];
  for (const value of values) {
    batch.push(value);
    if (batch.length === rows) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}
