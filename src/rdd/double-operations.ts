/**
 * Statistics of numbers; they type-check on RDDs of `number` only. Moments are computed by Welford's method a partition and merged in partition
 * order, so that large offsets do not cancel.
 *
 * https://spark.apache.org/docs/latest/api/scala/org/apache/spark/rdd/DoubleRDDFunctions.html
 */
import { StatCounter, type StatValues } from "../executor/builtins/stat-counter.ts";
import { ActionCall, type ActionOptions } from "./action-call.ts";
import { builtin } from "./derive.ts";
import { histogramCounts } from "./histogram.ts";
import { PairActions } from "./pair-actions.ts";
import type { RDD } from "./rdd.ts";
import type { RDDBase } from "./rdd-base.ts";

export class DoubleOperations<T> extends PairActions<T> {
  /**
   * The sum; 0 when there are no rows. One job, in a kernel.
   *
   * @example
   * await sc.parallelize([1, 2, 3.5]).sum() // => 6.5
   */
  async sum(this: RDD<number>, options?: ActionOptions): Promise<number> {
    const sums = await new ActionCall(this, "sum", options).values<number>(this, { kind: "sum" });
    return sums.reduce((a, b) => a + b, 0);
  }

  /**
   * Count, mean, sum, extremes, variance and standard deviation in one job.
   *
   * @example
   * const stats = await sc.parallelize([1, 2, 3]).stats();
   * [stats.count, stats.mean, stats.max] // => [3, 2, 3]
   */
  async stats(this: RDD<number>, options?: ActionOptions): Promise<StatCounter> {
    return statsOf(this, new ActionCall(this, "stats", options));
  }

  /**
   * The mean; NaN when there are no rows. One job.
   *
   * @example
   * await sc.parallelize([1, 2, 3]).mean() // => 2
   */
  async mean(this: RDD<number>, options?: ActionOptions): Promise<number> {
    const stats = await statsOf(this, new ActionCall(this, "mean", options));
    return stats.count === 0 ? Number.NaN : stats.mean;
  }

  /**
   * The variance of the population: the mean squared distance from the mean. One job.
   *
   * @example
   * await sc.parallelize([1, 3]).variance() // => 1
   */
  async variance(this: RDD<number>, options?: ActionOptions): Promise<number> {
    return (await statsOf(this, new ActionCall(this, "variance", options))).variance;
  }

  /**
   * The same as `variance`.
   *
   * @example
   * await sc.parallelize([1, 3]).popVariance() // => 1
   */
  async popVariance(this: RDD<number>, options?: ActionOptions): Promise<number> {
    return (await statsOf(this, new ActionCall(this, "popVariance", options))).variance;
  }

  /**
   * The standard deviation of the population. One job.
   *
   * @example
   * await sc.parallelize([1, 5]).stdev() // => 2
   */
  async stdev(this: RDD<number>, options?: ActionOptions): Promise<number> {
    return (await statsOf(this, new ActionCall(this, "stdev", options))).stdev;
  }

  /**
   * The same as `stdev`.
   *
   * @example
   * await sc.parallelize([1, 5]).popStdev() // => 2
   */
  async popStdev(this: RDD<number>, options?: ActionOptions): Promise<number> {
    return (await statsOf(this, new ActionCall(this, "popStdev", options))).stdev;
  }

  /**
   * The variance estimated from a sample: divided by n - 1. One job.
   *
   * @example
   * await sc.parallelize([1, 3]).sampleVariance() // => 2
   */
  async sampleVariance(this: RDD<number>, options?: ActionOptions): Promise<number> {
    return (await statsOf(this, new ActionCall(this, "sampleVariance", options))).sampleVariance;
  }

  /**
   * The standard deviation estimated from a sample: divided by n - 1 under the root. One job.
   *
   * @example
   * await sc.parallelize([1, 2, 3]).sampleStdev() // => 1
   */
  async sampleStdev(this: RDD<number>, options?: ActionOptions): Promise<number> {
    return (await statsOf(this, new ActionCall(this, "sampleStdev", options))).sampleStdev;
  }

  /**
   * [bounds, counts]: of a number of even buckets between the extremes, or of the buckets that sorted bounds make. A bucket holds its lower
   * bound, the last one its upper bound too; what lies outside, and NaN, is not counted. `evenBuckets` says that given bounds are evenly spaced, which finds
   * a bucket at once. One job, and one before for the extremes. UNSUPPORTED_OPERATION when there are no extremes: no rows, NaN or infinities. Strings need bounds.
   *
   * @example
   * await sc.parallelize([0, 1, 2, 3, 4]).histogram(2) // => [[0, 2, 4], [2, 3]]
   * await sc.parallelize([1, 5, 15]).histogram([0, 5, 10]) // => [[0, 5, 10], [1, 1]]
   * await sc.parallelize(["ant", "bee", "cat"]).histogram(["a", "c", "e"]) // => [["a", "c", "e"], [2, 1]]
   */
  histogram(
    this: RDD<number>,
    buckets: number | readonly number[],
    evenBuckets?: boolean,
    options?: ActionOptions,
  ): Promise<[number[], number[]]>;
  histogram(
    this: RDD<string>,
    buckets: readonly string[],
    evenBuckets?: false,
    options?: ActionOptions,
  ): Promise<[string[], number[]]>;
  async histogram(
    this: RDD<number> | RDD<string>,
    buckets: number | readonly unknown[],
    evenBuckets = false,
    options?: ActionOptions,
  ): Promise<[unknown[], number[]]> {
    return histogramCounts(this, new ActionCall(this, "histogram", options), buckets, evenBuckets);
  }
}

export async function statsOf(rdd: RDDBase, call: ActionCall): Promise<StatCounter> {
  const parts = await call.values<StatValues>(rdd, { kind: "call", fn: builtin("stats") });
  return parts.reduce<StatCounter>((all, part) => all.merge(part), new StatCounter());
}
