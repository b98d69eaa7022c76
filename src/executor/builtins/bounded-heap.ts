/** The n smallest items seen, by a binary heap whose root is the greatest of them: O(log n) an item, O(n) memory. */
export class BoundedHeap<T> {
  readonly #limit: number;
  readonly #compare: (a: T, b: T) => number;
  readonly #items: T[] = [];

  constructor(limit: number, compare: (a: T, b: T) => number) {
    this.#limit = limit;
    this.#compare = compare;
  }

  /** What an item must be smaller than to be kept; undefined while all are. */
  get bound(): T | undefined {
    return this.#items.length < this.#limit ? undefined : this.#items[0];
  }

  push(item: T): void {
    const items = this.#items;
    if (items.length < this.#limit) {
      items.push(item);
      for (let i = items.length - 1; i > 0; ) {
        const parent = (i - 1) >> 1;
        if (this.#compare(items[i], items[parent]) <= 0) break;
        [items[i], items[parent]] = [items[parent], items[i]];
        i = parent;
      }
    } else if (this.#limit > 0 && this.#compare(item, items[0]) < 0) {
      items[0] = item;
      for (let i = 0; ; ) {
        let greatest = i;
        for (const child of [2 * i + 1, 2 * i + 2])
          if (child < items.length && this.#compare(items[child], items[greatest]) > 0) greatest = child;
        if (greatest === i) break;
        [items[i], items[greatest]] = [items[greatest], items[i]];
        i = greatest;
      }
    }
  }

  sorted(): T[] {
    return [...this.#items].sort(this.#compare);
  }
}
