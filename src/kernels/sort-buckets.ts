/**
 * Sorting flat rows by the image of their first leaf, stable. A bucket that fits the cache is sorted as (image, row) pairs and its leaves
 * gathered within the cache; a larger one is first scattered into buckets by the bits that vary. So a row crosses main memory once per
 * scatter and once to its place, and the scatter can have been done by the map side of a shuffle.
 */
import type { Arena } from "../memory/arena.ts";
import type { Compute } from "./compute.ts";
import type { FlatRows } from "./flat-rows.ts";
import type { Kernels } from "./kernels.ts";
import type { ImageKind } from "./key-image.ts";
import { GRID_HEADER } from "./range-grid.ts";
import { gatherBytes, scatterBytes } from "./select.ts";

/** The most rows of a bucket that is sorted in the cache (and the most that `sortImages` takes). */
export const BUCKET_ROWS = 32768;
const MOST_BUCKETS = 2048;
/** Rows a bucket that a scatter aims for. */
const WANTED_ROWS = 8192;

export interface SortOrder {
  readonly kind: ImageKind;
  readonly ascending: boolean;
}

export class BucketSorter {
  readonly #compute: Compute;
  readonly #kernels: Kernels;
  readonly #order: SortOrder;
  readonly #descending: number;
  readonly #widths: readonly number[];
  readonly #scratch: Arena;
  readonly #out: readonly number[];
  readonly #images: number;
  readonly #work: number;
  readonly #perm: number;
  readonly #staging: number;
  readonly #bounds: number;

  /** Sorts into leaves at `out`; all memory, `scratch` too, is of one segment. */
  constructor(
    c: Compute,
    order: SortOrder,
    widths: readonly number[],
    out: readonly number[],
    scratch: Arena,
  ) {
    this.#compute = c;
    this.#kernels = c.kernels(scratch.segment.id);
    this.#order = order;
    this.#descending = order.ascending ? 0 : 1;
    this.#widths = widths;
    this.#out = out;
    this.#scratch = scratch;
    this.#images = scratch.allocate(BUCKET_ROWS * 8);
    this.#work = scratch.allocate(BUCKET_ROWS * 16 + 32768);
    this.#perm = scratch.allocate(BUCKET_ROWS * 4);
    this.#staging = scratch.allocate(BUCKET_ROWS * Math.max(...widths));
    this.#bounds = scratch.allocate(16);
  }

  /** Sorts the rows of `runs`, which come in this order, to rows `at` and on of the output. */
  sort(runs: readonly FlatRows[], at: number): void {
    const rows = runs.reduce((sum, run) => sum + run.length, 0);
    if (rows === 0) return;
    if (rows <= BUCKET_ROWS) this.#sortInCache(runs, rows, at);
    else this.#split(runs, rows, at);
  }

  #sortInCache(runs: readonly FlatRows[], rows: number, at: number): void {
    const k = this.#kernels;
    let done = 0;
    for (const { leaves, length } of runs) {
      k.keyImages(this.#order.kind, leaves[0], length, this.#descending, this.#images + done * 8);
      done += length;
    }
    if (k.sortImages(this.#images, rows, this.#work, this.#perm) === 1) {
      this.#copy(runs, at);
      return;
    }
    for (let f = 0; f < this.#widths.length; f++) {
      const width = this.#widths[f];
      let source = runs[0].leaves[f];
      if (runs.length > 1) {
        let to = (source = this.#staging);
        for (const { leaves, length } of runs) {
          k.copyBytes(leaves[f], length * width, to);
          to += length * width;
        }
      }
      gatherBytes(
        this.#compute,
        this.#scratch.segment.id,
        width,
        source,
        this.#perm,
        rows,
        this.#out[f] + at * width,
      );
    }
  }

  #copy(runs: readonly FlatRows[], at: number): void {
    for (const { leaves, length } of runs) {
      for (let f = 0; f < leaves.length; f++)
        this.#kernels.copyBytes(leaves[f], length * this.#widths[f], this.#out[f] + at * this.#widths[f]);
      at += length;
    }
  }

  #split(runs: readonly FlatRows[], rows: number, at: number): void {
    const k = this.#kernels;
    const { u32, u64, id } = this.#scratch.segment;
    const { kind } = this.#order;
    u64[this.#bounds / 8] = 2n ** 64n - 1n;
    u64[this.#bounds / 8 + 1] = 0n;
    for (const { leaves, length } of runs)
      k.imageBounds(kind, leaves[0], length, this.#descending, this.#bounds);
    const low = u64[this.#bounds / 8];
    const range = u64[this.#bounds / 8 + 1] - low;
    if (range === 0n) {
      this.#copy(runs, at);
      return;
    }
    const memory = this.#compute.heap.arena(id);
    try {
      let buckets = 2;
      while (buckets < MOST_BUCKETS && buckets * WANTED_ROWS < rows) buckets *= 2;
      const bits = range.toString(2).length;
      const shift = Math.max(0, bits - Math.log2(buckets));
      const grid = identityGrid(memory, low, shift, buckets);
      const next = memory.allocate(buckets * 4);
      u32.fill(0, next / 4, next / 4 + buckets);
      for (const { leaves, length } of runs)
        k.bucketCounts(kind, leaves[0], length, this.#descending, grid, next);
      const bounds = new Uint32Array(buckets + 1);
      for (let b = 0; b < buckets; b++) {
        bounds[b + 1] = bounds[b] + u32[next / 4 + b];
        u32[next / 4 + b] = bounds[b];
      }
      const into = this.#widths.map((width) => memory.allocate(rows * width));
      for (const run of runs)
        scatterRows(this.#compute, this.#order, run, this.#widths, grid, next, into, memory);
      for (let b = 0; b < buckets; b++) {
        const [from, to] = [bounds[b], bounds[b + 1]];
        if (from < to)
          this.sort(
            [{ leaves: into.map((leaf, f) => leaf + from * this.#widths[f]), length: to - from }],
            at + from,
          );
      }
    } finally {
      memory.release();
    }
  }
}

function identityGrid(memory: Arena, low: bigint, shift: number, buckets: number): number {
  const grid = memory.allocate(GRID_HEADER + buckets * 2);
  const { u16, u32, u64 } = memory.segment;
  u64[grid / 8] = low;
  u32[grid / 4 + 2] = shift;
  u32[grid / 4 + 3] = buckets - 1;
  for (let b = 0; b < buckets; b++) u16[(grid + GRID_HEADER) / 2 + b] = b;
  return grid;
}

/** Rows to the next place of their bucket, leaf by leaf; key and 8-byte value in one pass. */
export function scatterRows(
  c: Compute,
  { kind, ascending }: SortOrder,
  { leaves, length }: FlatRows,
  widths: readonly number[],
  grid: number,
  next: number,
  into: readonly number[],
  scratch: Arena,
): void {
  const k = c.kernels(scratch.segment.id);
  const descending = ascending ? 0 : 1;
  if (widths.length === 2 && widths[0] >= 4 && widths[1] === 8) {
    k.bucketScatter(kind, leaves[0], leaves[1], length, descending, grid, next, into[0], into[1]);
    return;
  }
  const positions = scratch.allocate(length * 4);
  k.bucketPositions(kind, leaves[0], length, descending, grid, next, positions);
  for (let f = 0; f < leaves.length; f++)
    scatterBytes(c, scratch.segment.id, widths[f], leaves[f], positions, length, into[f]);
}
