/**
 * The right side of a join, laid out by key: the rows of an id lie one after the other, in their order, so that a key's matches are a range of
 * places. Where no key comes twice, the place is the id itself, in an array that may have holes. Values in flat buffers are moved
 * there once, so that a match costs one look-up; others are found through row numbers. Costs a pass over the right side.
 */
import type { Column } from "../column/column.ts";
import { valueWidth } from "../column/type.ts";
import type { Arena } from "../memory/arena.ts";
import type { Compute } from "./compute.ts";
import { fromLeaves, leavesOf } from "./flat-rows.ts";
import type { Kernels } from "./kernels.ts";
import type { KeyIndex } from "./key-index.ts";
import { gatherBytes, gatherColumn, scatterBytes } from "./select.ts";

export class RightRows {
  /** The first place of each id, and the end of the last; 0 when places are ids. */
  readonly starts: number;
  readonly #c: Compute;
  readonly #kernels: Kernels;
  readonly #index: KeyIndex;
  /** A bitmap of the ids that have rows, or 0 when all have. */
  readonly #present: number;
  readonly #values: Column;
  /** From places to rows of `values`, or 0 when they are the same. */
  readonly #rows: number;

  /** `ids` are those of the rows of `values`; rows without one are left out. */
  constructor(c: Compute, index: KeyIndex, ids: number, values: Column, scratch: Arena) {
    this.#c = c;
    this.#kernels = c.kernels(scratch.segment.id);
    this.#index = index;
    const present = zeroBits(index.size, scratch);
    const distinct = this.#kernels.markIds(ids, values.length, present);
    this.#present = distinct === index.size ? 0 : present;
    this.starts = 0;
    this.#values = values;
    this.#rows = 0;
    if (index.order === "runs") {
      if (distinct < values.length) this.starts = index.starts;
      return;
    }
    if (index.order === "appearance" && distinct === values.length) return;
    const found = this.#found(ids, values.length, scratch);
    let places = found.ids;
    let size = index.size;
    if (distinct < found.count) {
      size = found.count;
      this.starts = this.#count(found.ids, found.count, scratch);
      places = scratch.allocate(found.count * 4);
      const next = scratch.allocate(index.size * 4);
      this.#kernels.copyBytes(this.starts, index.size * 4, next);
      this.#kernels.positions(found.ids, found.count, next, places);
    }
    const leaves = leavesOf(values);
    if (leaves === null) {
      this.#rows = scratch.allocate(size * 4);
      this.#kernels.scatter4(found.rows, places, found.count, this.#rows);
      return;
    }
    const moved = leaves.map((leaf) => {
      const width = valueWidth(leaf.type);
      let source = leaf.values;
      if (found.count < values.length) {
        source = scratch.allocate(found.count * width);
        gatherBytes(c, values.segment, width, leaf.values, found.rows, found.count, source);
      }
      const target = scratch.allocate(size * width);
      scatterBytes(c, values.segment, width, source, places, found.count, target);
      return target;
    });
    this.#values = fromLeaves([values], moved, size, values.segment);
  }

  /** Writes the ids of keys to u32 `into`, NO_ROW for those that no row has. */
  find(keys: Column, from: number, length: number, into: number): void {
    this.#index.find(keys, from, length, into);
    if (this.#present !== 0) this.#kernels.keepMarked(into, length, this.#present);
  }

  /** The values at `places`, which are overwritten; with `mayBeNull`, NO_ROW gives null. */
  gather(places: number, length: number, mayBeNull: boolean, out: Arena): Column {
    if (this.#rows !== 0) this.#kernels.followRows(this.#rows, length, places);
    return gatherColumn(this.#c, this.#values, places, length, out, mayBeNull);
  }

  /** The rows that have an id, and their ids. */
  #found(
    ids: number,
    length: number,
    scratch: Arena,
  ): { readonly rows: number; readonly ids: number; readonly count: number } {
    const rows = scratch.allocate((length + 1) * 4);
    const own = scratch.allocate((length + 1) * 4);
    const count = this.#kernels.selectFound(ids, length, 0, rows, own);
    return { rows, ids: own, count };
  }

  #count(ids: number, length: number, scratch: Arena): number {
    const { size } = this.#index;
    const { u32 } = scratch.segment;
    const starts = scratch.allocate((size + 1) * 4);
    u32.fill(0, starts / 4, starts / 4 + size + 1);
    this.#kernels.histogram(ids, length, starts);
    this.#kernels.startsOfCounts(starts, size);
    return starts;
  }
}

/** A bitmap of `size` zeros. */
export function zeroBits(size: number, arena: Arena): number {
  const bytes = Math.max(4, Math.ceil(size / 32) * 4);
  const bits = arena.allocate(bytes);
  arena.segment.u8.fill(0, bits, bits + bytes);
  return bits;
}
