/**
 * How a range partitioner places numeric keys with one look-up a row: the images between the sample's least and greatest are cut into even
 * steps, and a table says the bucket of each step. Buckets hold about equal numbers of rows and make up the partitions in order, so
 * that a reducer finds its rows in cache-sized runs. Partitions end where steps do, and the partitioner's bounds are those ends:
 * looking a key up in the bounds gives the same partition.
 */
import { assert } from "../errors.ts";
import type { Arena } from "../memory/arena.ts";
import { type ImageKind, imageOf, isWideImage, keyOfImage, roundedImage } from "./key-image.ts";

/** Plain data, as it travels to the map tasks. */
export interface RangeGrid {
  readonly kind: ImageKind;
  readonly low: bigint;
  readonly shift: number;
  /** The bucket of each step of 2^shift images from `low` on. */
  readonly table: Uint16Array;
  /** Partition p is buckets starts[p] to starts[p + 1]. */
  readonly starts: Uint32Array;
}

/** Bytes before the table where the kernels read a grid. */
export const GRID_HEADER = 16;
const STEP_BITS = 14;
/** When keys are even, so few steps do, whose table stays nearest to the processor. */
const EVEN_STEP_BITS = 10;
const BUCKET_ROWS = 16384;
/** Beyond this a scatter touches more pages than the processor keeps the addresses of. */
const MOST_BUCKETS = 1024;

export interface GridBounds {
  readonly grid: RangeGrid;
  readonly bounds: readonly (number | bigint)[];
}

/**
 * From a sorted sample in which each key stands for the same number of rows, or null when even steps would not split it well.
 * `rows` is how many rows there are.
 */
export function makeGrid(
  kind: ImageKind,
  sample: ArrayLike<number> | ArrayLike<bigint>,
  rows: number,
  numPartitions: number,
  ascending: boolean,
): GridBounds | null {
  const n = sample.length;
  // Between infinity and NaN there are images that no key has.
  if (n === 0 || numPartitions > MOST_BUCKETS || sample[n - 1] !== sample[n - 1]) return null;
  const flip = ascending ? 0n : isWideImage(kind) ? 2n ** 64n - 1n : 0xffffffffn;
  const first = imageOf(kind, sample[0]) ^ flip;
  const last = imageOf(kind, sample[n - 1]) ^ flip;
  const low = ascending ? first : last;
  const range = (ascending ? last : first) - low;
  if (range === 0n) return null;
  const bits = range.toString(2).length;
  const fine = Math.max(0, bits - STEP_BITS);
  const fineCounts = new Uint32Array(Number(range >> BigInt(fine)) + 1);
  const stepOf = stepFinder(kind, low, range, flip, fine);
  for (let i = 0; i < n; i++) fineCounts[Math.min(stepOf(sample[i]), fineCounts.length - 1)]++;
  const even = evenSteps(fineCounts, Math.max(0, bits - EVEN_STEP_BITS) - fine, n, numPartitions);
  const shift = even === null ? fine : Math.max(0, bits - EVEN_STEP_BITS);
  const counts = even ?? fineCounts;
  const steps = counts.length;
  // A step that alone outweighs a part of a partition has to be split by its keys.
  if (shift > 0 && Math.max(...counts) * 2 * numPartitions > n) return null;
  const cuts = partitionCuts(counts, n, numPartitions);
  const wanted = Math.max(
    1,
    Math.min(Math.floor(MOST_BUCKETS / numPartitions), Math.ceil(rows / numPartitions / BUCKET_ROWS)),
  );
  // Steps that are buckets need no look-up.
  const each = even !== null && 2 * rows >= steps * BUCKET_ROWS;
  const table = new Uint16Array(steps);
  const starts = new Uint32Array(numPartitions + 1);
  let bucket = 0;
  for (let p = 0; p < numPartitions; p++) {
    starts[p] = bucket;
    if (p >= cuts.length - 1) continue;
    if (each) while (bucket < cuts[p + 1]) table[bucket] = bucket++;
    else bucket += fillBuckets(counts, cuts[p], cuts[p + 1], wanted, bucket, table);
  }
  starts[numPartitions] = bucket;
  const bounds = cuts.slice(1, -1).map((cut) => {
    const edge = low + (BigInt(cut) << BigInt(shift));
    return keyOfImage(kind, ascending ? edge - 1n : edge ^ flip);
  });
  if (!ascending) bounds.reverse();
  return { grid: { kind, low, shift, table, starts }, bounds };
}

/** The counts of steps 2^more times as long, or null when they hold uneven numbers of keys or are too few for the partitions. */
function evenSteps(
  counts: Uint32Array,
  more: number,
  total: number,
  numPartitions: number,
): Uint32Array | null {
  const even = new Uint32Array(((counts.length - 1) >> more) + 1);
  for (let step = 0; step < counts.length; step++) even[step >> more] += counts[step];
  return even.length >= 64 * numPartitions && Math.max(...even) * even.length <= 4 * total ? even : null;
}

/** The step of a key; of wide images in a wide range by rounded arithmetic, as counts of a sample need no more. */
function stepFinder(
  kind: ImageKind,
  low: bigint,
  range: bigint,
  flip: bigint,
  shift: number,
): (key: number | bigint) => number {
  if (isWideImage(kind) && range < 2n ** 53n)
    return (key) => Number(((imageOf(kind, key) ^ flip) - low) >> BigInt(shift));
  const base = Number(low ^ flip);
  const size = 2 ** shift;
  return (key) => Math.floor(Math.abs(roundedImage(kind, key) - base) / size);
}

/** Where partitions begin, as steps: increasing, from 0 to the number of steps; fewer when there are not enough steps with rows. */
function partitionCuts(counts: Uint32Array, total: number, numPartitions: number): number[] {
  const cuts = [0];
  let passed = 0;
  for (let step = 0; step < counts.length - 1 && cuts.length < numPartitions; step++) {
    passed += counts[step];
    if (passed * numPartitions >= total * cuts.length && counts[step] > 0) cuts.push(step + 1);
  }
  cuts.push(counts.length);
  return cuts;
}

/** Numbers the buckets of steps `from` to `to`; returns how many. */
function fillBuckets(
  counts: Uint32Array,
  from: number,
  to: number,
  wanted: number,
  first: number,
  table: Uint16Array,
): number {
  let total = 0;
  for (let step = from; step < to; step++) total += counts[step];
  let passed = 0;
  let bucket = 0;
  for (let step = from; step < to; step++) {
    table[step] = first + bucket;
    passed += counts[step];
    if (step + 1 < to && passed * wanted >= total * (bucket + 1)) bucket++;
  }
  return bucket + 1;
}

/** Bucket b holds images from edges[b] to before edges[b + 1]; the ends count as if there were none beyond. */
export function bucketEdges({ low, shift, table, starts }: RangeGrid): BigUint64Array {
  const edges = new BigUint64Array(starts[starts.length - 1] + 1);
  for (let step = table.length - 1; step >= 0; step--)
    edges[table[step]] = low + (BigInt(step) << BigInt(shift));
  const end = low + (BigInt(table.length) << BigInt(shift));
  const most = 2n ** 64n - 1n;
  edges[edges.length - 1] = end < most ? end : most;
  return edges;
}

/** The grid as the kernels read it. */
export function writeGrid({ low, shift, table }: RangeGrid, out: Arena): number {
  const grid = out.allocate(GRID_HEADER + table.byteLength);
  const { u16, u32, u64 } = out.segment;
  assert(table.length > 0, "a grid without steps");
  u64[grid / 8] = low;
  u32[grid / 4 + 2] = shift;
  u32[grid / 4 + 3] = table.length - 1;
  u16.set(table, (grid + GRID_HEADER) / 2);
  return grid;
}
