/**
 * Actions: they run jobs and bring results to the driver. Partial results are merged in partition order, so that results never depend on
 * timing. An action fails with JOB_FAILED when a task has failed four times, with JOB_CANCELLED when it was cancelled.
 *
 * https://spark.apache.org/docs/latest/rdd-programming-guide.html#actions
 */
import { type ArrowFormat, arrowTable } from "../arrow/write-table.ts";
import { readColumns } from "../column/read-columns.ts";
import type { TypedArray } from "../column/typed-array.ts";
import { ActionCall, type ActionOptions } from "./action-call.ts";
import { AggregationActions } from "./aggregation-actions.ts";
import { countedValues } from "./counted-values.ts";
import { builtin, capture } from "./derive.ts";
import { localRows } from "./local-rows.ts";
import { extreme, type Ordering, ordered } from "./ordering.ts";
import { takeRows } from "./take-rows.ts";
import type { Rows } from "./types.ts";

export class Actions<T> extends AggregationActions<T> {
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
