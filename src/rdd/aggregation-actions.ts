/**
 * Actions that make one value of all rows: of each partition in the workers, then of the partitions' values, in their order, on the driver or by
 * levels in the workers before.
 */
import { recognizeCombiner } from "../closure/recognize.ts";
import type { Reduced } from "../plan/action.ts";
import { ActionCall, type ActionOptions } from "./action-call.ts";
import { aggregateAll, type TreeOptions, treeAggregated } from "./aggregation.ts";
import { Checkpointing } from "./checkpointing.ts";
import { capture } from "./derive.ts";
import type { Tuple } from "./types.ts";

export class AggregationActions<T> extends Checkpointing<T> {
  /**
   * The rows combined by an associative function. EMPTY_COLLECTION when there are none. One job; sums, minima and maxima of numbers run in a kernel.
   *
   * @example
   * await sc.parallelize([3, 1, 2]).reduce((a, b) => Math.max(a, b)) // => 3
   */
  async reduce(f: (a: T, b: T) => T, options?: ActionOptions): Promise<T> {
    const call = new ActionCall(this, "reduce", options);
    const fn = capture(f, call.site);
    const parts = await call.values<Reduced>(this, { kind: "reduce", fn, combine: recognizeCombiner(fn) });
    const found = parts.filter((part) => part.rows > 0).map((part) => part.value as T);
    if (found.length === 0) throw call.emptyCollection();
    return found.reduce((a, b) => f(a, b));
  }

  /**
   * The rows combined by `f` from `zero`, which is used once a partition, empty ones too, and once more on the driver, and so must be
   * neutral. One job.
   *
   * @example
   * await sc.parallelize([1, 2, 3]).fold(0, (a, b) => a + b) // => 6
   */
  async fold(zero: T, f: (a: T, b: T) => T, options?: ActionOptions): Promise<T> {
    return aggregateAll(this, new ActionCall(this, "fold", options), zero, f, f);
  }

  /**
   * The rows of each partition added to a copy of `zero` by `seqOp`; the results joined on the driver by `combOp`, from another copy. One job.
   *
   * @example
   * const [sum, n] = await sc.parallelize([1, 2, 3]).aggregate([0, 0], ([s, n], x) => [s + x, n + 1], ([s, n], [t, m]) => [s + t, n + m]);
   * sum / n // => 2
   */
  aggregate<U extends Tuple>(
    zero: U,
    seqOp: (acc: U, row: T) => U,
    combOp: (a: U, b: U) => U,
    options?: ActionOptions,
  ): Promise<U>;
  aggregate<U>(
    zero: U,
    seqOp: (acc: U, row: T) => U,
    combOp: (a: U, b: U) => U,
    options?: ActionOptions,
  ): Promise<U>;
  async aggregate<U>(
    zero: U,
    seqOp: (acc: U, row: T) => U,
    combOp: (a: U, b: U) => U,
    options?: ActionOptions,
  ): Promise<U> {
    return aggregateAll(this, new ActionCall(this, "aggregate", options), zero, seqOp, combOp);
  }

  /**
   * As `aggregate`, with the results of many partitions joined in the workers before they come to the driver, over `depth` levels. A
   * shuffle of one value a partition for each level but the last; `finalAggregateOnExecutor` leaves one value to the driver.
   *
   * @example
   * await sc.range(100, undefined, 1, 10).treeAggregate(0, (a, x) => a + x, (a, b) => a + b) // => 4950
   */
  treeAggregate<U extends Tuple>(
    zero: U,
    seqOp: (acc: U, row: T) => U,
    combOp: (a: U, b: U) => U,
    depth?: number,
    options?: TreeOptions,
  ): Promise<U>;
  treeAggregate<U>(
    zero: U,
    seqOp: (acc: U, row: T) => U,
    combOp: (a: U, b: U) => U,
    depth?: number,
    options?: TreeOptions,
  ): Promise<U>;
  async treeAggregate<U>(
    zero: U,
    seqOp: (acc: U, row: T) => U,
    combOp: (a: U, b: U) => U,
    depth = 2,
    options: TreeOptions = {},
  ): Promise<U> {
    const call = new ActionCall(this, "treeAggregate", options);
    return treeAggregated(this, call, zero, seqOp, combOp, depth, options.finalAggregateOnExecutor);
  }

  /**
   * As `reduce`, with the results of many partitions joined in the workers before they come to the driver, over `depth` levels.
   * EMPTY_COLLECTION when there are no rows.
   *
   * @example
   * await sc.range(1, 11).treeReduce((a, b) => a * b) // => 3628800
   */
  async treeReduce(f: (a: T, b: T) => T, depth = 2, options?: ActionOptions): Promise<T> {
    const call = new ActionCall(this, "treeReduce", options);
    const either = (a: readonly T[], b: readonly T[]): readonly T[] =>
      a.length === 0 ? b : b.length === 0 ? a : [f(a[0], b[0])];
    const found = await treeAggregated<T, readonly T[]>(
      this,
      call,
      [],
      (acc, row) => (acc.length === 0 ? [row] : [f(acc[0], row)]),
      either,
      depth,
    );
    if (found.length === 0) throw call.emptyCollection();
    return found[0];
  }
}
