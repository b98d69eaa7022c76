/**
 * Which partition a key belongs to. Two RDDs with equal partitioners are co-partitioned: joining them moves nothing.
 * Spark's algebra: hash partitioners are equal when their sizes are; range partitioners when they sort the same way
 * by the same bounds; custom ones when their `equals` says so (by default, when they are the same object).
 */

import type { FunctionSpec } from "../closure/spec.ts";
import { compareValues } from "../column/equality.ts";
import { hashValue, nonNegativeMod } from "../column/hash-value.ts";
import { GnistaError } from "../errors.ts";
import type { RangeGrid } from "../kernels/range-grid.ts";
import { Preparation } from "./preparation.ts";

export interface Partitioner {
  readonly numPartitions: number;
  getPartition(key: unknown): number;
  equals?(other: Partitioner): boolean;
}

/** How a partitioner travels to the workers. */
export type PartitionerSpec =
  | { readonly kind: "hash"; readonly numPartitions: number }
  | {
      readonly kind: "range";
      readonly numPartitions: number;
      readonly bounds: readonly unknown[];
      readonly ascending: boolean;
      readonly grid?: RangeGrid;
    }
  | { readonly kind: "custom"; readonly numPartitions: number; readonly getPartition: FunctionSpec };

/**
 * Java's hash of the key, modulo the number of partitions (see `hashValue`). `null` goes to partition 0.
 *
 * @example
 * new HashPartitioner(8).getPartition(42) // => 2
 * sc.parallelize([["a", 1]]).partitionBy(new HashPartitioner(8)).getNumPartitions() // => 8
 */
export class HashPartitioner implements Partitioner {
  /** How many partitions there are. */
  readonly numPartitions: number;

  constructor(numPartitions: number) {
    if (!Number.isInteger(numPartitions) || numPartitions < 0)
      throw new GnistaError(
        "INVALID_ARGUMENT",
        `HashPartitioner needs a number of partitions >= 0, got ${numPartitions}`,
      );
    this.numPartitions = numPartitions;
  }

  /** The partition of a key. */
  getPartition(key: unknown): number {
    return nonNegativeMod(hashValue(key), this.numPartitions);
  }

  /** Equal when the other hashes into as many partitions. */
  equals(other: Partitioner): boolean {
    return other instanceof HashPartitioner && other.numPartitions === this.numPartitions;
  }
}

/**
 * Contiguous key ranges of about equal weight, from sorted upper bounds: `numPartitions - 1` of them, or fewer when the
 * sample had fewer distinct keys. `sortByKey` makes one whose bounds a job samples when they are first needed, by the sort
 * or by whoever else was given the partitioner.
 *
 * @example
 * new RangePartitioner(["f", "p"]).getPartition("g") // => 1
 * const sorted = sc.parallelize([[1, "a"], [2, "b"]]).sortByKey(true, 2);
 * await sc.parallelize([[2, "y"], [1, "x"]]).partitionBy(sorted.partitioner).keys().glom().collect() // => [[1], [2]]
 */
export class RangePartitioner implements Partitioner {
  /** Whether the first partition holds the least keys, or the greatest. */
  readonly ascending: boolean;
  /** How many partitions there are. */
  readonly numPartitions: number;
  /** Finds the bounds; null when they were given. @internal */
  readonly preparation: Preparation | null;
  /** The program's own order of the keys; null for the natural one. @internal */
  readonly ordering: KeyOrdering | null;
  #bounds: readonly unknown[] | null;
  #grid: RangeGrid | undefined;

  constructor(
    bounds: readonly unknown[] | SampledRanges,
    ascending = true,
    ordering: KeyOrdering | null = null,
  ) {
    this.ascending = ascending;
    this.ordering = ordering;
    if ("sample" in bounds) {
      this.numPartitions = bounds.numPartitions;
      this.preparation = new Preparation(async (signal) => {
        const found = await bounds.sample(signal);
        this.#bounds = found.bounds;
        this.#grid = found.grid;
      });
      this.#bounds = null;
    } else {
      this.numPartitions = bounds.length + 1;
      this.preparation = null;
      this.#bounds = bounds;
    }
  }

  /** Null until they have been sampled. */
  get bounds(): readonly unknown[] | null {
    return this.#bounds;
  }

  /** The same ranges for the kernels, when the keys are numbers and spread evenly enough. @internal */
  get grid(): RangeGrid | undefined {
    return this.#grid;
  }

  /** The partition of a key, by binary search. UNSUPPORTED_OPERATION while the bounds are not known. */
  getPartition(key: unknown): number {
    const bounds = this.#bounds;
    if (bounds === null)
      throw new GnistaError(
        "UNSUPPORTED_OPERATION",
        "the bounds of this RangePartitioner are sampled by the first job that needs them; run an action first",
      );
    return rangeOf(key, bounds, this.ascending, this.ordering ?? compareValues);
  }

  /** Equal when the other sorts the same way by the same bounds. */
  equals(other: Partitioner): boolean {
    if (other === this) return true;
    if (!(other instanceof RangePartitioner) || other.ascending !== this.ascending) return false;
    if (other.ordering !== this.ordering) return false;
    const [a, b] = [this.#bounds, other.bounds];
    return (
      a !== null && b !== null && a.length === b.length && a.every((x, i) => compareValues(x, b[i]) === 0)
    );
  }
}

/** Negative when the first key comes before the second, positive when after. */
export type KeyOrdering = (a: unknown, b: unknown) => number;

/** By binary search: how many of the bounds come before the key. */
export function rangeOf(
  key: unknown,
  bounds: readonly unknown[],
  ascending: boolean,
  compare: KeyOrdering,
): number {
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(bounds[middle], key) < 0) low = middle + 1;
    else high = middle;
  }
  return ascending ? low : bounds.length - low;
}

/** The upper bounds of ranges and, when the keys are numbers that spread evenly enough, the same ranges for the kernels. */
export interface RangeBounds {
  readonly bounds: readonly unknown[];
  readonly grid?: RangeGrid;
}

/** Ranges whose bounds are found when they are first needed. */
export interface SampledRanges {
  readonly numPartitions: number;
  sample(signal: AbortSignal): Promise<RangeBounds>;
}

/** What a partitioner of `n` partitions said of a key. INVALID_ARGUMENT when that is none of them. */
export function checkPartition(partition: unknown, n: number): number {
  if (Number.isInteger(partition) && (partition as number) >= 0 && (partition as number) < n)
    return partition as number;
  throw new GnistaError(
    "INVALID_ARGUMENT",
    `a partitioner of ${n} partitions returned ${String(partition)}; it must return an integer from 0 to ${n - 1}`,
  );
}

export function samePartitioner(a: Partitioner | null, b: Partitioner | null): boolean {
  if (a === null || b === null) return false;
  return a === b || (a.equals?.(b) ?? false);
}
