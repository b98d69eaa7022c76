/**
 * Aggregation by many distinct strings across a shuffle. One table of all groups would cost a cache miss and a miss of the page tables a
 * row; so rows are first scattered to cells by the partition hash of their string, a cell being one reduce partition's share of a range of
 * spread hashes, and each cell is grouped in a table that stays in the cache. The reduce side merges cell by cell. Groups come out
 * cell by cell, and within a cell by first appearance. Costs 28 bytes a row meanwhile.
 */
import { checkOffset } from "../column/build-bytes.ts";
import type { Column } from "../column/column.ts";
import { copyColumn } from "../column/copy.ts";
import { expectedDistinct } from "../column/expected-distinct.ts";
import { sliceColumn } from "../column/slice.ts";
import type { Arena } from "../memory/arena.ts";
import { Accumulator, type AggregateKind, doubles, eachDoubles } from "./accumulator.ts";
import type { KeyedColumns } from "./aggregate.ts";
import type { Compute } from "./compute.ts";
import { GroupTable } from "./group.ts";

/** Cells in all, when there are fewer partitions. */
const CELLS = 128;
/** Rows from which a scatter pays, and those that are scattered at once at most. */
export const FEWEST_ROWS = 1 << 20;
export const MOST_ROWS = 1 << 23;
/** Groups whose table leaves the cache. */
const MANY_GROUPS = 1 << 17;
/** Slots of a cell's table at first, 512 KB: for a million groups in all it is a quarter full. */
const CELL_BITS = 15;
const SAMPLE = 65536;
const BLOCK = 16384;

export interface StringCells extends KeyedColumns {
  /** Cells of a partition, a power of two. */
  readonly cells: number;
  /** Cell (partition p, cell k) is rows offsets[p * cells + k] to the next; the last is the end. */
  readonly offsets: Uint32Array;
}

/** Whether of these strings so many are distinct that cells are faster than one table. Looks at the first, and takes there to be many. */
export function wantsCells(c: Compute, inputs: readonly KeyedColumns[]): boolean {
  const scratch = c.heap.arena(inputs[0].keys.segment);
  try {
    const table = new GroupTable(c, { kind: "utf8" }, scratch);
    const ids = scratch.allocate(SAMPLE * 4);
    let seen = 0;
    for (const { keys } of inputs) {
      const first = sliceColumn(c.heap, keys, 0, Math.min(keys.length, SAMPLE - seen), scratch);
      const near = keys.segment === scratch.segment.id ? first : copyColumn(c.heap, first, scratch);
      table.add(near, 0, near.length, ids);
      seen += near.length;
      if (seen === SAMPLE) break;
    }
    return expectedDistinct(seen, table.count, FEWEST_ROWS) > MANY_GROUPS;
  } finally {
    scratch.release();
  }
}

/** The groups of `inputs`, which lie in `out`'s segment, by cell for `n` hash partitions. */
export function toStringCells(
  c: Compute,
  inputs: readonly KeyedColumns[],
  kind: AggregateKind,
  n: number,
  out: Arena,
): StringCells {
  const bits = Math.max(0, Math.floor(Math.log2(CELLS / n)));
  const cells = n << bits;
  const rows = inputs.reduce((sum, { keys }) => sum + keys.length, 0);
  const scratch = c.heap.arena(out.segment.id);
  try {
    const k = c.kernels(out.segment.id);
    const { u32 } = out.segment;
    const hashes = scratch.allocate(rows * 4);
    const next = scratch.allocate(cells * 4);
    u32.fill(0, next / 4, next / 4 + cells);
    let row = 0;
    for (const { keys } of inputs) {
      k.hashUtf8(keys.offsets, keys.values, keys.length, hashes + row * 4);
      row += keys.length;
    }
    k.hashCellCounts(hashes, rows, n, bits, next);
    const starts = new Uint32Array(cells + 1);
    for (let cell = 0; cell < cells; cell++) {
      starts[cell + 1] = starts[cell] + u32[next / 4 + cell];
      u32[next / 4 + cell] = starts[cell];
    }
    const words = scratch.allocate(rows * 8);
    const strings = scratch.allocate(rows * 8);
    const values = scratch.allocate(rows * 8);
    row = 0;
    for (const input of inputs) {
      const { offsets, values: bytes } = input.keys;
      const first = hashes + row * 4;
      eachDoubles(c, input.values, kind === "count", scratch, (ptr, from, length) => {
        const at = offsets + from * 4;
        k.scatterStrings(at, bytes, first + from * 4, ptr, length, n, bits, next, words, strings, values);
      });
      row += input.keys.length;
    }
    const groups = new CellGroups(c, kind === "count" ? "sum" : kind, scratch);
    const offsets = new Uint32Array(cells + 1);
    let at = 0;
    for (let cell = 0; cell < cells; cell++) {
      groups.start();
      for (let from = starts[cell]; from < starts[cell + 1]; from += BLOCK) {
        const length = Math.min(BLOCK, starts[cell + 1] - from);
        groups.addWords(words + from * 8, strings + from * 8, values + from * 8, length);
      }
      // Over rows that are done with: a cell has no more groups than rows.
      at += groups.end(strings + at * 8, values + at * 8);
      offsets[cell + 1] = at;
    }
    return { ...pairsOf(c, strings, values, at, out), cells: 1 << bits, offsets };
  } finally {
    scratch.release();
  }
}

/** The groups of one partition over all pieces, in order; they have as many cells each. `kind` merges what the map side made. */
export function mergeStringCells(
  c: Compute,
  pieces: readonly StringCells[],
  partition: number,
  kind: AggregateKind,
  out: Arena,
): KeyedColumns {
  const scratch = c.heap.arena(out.segment.id);
  try {
    const near = (column: Column): Column =>
      column.segment === out.segment.id ? column : copyColumn(c.heap, column, scratch);
    const local = pieces.map(({ keys, values, cells, offsets }) => {
      const bounds = offsets.subarray(partition * cells, (partition + 1) * cells + 1);
      const cut = (column: Column): Column =>
        near(sliceColumn(c.heap, column, bounds[0], bounds[cells], scratch));
      return { keys: cut(keys), values: cut(values), bounds };
    });
    const rows = local.reduce((sum, { keys }) => sum + keys.length, 0);
    const strings = scratch.allocate(rows * 8);
    const values = scratch.allocate(rows * 8);
    const groups = new CellGroups(c, kind, scratch);
    let at = 0;
    for (let cell = 0; cell < pieces[0].cells; cell++) {
      groups.start();
      for (const piece of local) {
        const [first, last] = [
          piece.bounds[cell] - piece.bounds[0],
          piece.bounds[cell + 1] - piece.bounds[0],
        ];
        for (let from = first; from < last; from += BLOCK)
          groups.add(piece.keys, from, Math.min(BLOCK, last - from), piece.values.values + from * 8);
      }
      at += groups.end(strings + at * 8, values + at * 8);
    }
    return pairsOf(c, strings, values, at, out);
  } finally {
    scratch.release();
  }
}

/** The groups of one cell after the other, in the same memory. */
class CellGroups {
  readonly #table: GroupTable;
  readonly #all: Accumulator;
  readonly #ids: number;

  constructor(c: Compute, kind: AggregateKind, scratch: Arena) {
    this.#table = new GroupTable(c, { kind: "utf8" }, scratch, CELL_BITS);
    this.#all = new Accumulator(c, kind, scratch);
    this.#ids = scratch.allocate(BLOCK * 4);
  }

  start(): void {
    this.#table.clear();
    this.#all.reset(this.#table.capacity);
  }

  add(keys: Column, from: number, length: number, values: number): void {
    this.#table.add(keys, from, length, this.#ids);
    this.#update(values, length);
  }

  addWords(words: number, strings: number, values: number, length: number): void {
    this.#table.addWords(words, strings, length, this.#ids);
    this.#update(values, length);
  }

  #update(values: number, length: number): void {
    this.#all.grow(this.#table.capacity);
    this.#all.add(this.#ids, values, length, { base: 0, inverse: 1, shift: 0 });
  }

  /** Writes pointers and lengths of the groups' strings, and their values; returns how many there are. */
  end(strings: number, values: number): number {
    const { count } = this.#table;
    this.#all.finish(count);
    this.#table.copyKeys(strings);
    this.#all.copyValues(count, values);
    return count;
  }
}

function pairsOf(c: Compute, strings: number, values: number, length: number, out: Arena): KeyedColumns {
  const k = c.kernels(out.segment.id);
  const offsets = out.allocate((length + 1) * 4);
  const size = k.stringBytes(strings, length);
  checkOffset(size);
  const bytes = out.allocate(size);
  k.copyStrings(strings, length, offsets, bytes);
  const own = out.allocate(length * 8);
  k.copyBytes(values, length * 8, own);
  const pair = doubles(own, length, out);
  return { keys: { ...pair, type: { kind: "utf8" }, offsets, values: bytes }, values: pair };
}
