/**
 * Rows one by one, as functions of whole partitions get and give them. They are pulled lazily out of arrays of rows; neither way runs ahead
 * by more than one of those.
 */

/** The rows of all batches, with JavaScript's iterator helpers (map, filter, take, ...). */
export function rowIterator(batches: Iterator<readonly unknown[]>): IteratorObject<unknown, undefined> {
  return new RowIterator(batches);
}

class RowIterator extends Iterator<unknown, undefined> {
  readonly #batches: Iterator<readonly unknown[]>;
  #batch: readonly unknown[] = [];
  #at = 0;

  constructor(batches: Iterator<readonly unknown[]>) {
    super();
    this.#batches = batches;
  }

  override next(): IteratorResult<unknown, undefined> {
    while (this.#at === this.#batch.length) {
      const step = this.#batches.next();
      if (step.done === true) return { done: true, value: undefined };
      this.#batch = step.value;
      this.#at = 0;
    }
    return { done: false, value: this.#batch[this.#at++] };
  }

  override return(): IteratorResult<unknown, undefined> {
    this.#batches.return?.();
    this.#batch = [];
    this.#at = 0;
    return { done: true, value: undefined };
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
