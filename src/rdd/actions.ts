/**
 * Actions: they run jobs and bring results to the driver. Partial results are merged in partition order, so that results never depend on
 * timing. An action fails with JOB_FAILED when a task has failed four times, with JOB_CANCELLED when it was cancelled.
 *
 * https://spark.apache.org/docs/latest/rdd-programming-guide.html#actions
 */
import { type ArrowFormat, arrowTable } from "../arrow/write-table.ts";
import { recognizeCombiner } from "../closure/recognize.ts";
import { keyOf } from "../column/equality.ts";
import { readColumns } from "../column/read-columns.ts";
import type { TypedArray } from "../column/typed-array.ts";
import type { Reduced } from "../plan/action.ts";
import { ActionCall, type ActionOptions } from "./action-call.ts";
import { aggregateAll, type TreeOptions, treeAggregated } from "./aggregation.ts";
import { builtin, capture } from "./derive.ts";
import { localRows } from "./local-rows.ts";
import { extreme, type Ordering, ordered } from "./ordering.ts";
import { Persistence } from "./persistence.ts";
import type { RDDBase } from "./rdd-base.ts";
import { takeRows } from "./take-rows.ts";
import type { Rows, Tuple } from "./types.ts";

export class Actions<T> extends Persistence<T> {
  /**
   * All rows, in partition order. One job; they must fit in the driver's memory.
   *
   * @example
   * await sc.parallelize([1, 2, 3]).collect() // => [1, 2, 3]
   */
  async collect(options?: ActionOptions): Promise<T[]> {
    return new ActionCall(this, "collect", options).rows<T>(this);
  }

  /**
   * All rows as columns: one typed array (or array of strings or other values) for plain rows, two for pairs, three for joined pairs. One job; for numbers far
   * cheaper than `collect`, in time and memory. Typed arrays lie in shared memory of their own, so that posting one to another thread copies nothing.
   *
   * @example
   * const pairs = sc.parallelizePairs(Uint32Array.of(7, 8), Float64Array.of(0.5, 1));
   * await pairs.collectColumns() // => [Uint32Array.of(7, 8), Float64Array.of(0.5, 1)]
   */
  async collectColumns(options?: ActionOptions): Promise<(TypedArray | unknown[])[]> {
    const { engine } = this.context;
    return new ActionCall(this, "collectColumns", options).blocks(this, async (blocks) => {
      const { columns, copies } = readColumns(
        engine.heap,
        blocks.flatMap((block) => block.chunks),
      );
      await engine.copyOut(copies);
      return columns;
    });
  }

  /**
   * All rows as a table in Arrow's IPC format, for any program that reads Arrow: a record batch or more a partition, copied from shared memory without a
   * look at the values where the layouts agree. One job.
   *
   * Objects give a column a key, tuples columns `_1`, `_2`, ..., anything else, and rows of which some are null, the one column `value`; read back by `sc.fromArrow`, all
   * are what they were. Dates become timestamps of milliseconds (UTC), repeated strings may be a dictionary, Uint8Arrays binary. A column has one
   * type: numbers of several types become f64. UNSUPPORTED_OPERATION, with the column's name, for values that have no
   * Arrow type together (mixed types, undefined, Maps, lone surrogates, invalid Dates, bigints beyond 64 bits).
   *
   * @example
   * const bytes = await sc.parallelize([["a", 1], ["b", 2]], 1).toArrow();
   * await sc.fromArrow(bytes).collect() // => [["a", 1], ["b", 2]]
   */
  async toArrow(options: ActionOptions & { readonly format?: ArrowFormat } = {}): Promise<Uint8Array> {
    const { heap } = this.context.engine;
    return new ActionCall(this, "toArrow", options).blocks(this, (blocks) =>
      arrowTable(
        heap,
        blocks.flatMap((block) => block.chunks),
        options.format ?? "stream",
      ),
    );
  }

  /**
   * The rows, partition after partition: a job each, when it is asked for, so that the driver holds one partition at a time; with
   * `prefetchPartitions` a second, whose job runs while the first is used. Persist what is costly, or shared by the partitions.
   *
   * @example
   * const seen = [];
   * for await (const row of sc.range(3).toLocalIterator()) seen.push(row);
   * seen // => [0, 1, 2]
   */
  toLocalIterator(prefetchPartitions = false, options?: ActionOptions): AsyncGenerator<T> {
    return localRows<T>(this, new ActionCall(this, "toLocalIterator", options), prefetchPartitions);
  }

  /**
   * How many rows there are. One job.
   *
   * @example
   * await sc.range(100).filter((x) => x % 7 === 0).count() // => 15
   */
  async count(options?: ActionOptions): Promise<number> {
    const counts = await new ActionCall(this, "count", options).values<number>(this, { kind: "count" });
    return counts.reduce((sum, n) => sum + n, 0);
  }

  /**
   * Whether there are no rows. Looks at as few partitions as it can.
   *
   * @example
   * await sc.range(100).filter((x) => x > 100).isEmpty() // => true
   */
  async isEmpty(options?: ActionOptions): Promise<boolean> {
    return (await takeRows(this, 1, new ActionCall(this, "isEmpty", options))).length === 0;
  }

  /**
   * The first row. EMPTY_COLLECTION when there is none.
   *
   * @example
   * await sc.parallelize([5, 6]).first() // => 5
   */
  async first(options?: ActionOptions): Promise<T> {
    const call = new ActionCall(this, "first", options);
    const rows = await takeRows<T>(this, 1, call);
    if (rows.length === 0) throw call.emptyCollection();
    return rows[0];
  }

  /**
   * The first `n` rows, or all if there are fewer. Scans one partition, then as many more as it seems to take, at most four times as many
   * each time.
   *
   * @example
   * await sc.range(1000).take(3) // => [0, 1, 2]
   */
  async take(n: number, options?: ActionOptions): Promise<T[]> {
    return takeRows<T>(this, n, new ActionCall(this, "take", options));
  }

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

  /**
   * Calls `f` for each row, in the workers: for its effects outside, or on accumulators. What it changes in captured variables is not
   * seen by the driver. One job.
   *
   * @example
   * const total = sc.longAccumulator();
   * await sc.range(5).foreach((x) => total.add(x));
   * total.value // => 10
   */
  async foreach(f: (row: T) => void, options?: ActionOptions): Promise<void> {
    const call = new ActionCall(this, "foreach", options);
    await call.run(this, { kind: "call", fn: builtin("foreach", capture(f, call.site)) });
  }

  /**
   * Calls `f` with the rows of each partition, in the workers. One job.
   *
   * @example
   * const partitions = sc.longAccumulator();
   * await sc.range(5, undefined, 1, 2).foreachPartition(() => partitions.add(1));
   * partitions.value // => 2
   */
  async foreachPartition(f: (rows: Rows<T>) => void, options?: ActionOptions): Promise<void> {
    const call = new ActionCall(this, "foreachPartition", options);
    await call.run(this, { kind: "call", fn: builtin("consume", capture(f, call.site)) });
  }

  /**
   * The greatest row, the first of equal ones: by natural order, by the key that a function of a row gives, or by a function that
   * compares two rows. EMPTY_COLLECTION when there is none. One job.
   *
   * @example
   * await sc.parallelize(["pear", "fig"]).max((word) => word.length) // => "pear"
   */
  async max(ordering?: Ordering<T>, options?: ActionOptions): Promise<T> {
    return extreme(this, new ActionCall(this, "max", options), ordering, true);
  }

  /**
   * The least row, the first of equal ones, by an ordering as in `max`. EMPTY_COLLECTION when there is none. One job.
   *
   * @example
   * await sc.parallelize([3, 1, 2]).min() // => 1
   */
  async min(ordering?: Ordering<T>, options?: ActionOptions): Promise<T> {
    return extreme(this, new ActionCall(this, "min", options), ordering, false);
  }

  /**
   * The `n` greatest rows, greatest first, equal ones as they come, by an ordering as in `max`. One job; each partition keeps only `n` rows.
   *
   * @example
   * await sc.parallelize([10, 4, 2, 12, 3]).top(2) // => [12, 10]
   */
  async top(n: number, ordering?: Ordering<T>, options?: ActionOptions): Promise<T[]> {
    return ordered<T>(this, new ActionCall(this, "top", options), n, ordering, true);
  }

  /**
   * The `n` least rows, least first, equal ones as they come, by an ordering as in `max`. One job; each partition keeps only `n` rows.
   *
   * @example
   * await sc.parallelize([10, 4, 2, 12, 3]).takeOrdered(2) // => [2, 3]
   * await sc.parallelize([10, 4, 2, 12, 3]).takeOrdered(2, (x) => -x) // => [12, 10]
   * await sc.parallelize(["b", "B", "a"]).takeOrdered(2, (x, y) => x.localeCompare(y, "en")) // => ["a", "b"]
   */
  async takeOrdered(n: number, ordering?: Ordering<T>, options?: ActionOptions): Promise<T[]> {
    return ordered<T>(this, new ActionCall(this, "takeOrdered", options), n, ordering, false);
  }

  /**
   * How often each value occurs. One job; the Map is made on the driver, so for many values prefer `map((x) => [x, 1]).reduceByKey(...)`.
   *
   * @example
   * await sc.parallelize(["a", "b", "a"]).countByValue() // => new Map([["a", 2], ["b", 1]])
   */
  async countByValue(options?: ActionOptions): Promise<Map<T, number>> {
    return countedValues<T>(this, new ActionCall(this, "countByValue", options));
  }
}

/** Counts of the partitions, added up; values that are objects meet by structure. */
export async function countedValues<T>(rdd: RDDBase, call: ActionCall): Promise<Map<T, number>> {
  const parts = await call.values<(readonly [T, number])[]>(rdd, {
    kind: "call",
    fn: builtin("countByValue"),
  });
  const totals = new Map<unknown, [T, number]>();
  for (const part of parts)
    for (const [value, count] of part) {
      const identity = keyOf(value);
      const total = totals.get(identity);
      if (total === undefined) totals.set(identity, [value, count]);
      else total[1] += count;
    }
  return new Map(totals.values());
}
