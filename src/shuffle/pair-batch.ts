/**
 * Pairs that are combined together: as many rows as fit a number of rows and of bytes, cut at the same row wherever they come from. They
 * are read where they lie, or from a copy when what they came in has become too much to keep.
 */
import type { Column } from "../column/column.ts";
import { copyColumn } from "../column/copy.ts";
import { rowBytes } from "../column/row-bytes.ts";
import { sameDictionary } from "../column/same-dictionary.ts";
import { sliceColumn } from "../column/slice.ts";
import type { KeyedColumns } from "../kernels/aggregate.ts";
import type { Arena } from "../memory/arena.ts";
import type { Heap } from "../memory/heap.ts";
import { Keeper } from "../storage/keeper.ts";

/** A batch has no more bytes than this, but one row at least. */
const MOST_BYTES = 128 << 20;

export class PairBatch {
  /** Rows that it may have. */
  mostRows = Number.POSITIVE_INFINITY;
  readonly #heap: Heap;
  readonly #held: Keeper;
  #inputs: KeyedColumns[] = [];
  /** How many of the inputs are copies. */
  #copied = 0;
  #copies: Arena | null = null;
  #dictionaries: { readonly of: Column; readonly copy: Column }[] = [];
  #rows = 0;
  #bytes = 0;

  constructor(heap: Heap) {
    this.#heap = heap;
    this.#held = new Keeper(heap);
  }

  get rows(): number {
    return this.#rows;
  }

  /** The pairs, which share key and value types. */
  inputs(): readonly KeyedColumns[] {
    // One dictionary stays one.
    if (this.#copied > 0) this.copy();
    return this.#inputs;
  }

  /** Adds the rows that fit, in order; returns the others, or null. */
  add(input: KeyedColumns): KeyedColumns | null {
    const { length } = input.keys;
    const rows = this.#fitting(input);
    if (rows > 0) {
      const fitting = this.#cut(input, 0, rows);
      this.#inputs.push(fitting);
      this.#rows += rows;
      this.#bytes += this.#bytesOf(input, rows);
    }
    return rows === length ? null : this.#cut(input, rows, length);
  }

  /** Copies what is not a copy yet: what it came in may go. */
  copy(): void {
    if (this.#copied === this.#inputs.length) return;
    this.#copies ??= this.#held.arena();
    for (; this.#copied < this.#inputs.length; this.#copied++) {
      const { keys, values } = this.#inputs[this.#copied];
      const copiedKeys = this.#copyOf(keys, this.#copies);
      const copiedValues = values === keys ? copiedKeys : this.#copyOf(values, this.#copies);
      this.#inputs[this.#copied] = { keys: copiedKeys, values: copiedValues };
    }
  }

  clear(): void {
    this.#inputs = [];
    this.#copied = 0;
    this.#copies = null;
    this.#dictionaries = [];
    this.#rows = 0;
    this.#bytes = 0;
    this.#held.release();
  }

  /** Fewer rows never take more bytes: the most that fit are found by halving. */
  #fitting(input: KeyedColumns): number {
    const room = MOST_BYTES - this.#bytes;
    let least = this.#rows === 0 ? 1 : 0;
    let most = Math.min(input.keys.length, this.mostRows - this.#rows);
    if (this.#bytesOf(input, most) <= room) return most;
    while (least < most) {
      const middle = Math.ceil((least + most) / 2);
      if (this.#bytesOf(input, middle) <= room) least = middle;
      else most = middle - 1;
    }
    return least;
  }

  #bytesOf({ keys, values }: KeyedColumns, rows: number): number {
    return rowBytes(this.#heap, keys, 0, rows) + rowBytes(this.#heap, values, 0, rows);
  }

  #cut(input: KeyedColumns, from: number, to: number): KeyedColumns {
    if (from === 0 && to === input.keys.length) return input;
    const slice = (column: Column): Column =>
      sliceColumn(this.#heap, column, from, to, this.#held.arena(column.segment));
    const keys = slice(input.keys);
    return { keys, values: input.values === input.keys ? keys : slice(input.values) };
  }

  /** A dictionary is copied once. */
  #copyOf(column: Column, out: Arena): Column {
    if (column.type.kind !== "dictionary" || column.children[0].lasting !== undefined)
      return copyColumn(this.#heap, column, out);
    let known = this.#dictionaries.find(({ of }) => sameDictionary([of, column]));
    if (known === undefined) {
      known = { of: column, copy: copyColumn(this.#heap, column.children[0], out) };
      this.#dictionaries.push(known);
    }
    return { ...copyColumn(this.#heap, { ...column, children: [] }, out), children: [known.copy] };
  }
}
