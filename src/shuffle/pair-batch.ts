/**
 * Pairs that are combined together: as many rows as fit a number of rows and of bytes, cut at the same row wherever they come from. They
 * are read where they lie, or from a copy when what they came in has become too much to keep.
 */
import type { Column } from "../column/column.ts";
import { copyColumn } from "../column/copy.ts";
import { sameDictionary } from "../column/same-dictionary.ts";
import type { KeyedColumns } from "../kernels/aggregate.ts";
import type { Arena } from "../memory/arena.ts";
import type { Heap } from "../memory/heap.ts";
import { Keeper } from "../storage/keeper.ts";
import { cutKeyed, fittingRows, keyedBytes } from "./keyed-rows.ts";

export class PairBatch {
  /** Rows that it may have. */
  mostRows = Number.POSITIVE_INFINITY;
  readonly #heap: Heap;
  readonly #mostBytes: number;
  readonly #held: Keeper;
  #inputs: KeyedColumns[] = [];
  /** How many of the inputs are copies. */
  #copied = 0;
  #copies: Arena | null = null;
  #dictionaries: { readonly of: Column; readonly copy: Column }[] = [];
  #rows = 0;
  #bytes = 0;

  /** It has no more than `mostBytes`, but one row at least. */
  constructor(heap: Heap, mostBytes: number) {
    this.#heap = heap;
    this.#mostBytes = mostBytes;
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
    const most = Math.min(length, this.mostRows - this.#rows);
    const fitting = fittingRows(this.#heap, input, this.#mostBytes - this.#bytes, most);
    const rows = this.#rows === 0 ? Math.max(Math.min(1, length), fitting) : fitting;
    if (rows > 0) {
      this.#inputs.push(this.#cut(input, 0, rows));
      this.#rows += rows;
      this.#bytes += keyedBytes(this.#heap, input, rows);
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

  #cut(input: KeyedColumns, from: number, to: number): KeyedColumns {
    return cutKeyed(this.#heap, input, from, to, (segment) => this.#held.arena(segment));
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
