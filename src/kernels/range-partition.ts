/**
 * Rows permuted into the partitions of a range partitioner. With a grid that fits the keys, by one look-up a row, and within each
 * partition by buckets; else by a binary search of the bounds, in the kernels when the bounds have images among the keys'.
 */
import { buildColumn } from "../column/builder.ts";
import type { Column } from "../column/column.ts";
import { copyColumn } from "../column/copy.ts";
import { compareValues } from "../column/equality.ts";
import { readColumn } from "../column/reader.ts";
import { type DataType, valueWidth } from "../column/type.ts";
import type { Arena } from "../memory/arena.ts";
import type { Compute } from "./compute.ts";
import { fromLeaves, leavesOf } from "./flat-rows.ts";
import { type ImageKind, imageKind, imageOf } from "./key-image.ts";
import { arePackable, packedColumn } from "./packed-pairs.ts";
import { type Partitioned, partitionByIndex } from "./partition.ts";
import { bucketEdges, type RangeGrid, writeGrid } from "./range-grid.ts";
import { scatterBytes } from "./select.ts";

export interface RangeBounds {
  readonly bounds: readonly unknown[];
  readonly ascending: boolean;
  readonly grid?: RangeGrid;
}

export interface RangePartitioned extends Partitioned {
  /** When the rows lie by the grid's buckets. */
  readonly buckets?: RangeBuckets;
  /** When `column` is of packed pairs (`packed-pairs.ts`): a column shaped as they are, without rows. */
  readonly packed?: Column;
}

export interface RangeBuckets {
  readonly ascending: boolean;
  /** Bucket b is rows offsets[b] to offsets[b + 1]. */
  readonly offsets: Uint32Array;
  /** Partition p is buckets starts[p] to starts[p + 1]. */
  readonly starts: Uint32Array;
  /** The images of bucket b are from edges[b] to before edges[b + 1], but for those beyond the sample. */
  readonly edges: BigUint64Array;
}

const CALL_ROWS = 1 << 18;
/** Fewer rows a bucket than this are not worth telling apart. */
const ROWS_A_BUCKET = 8;

export function partitionByRange(
  c: Compute,
  rows: Column,
  key: Column,
  range: RangeBounds,
  numPartitions: number,
  out: Arena,
): RangePartitioned {
  const { grid, ascending } = range;
  if (grid !== undefined && key.nullCount === 0 && gridFits(grid, key.type)) {
    const placed = partitionByGrid(c, rows, grid, ascending, out);
    if (placed !== null) return placed;
  }
  const scratch = c.heap.arena(rows.segment);
  try {
    const ids = rangeIndices(c, key, range.bounds, ascending, scratch);
    return partitionByIndex(c, rows, ids, numPartitions, out);
  } finally {
    scratch.release();
  }
}

function gridFits(grid: RangeGrid, type: DataType): boolean {
  return type.kind !== "dictionary" && type.kind !== "date" && imageKind(type) === grid.kind;
}

function partitionByGrid(
  c: Compute,
  rows: Column,
  range: RangeGrid,
  ascending: boolean,
  out: Arena,
): RangePartitioned | null {
  const leaves = leavesOf(rows);
  if (leaves === null) return null;
  const { starts, kind } = range;
  const numBuckets = starts[starts.length - 1];
  const descending = ascending ? 0 : 1;
  const widths = leaves.map((leaf) => valueWidth(leaf.type));
  const n = rows.length;
  const k = c.kernels(rows.segment);
  const scratch = c.heap.arena(rows.segment);
  try {
    const { u32 } = scratch.segment;
    const grid = writeGrid(range, scratch);
    const next = scratch.allocate(numBuckets * 4);
    u32.fill(0, next / 4, next / 4 + numBuckets);
    const [{ values: keys }] = leaves;
    const [keyWidth] = widths;
    inBlocks(n, (from, length) =>
      k.bucketCounts(kind, keys + from * keyWidth, keyWidth, length, descending, grid, next),
    );
    const offsets = new Uint32Array(numBuckets + 1);
    for (let b = 0; b < numBuckets; b++) {
      offsets[b + 1] = offsets[b] + u32[next / 4 + b];
      u32[next / 4 + b] = offsets[b];
    }
    const placed = { offsets: starts.map((bucket) => offsets[bucket]) };
    const bucketed =
      n >= ROWS_A_BUCKET * numBuckets
        ? { ...placed, buckets: { ascending, offsets, starts, edges: bucketEdges(range) } }
        : placed;
    if (bucketed !== placed && arePackable(rows)) {
      const { values } = leaves[1];
      const width = widths[1];
      const into = out.allocate(n * (keyWidth + width));
      inBlocks(n, (from, length) =>
        k.scatterPairs(
          kind,
          width,
          keys + from * keyWidth,
          keyWidth,
          values + from * width,
          width,
          length,
          descending,
          grid,
          next,
          into,
        ),
      );
      return {
        ...bucketed,
        column: packedColumn(into, n, keyWidth + width, rows.segment),
        packed: fromLeaves([rows], [0, 0], 0, rows.segment),
      };
    }
    const positions = scratch.allocate(n * 4);
    k.bucketPositions(kind, keys, n, descending, grid, next, positions);
    const into = widths.map((width) => out.allocate(n * width));
    for (let f = 0; f < leaves.length; f++)
      scatterBytes(c, rows.segment, widths[f], leaves[f].values, positions, n, into[f]);
    return { ...bucketed, column: fromLeaves([rows], into, n, rows.segment) };
  } finally {
    scratch.release();
  }
}

/** A kernel becomes fast between calls, not in the middle of one. */
function inBlocks(rows: number, work: (from: number, length: number) => void): void {
  for (let from = 0; from < rows; from += CALL_ROWS) work(from, Math.min(CALL_ROWS, rows - from));
}

/**
 * Pointer to the range partition of every row, in `out` (of the key's segment): the number of bounds below its key, counted from
 * the other end when descending.
 */
export function rangeIndices(
  c: Compute,
  key: Column,
  bounds: readonly unknown[],
  ascending: boolean,
  out: Arena,
): number {
  const into = out.allocate(key.length * 4);
  const k = c.kernels(key.segment);
  const descending = ascending ? 0 : 1;
  const { type } = key;
  if (key.nullCount === 0 && bounds.length > 0) {
    if (type.kind === "dictionary" || type.kind === "utf8") {
      if (bounds.every((bound) => typeof bound === "string" && bound.isWellFormed())) {
        if (type.kind === "utf8") stringIndices(c, key, bounds as string[], descending, into, out);
        else {
          const [strings] = key.children;
          const near = strings.segment === out.segment.id ? strings : copyColumn(c.heap, strings, out);
          const codes = out.allocate(near.length * 4);
          stringIndices(c, near, bounds as string[], descending, codes, out);
          k.gather4(codes, key.values, key.length, into);
        }
        return into;
      }
    } else {
      const kind = imageKind(type);
      const images = kind === null ? null : imagesOf(kind, type, bounds);
      if (kind !== null && images !== null) {
        const ptr = out.allocate(images.length * 8);
        out.segment.u64.set(images, ptr / 8);
        k.boundsBelow(kind, key.values, key.length, descending, ptr, images.length, into);
        return into;
      }
    }
  }
  const { u32 } = c.heap.segment(key.segment);
  const values = readColumn(c.heap, key);
  for (let i = 0; i < values.length; i++) {
    let low = 0;
    let high = bounds.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareValues(bounds[middle], values[i]) < 0) low = middle + 1;
      else high = middle;
    }
    u32[into / 4 + i] = ascending ? low : bounds.length - low;
  }
  return into;
}

function stringIndices(
  c: Compute,
  strings: Column,
  bounds: readonly string[],
  descending: number,
  into: number,
  out: Arena,
): void {
  const column = buildColumn(bounds, out);
  c.kernels(strings.segment).boundsBelowStrings(
    strings.offsets,
    strings.values,
    strings.length,
    descending,
    column.offsets,
    column.values,
    bounds.length,
    into,
  );
}

/** The bounds' images among those of the keys, or null when a bound is no possible key. */
function imagesOf(kind: ImageKind, type: DataType, bounds: readonly unknown[]): BigUint64Array | null {
  const images = new BigUint64Array(bounds.length);
  for (let i = 0; i < bounds.length; i++) {
    const key = bounds[i];
    if (!isKey(type, key)) return null;
    images[i] = imageOf(
      kind,
      key instanceof Date ? key.getTime() : typeof key === "boolean" ? Number(key) : key,
    );
  }
  return images;
}

function isKey(type: DataType, value: unknown): value is number | bigint | Date | boolean {
  switch (type.kind) {
    case "u32":
      return typeof value === "number" && value >>> 0 === value;
    case "i32":
      return typeof value === "number" && (value | 0) === value;
    case "f32":
      return typeof value === "number" && (Math.fround(value) === value || value !== value);
    case "f64":
      return typeof value === "number";
    case "u64":
      return typeof value === "bigint" && BigInt.asUintN(64, value) === value;
    case "i64":
      return typeof value === "bigint" && BigInt.asIntN(64, value) === value;
    case "date":
      return value instanceof Date;
    case "bool":
      return typeof value === "boolean";
    default:
      return false;
  }
}
