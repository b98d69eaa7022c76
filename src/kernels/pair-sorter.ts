/**
 * Sorting pairs of a key and a value, 4 or 8 bytes each, by the image of the key, stable. Pairs that fit the cache are sorted there, from packed
 * rows to columns; more of them are first scattered into buckets by the bits that vary, packed. So a pair crosses main memory once per
 * scatter and once to its place, and the scatter can have been done by the map side of a shuffle.
 */
import type { Arena } from "../memory/arena.ts";
import type { Compute } from "./compute.ts";
import type { Kernels } from "./kernels.ts";
import { type ImageKind, isWideImage } from "./key-image.ts";
import { GRID_HEADER } from "./range-grid.ts";

/** The most pairs that are sorted in one go. */
const CACHE_ROWS = 65536;
const MOST_BUCKETS = 1024;
/** Pairs a bucket that a scatter aims for. */
const WANTED_ROWS = 16384;

export interface SortOrder {
  readonly kind: ImageKind;
  readonly ascending: boolean;
}

/** Pairs in columns, or packed; a stride is the distance of neighbours. */
export interface PairRun {
  readonly keys: number;
  readonly keyStride: number;
  readonly values: number;
  readonly valueStride: number;
  readonly length: number;
}

export class PairSorter {
  readonly #compute: Compute;
  readonly #kernels: Kernels;
  readonly #kind: ImageKind;
  readonly #descending: number;
  readonly #keyWidth: number;
  readonly #valueWidth: number;
  readonly #stride: number;
  readonly #scratch: Arena;
  readonly #outKeys: number;
  readonly #outValues: number;
  readonly #work: number;
  readonly #bounds: number;
  #runs = 0;
  #runsLength = 0;

  /** Sorts at most `rows` pairs at a time into the columns given; all memory, `scratch` too, is of one segment. */
  constructor(
    c: Compute,
    { kind, ascending }: SortOrder,
    valueWidth: number,
    rows: number,
    outKeys: number,
    outValues: number,
    scratch: Arena,
  ) {
    this.#compute = c;
    this.#kernels = c.kernels(scratch.segment.id);
    this.#kind = kind;
    this.#descending = ascending ? 0 : 1;
    this.#keyWidth = isWideImage(kind) ? 8 : 4;
    this.#valueWidth = valueWidth;
    this.#stride = this.#keyWidth + valueWidth;
    this.#scratch = scratch;
    this.#outKeys = outKeys;
    this.#outValues = outValues;
    this.#work = scratch.allocate(Math.min(rows, CACHE_ROWS) * 24 + 16384);
    this.#bounds = scratch.allocate(16);
  }

  packed(at: number, length: number): PairRun {
    const stride = this.#stride;
    return { keys: at, keyStride: stride, values: at + this.#keyWidth, valueStride: stride, length };
  }

  /** Sorts the pairs of `runs`, which come in this order, to rows `at` and on of the output. */
  sort(runs: readonly PairRun[], at: number): void {
    const rows = countRows(runs);
    if (rows === 0) return;
    const { u64 } = this.#scratch.segment;
    u64[this.#bounds / 8] = 2n ** 64n - 1n;
    u64[this.#bounds / 8 + 1] = 0n;
    for (const { keys, keyStride, length } of runs)
      this.#kernels.imageBounds(this.#kind, keys, keyStride, length, this.#descending, this.#bounds);
    const low = u64[this.#bounds / 8];
    const high = u64[this.#bounds / 8 + 1];
    if (low === high) this.#copy(runs, at);
    else this.#split(runs, rows, low, high, at);
  }

  /** The same for packed pairs, few of whose images are less than `low` or greater than `high`. */
  sortPacked(runs: readonly PairRun[], low: bigint, high: bigint, at: number): void {
    const present = runs.filter(({ length }) => length > 0);
    const rows = countRows(present);
    if (rows === 0) return;
    if (rows > CACHE_ROWS) {
      this.sort(present, at);
      return;
    }
    const k = this.#kernels;
    const { u32, u64 } = this.#scratch.segment;
    u64[this.#bounds / 8] = low;
    u64[this.#bounds / 8 + 1] = high;
    if (present.length > this.#runsLength) {
      this.#runsLength = present.length;
      this.#runs = this.#scratch.allocate(present.length * 8);
    }
    present.forEach(({ keys, length }, r) => {
      u32[this.#runs / 4 + r * 2] = keys;
      u32[this.#runs / 4 + r * 2 + 1] = length;
    });
    const outKeys = this.#outKeys + at * this.#keyWidth;
    const outValues = this.#outValues + at * this.#valueWidth;
    const order = k.sortPairs(
      this.#kind,
      this.#valueWidth,
      this.#runs,
      present.length,
      this.#descending,
      this.#bounds,
      this.#work,
      outKeys,
      outValues,
    );
    if (order === 1) this.#copy(present, at);
    else if (order === 2)
      k.mergePairs(
        this.#kind,
        this.#valueWidth,
        present[0].keys,
        present[0].length,
        present[1].keys,
        present[1].length,
        this.#descending,
        outKeys,
        outValues,
      );
  }

  #copy(runs: readonly PairRun[], at: number): void {
    for (const run of runs) {
      unpack(
        this.#kernels,
        this.#keyWidth,
        run.keys,
        run.keyStride,
        run.length,
        this.#outKeys + at * this.#keyWidth,
      );
      unpack(
        this.#kernels,
        this.#valueWidth,
        run.values,
        run.valueStride,
        run.length,
        this.#outValues + at * this.#valueWidth,
      );
      at += run.length;
    }
  }

  #split(runs: readonly PairRun[], rows: number, low: bigint, high: bigint, at: number): void {
    const memory = this.#compute.heap.arena(this.#scratch.segment.id);
    try {
      const { u32 } = memory.segment;
      let buckets = 1;
      if (rows > CACHE_ROWS) while (buckets < MOST_BUCKETS && buckets * WANTED_ROWS < rows) buckets *= 2;
      const shift = Math.min(63, Math.max(0, (high - low).toString(2).length - Math.log2(buckets)));
      const grid = identityGrid(memory, low, shift, buckets);
      const next = memory.allocate(buckets * 4);
      u32.fill(0, next / 4, next / 4 + buckets);
      const starts = new Uint32Array(buckets + 1);
      for (const { keys, keyStride, length } of runs)
        this.#kernels.bucketCounts(this.#kind, keys, keyStride, length, this.#descending, grid, next);
      for (let b = 0; b < buckets; b++) {
        starts[b + 1] = starts[b] + u32[next / 4 + b];
        u32[next / 4 + b] = starts[b];
      }
      const into = memory.allocate(rows * this.#stride);
      for (const { keys, keyStride, values, valueStride, length } of runs)
        this.#kernels.scatterPairs(
          this.#kind,
          this.#valueWidth,
          keys,
          keyStride,
          values,
          valueStride,
          length,
          this.#descending,
          grid,
          next,
          into,
        );
      for (let b = 0; b < buckets; b++) {
        const from = low + (BigInt(b) << BigInt(shift));
        const to = b === buckets - 1 ? high : from + (1n << BigInt(shift)) - 1n;
        const run = this.packed(into + starts[b] * this.#stride, starts[b + 1] - starts[b]);
        this.sortPacked([run], from, to, at + starts[b]);
      }
    } finally {
      memory.release();
    }
  }
}

function countRows(runs: readonly PairRun[]): number {
  return runs.reduce((sum, { length }) => sum + length, 0);
}

/** Bucket b of images from low + b * 2^shift on. */
export function identityGrid(memory: Arena, low: bigint, shift: number, buckets: number): number {
  const grid = memory.allocate(GRID_HEADER + buckets * 2);
  const { u16, u32, u64 } = memory.segment;
  u64[grid / 8] = low;
  u32[grid / 4 + 2] = shift;
  u32[grid / 4 + 3] = buckets - 1;
  for (let b = 0; b < buckets; b++) u16[(grid + GRID_HEADER) / 2 + b] = b;
  return grid;
}

/** target[i] = the value i strides after `source`, of 4 or 8 bytes. */
export function unpack(
  k: Kernels,
  width: number,
  source: number,
  stride: number,
  length: number,
  target: number,
): void {
  if (stride === width) k.copyBytes(source, length * width, target);
  else if (width === 4) k.unpack4(source, stride, length, target);
  else k.unpack8(source, stride, length, target);
}
