/**
 * Dense keys: integers whose range is small beside the rows index an array of slots directly, with no table. Ranges larger than a cache
 * are cut into runs of 2^shift keys; the same cut on both sides of a shuffle, so that a reduce task aggregates a run over all
 * map outputs in an array that stays in the cache.
 */
import type { Column } from "../column/column.ts";
import { nonNegativeMod } from "../column/hash-value.ts";
import type { SlotRule } from "./accumulator.ts";
import type { Compute } from "./compute.ts";

/** A dense array may have at most this many slots a row (and always some thousands). */
const DENSE_FACTOR = 4;
const DENSE_ALWAYS = 65536;
/** Slots of a run: 512 KiB of f64. */
const RUN_BITS = 16;

export interface KeyRange {
  readonly min: number;
  readonly max: number;
  readonly size: number;
}

/** Whether keys of this type are 32-bit integers in memory. */
export function isIntegerKey(kind: string): boolean {
  return kind === "u32" || kind === "i32" || kind === "dictionary";
}

/** The range of integer keys over all columns when a dense array pays, else null. Dictionaries must be one. */
export function denseRange(c: Compute, keys: readonly Column[]): KeyRange | null {
  const rows = keys.reduce((sum, column) => sum + column.length, 0);
  if (rows === 0 || !isIntegerKey(keys[0].type.kind)) return null;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const column of keys) {
    if (column.length === 0) continue;
    const [low, high] =
      column.type.kind === "dictionary" ? [0, column.children[0].length - 1] : boundsOf(c, column);
    min = Math.min(min, low);
    max = Math.max(max, high);
  }
  const size = max - min + 1;
  return size <= Math.max(DENSE_ALWAYS, rows * DENSE_FACTOR) ? { min, max, size } : null;
}

/** [min, max] of a column of u32 or i32 with rows: what is known, else found in one pass. */
export function boundsOf(c: Compute, keys: Column): [number, number] {
  const { min, max } = keys.stats ?? {};
  if (typeof min === "number" && typeof max === "number") return [min, max];
  const scratch = c.heap.arena(keys.segment);
  try {
    const into = scratch.allocate(64);
    const kernels = c.kernels(keys.segment);
    const { i32, u32 } = c.heap.segment(keys.segment);
    if (keys.type.kind === "i32") {
      kernels.boundsI32(keys.values, keys.length, into);
      return [i32[into / 4], i32[into / 4 + 1]];
    }
    kernels.boundsU32(keys.values, keys.length, into);
    return [u32[into / 4], u32[into / 4 + 1]];
  } finally {
    scratch.release();
  }
}

/** Runs of 2^shift keys, numbered from key 0. */
export interface Runs {
  readonly shift: number;
  readonly first: number;
  readonly count: number;
  readonly min: number;
  readonly max: number;
}

/** How `range` is cut when the keys of a partition lie `stride` apart. */
export function runsOf({ min, max }: KeyRange, stride: number): Runs {
  const shift = Math.min(31, RUN_BITS + Math.ceil(Math.log2(stride)));
  const first = Math.floor(min / 2 ** shift);
  return { shift, first, count: Math.floor(max / 2 ** shift) - first + 1, min, max };
}

export interface RunSlots extends SlotRule {
  /** Slots from `base`, `stride` keys apart. */
  readonly stride: number;
  readonly size: number;
}

/**
 * The slots for the keys of one run that belong to `partition` of `n`, clipped to the range; keys of a partition are n apart, as a run
 * never crosses the sign bit.
 */
export function runSlots(
  run: number,
  shift: number,
  { min, max }: { readonly min: number; readonly max: number },
  partition: number,
  n: number,
): RunSlots {
  const start = run * 2 ** shift;
  let base = start + nonNegativeMod(partition - nonNegativeMod(start | 0, n), n);
  if (min > base) base += Math.ceil((min - base) / n) * n;
  const last = Math.min(max, start + 2 ** shift - 1);
  return { base, stride: n, size: Math.max(0, Math.floor((last - base) / n) + 1), ...exactDivision(n) };
}

/** Multiplying by `inverse` in 32 bits and shifting divides multiples of n. */
export function exactDivision(n: number): { readonly inverse: number; readonly shift: number } {
  const shift = 31 - Math.clz32(n & -n);
  const odd = n >>> shift;
  let inverse = odd;
  for (let i = 0; i < 4; i++) inverse = Math.imul(inverse, 2 - Math.imul(odd, inverse));
  return { inverse: inverse >>> 0, shift };
}
