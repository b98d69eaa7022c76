/**
 * Pairs of rows that match, a list for one chunk of a join's result: left row numbers, ascending, beside places of the right side. While each
 * left row has exactly one match, the left columns are shared, not gathered.
 */
import type { Column } from "../column/column.ts";
import { copyColumn } from "../column/copy.ts";
import { pairColumn } from "../column/pair.ts";
import { sliceColumn } from "../column/slice.ts";
import type { Arena } from "../memory/arena.ts";
import type { Compute } from "./compute.ts";
import type { LeftChunk } from "./join-sides.ts";
import type { Kernels } from "./kernels.ts";
import type { RightRows } from "./right-rows.ts";
import { gatherColumn } from "./select.ts";

/** The most rows of a chunk of the result. */
const CHUNK_ROWS = 65536;
/** With less room than this for keys that match once, a chunk counts as full. */
const LITTLE_ROOM = 1024;

export class PairList {
  readonly #c: Compute;
  readonly #kernels: Kernels;
  readonly #others: RightRows;
  readonly #outer: boolean;
  readonly #lefts: number;
  readonly #rights: number;
  #count = 0;
  /** The rows listed are #from to #from + #count. */
  #dense = true;
  #from = 0;

  constructor(c: Compute, others: RightRows, outer: boolean, scratch: Arena) {
    this.#c = c;
    this.#kernels = c.kernels(scratch.segment.id);
    this.#others = others;
    this.#outer = outer;
    this.#lefts = scratch.allocate(CHUNK_ROWS * 4);
    this.#rights = scratch.allocate(CHUNK_ROWS * 4);
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  get room(): number {
    return CHUNK_ROWS - this.#count;
  }

  get isFull(): boolean {
    return this.room < (this.#others.starts === 0 ? LITTLE_ROOM : 1);
  }

  /** Where the places of the next left rows are to be written, for `addSingle`. */
  get next(): number {
    return this.#rights + this.#count * 4;
  }

  /** Takes the places written at `next` for left rows from `first` on, each NO_ROW or the only match. */
  addSingle(first: number, length: number): void {
    if (this.#count === 0) this.#from = first;
    const count = this.#outer
      ? length
      : this.#kernels.selectFound(this.next, length, first, this.#lefts + this.#count * 4, this.next);
    this.#dense &&= count === length && this.#from + this.#count === first;
    this.#count += count;
  }

  /** Takes as many matches of left rows from `first` on as there is room for; `state` as in `expandMatches`. */
  addAll(ids: number, first: number, length: number, state: number): void {
    const outer = this.#outer ? 1 : 0;
    this.#dense = false;
    this.#count += this.#kernels.expandMatches(
      ids,
      length,
      first,
      this.#others.starts,
      outer,
      state,
      this.room,
      this.#lefts + this.#count * 4,
      this.next,
    );
  }

  /** The rows as (K, (V, W)), their left side from `chunk`, shared where that is as it came; the list is empty then. */
  flush({ pairs, asItCame }: LeftChunk, out: Arena): Column {
    const n = this.#count;
    let own: Column;
    if (!this.#dense) own = gatherColumn(this.#c, pairs, this.#lefts, n, out);
    else {
      const slice = sliceColumn(this.#c.heap, pairs, this.#from, this.#from + n, out);
      own = asItCame ? slice : copyColumn(this.#c.heap, slice, out);
    }
    const [keys, v] = own.children;
    const w = this.#others.gather(this.#rights, n, this.#outer, out);
    this.#count = 0;
    this.#dense = true;
    const sorted = pairs.children[0].stats?.sorted;
    return pairColumn({
      keys: sorted === undefined ? keys : { ...keys, stats: { ...keys.stats, sorted } },
      values: pairColumn({ keys: v, values: w }),
    });
  }
}
