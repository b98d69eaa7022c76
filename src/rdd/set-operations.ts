/**
 * Operations on the rows of one or two RDDs as collections: unions, products, what is distinct or common, groups, order, positions.
 * Rows are equal when they are structurally equal: `[1, "a"]` equals `[1, "a"]`, `NaN` equals `NaN`.
 *
 * https://spark.apache.org/docs/latest/rdd-programming-guide.html#transformations
 */
import type { Partitioner } from "../plan/partitioner.ts";
import { ActionCall } from "./action-call.ts";
import { callSite } from "./call-site.ts";
import { builtin, combinedRDD, indices, joinedRDD, narrowRDD, stepRDD, zippedRDD } from "./derive.ts";
import type { Ordering } from "./ordering.ts";
import type { RDD } from "./rdd.ts";
import type { RDDBase } from "./rdd-base.ts";
import { SamplingOperations } from "./sampling-operations.ts";
import type { Row } from "./types.ts";

export class SetOperations<T> extends SamplingOperations<T> {
  /**
   * The rows of this, then those of the other, duplicates kept. Narrow; partitions side by side, or merged one by one when both have the
   * same partitioner, which is then kept.
   *
   * @example
   * await sc.parallelize([1, 2]).union(sc.parallelize([2, 3])).collect() // => [1, 2, 2, 3]
   */
  union(this: RDD<T>, other: RDD<T>): RDD<T> {
    return this.context.union<T>(this, other);
  }

  /**
   * Every pair of a row of this and a row of the other, in p1 * p2 partitions. Narrow; the other side is computed again for each partition
   * of this, so persist it when it is costly.
   *
   * @example
   * await sc.parallelize([1, 2], 1).cartesian(sc.parallelize(["a", "b"], 1)).collect() // => [[1, "a"], [1, "b"], [2, "a"], [2, "b"]]
   */
  cartesian<U>(other: RDD<U>): RDD<[T, U]> {
    return narrowRDD(this, {
      operator: { kind: "cartesian" },
      label: "CartesianRDD",
      site: callSite("cartesian"),
      parents: [this, other],
      numPartitions: () => this.getNumPartitions() * other.getNumPartitions(),
    });
  }

  /**
   * Rows side by side. Narrow. Both must have the same number of partitions (INVALID_ARGUMENT at once) and of rows in each (the job
   * fails).
   *
   * @example
   * await sc.parallelize([1, 2]).zip(sc.parallelize(["a", "b"])).collect() // => [[1, "a"], [2, "b"]]
   */
  zip<U>(other: RDD<U>): RDD<[T, U]> {
    return zippedRDD(this, [other], callSite("zip"), builtin("zip"), false);
  }

  /**
   * [row, position], from 0, in partition order. Narrow; with several partitions, the first job over it counts all but the last
   * before (`zipWithUniqueId` needs no count).
   *
   * @example
   * await sc.parallelize(["a", "b", "c"], 2).zipWithIndex().collect() // => [["a", 0], ["b", 1], ["c", 2]]
   */
  zipWithIndex(): RDD<[T, number]> {
    const call = new ActionCall(this, "zipWithIndex");
    const starts: number[] = [0];
    return narrowRDD(this, {
      operator: { kind: "mapPartitions", fn: builtin("zipWithIndex", { value: starts }) },
      label: "ZippedWithIndexRDD",
      site: call.site,
      prepare: async (signal) => {
        const before = this.getNumPartitions() - 1;
        if (before < 1) return;
        const counts = await call.valuesFor<number>(signal, this, { kind: "count" }, indices(before));
        starts.length = 1;
        counts.forEach((count, i) => starts.push(starts[i] + count));
      },
    });
  }

  /**
   * Each row once. A shuffle of the rows that are distinct within their partition; none when the RDD has a partitioner already and
   * `numPartitions` is not different, since equal rows are then in one place. The order is not kept.
   *
   * @example
   * (await sc.parallelize([1, 2, 1, 3, 2]).distinct().collect()).sort() // => [1, 2, 3]
   */
  distinct(numPartitions?: number): RDD<T> {
    const site = callSite("distinct");
    const partitioner = this.partitioner;
    const inPlace =
      partitioner !== null && (numPartitions === undefined || numPartitions === partitioner.numPartitions);
    const rows = asKeys<T>(this, "distinct", inPlace);
    const once = combinedRDD<T, 0, 0>(
      rows,
      site,
      firstOf,
      firstOf,
      firstOf,
      inPlace ? partitioner : numPartitions,
    );
    return stepRDD(once, "map", ([row]: [T, 0]) => row, inPlace, site);
  }

  /**
   * The rows that are in both, each once. A shuffle of each side; the order is not kept.
   *
   * @example
   * (await sc.parallelize([1, 2, 2, 3]).intersection(sc.parallelize([2, 3, 4])).collect()).sort() // => [2, 3]
   */
  intersection(other: RDD<T>, partitioner?: number | Partitioner): RDD<T> {
    const site = callSite("intersection");
    const sides = [asKeys<T>(this, "intersection"), asKeys<T>(other, "intersection")] as const;
    const common = joinedRDD<[T, 0]>(...sides, "semi", site, partitioner);
    const once = combinedRDD<T, 0, 0>(common, site, firstOf, firstOf, firstOf, common.partitioner!);
    return once.keys();
  }

  /**
   * The rows that are not in the other, with their duplicates. A shuffle of each side, into as many partitions as this has; the
   * result has no partitioner.
   *
   * @example
   * (await sc.parallelize([1, 1, 2, 3]).subtract(sc.parallelize([2, 4])).collect()).sort() // => [1, 1, 3]
   */
  subtract(other: RDD<T>, partitioner: number | Partitioner = Math.max(1, this.getNumPartitions())): RDD<T> {
    return asKeys<T>(this, "subtract").subtractByKey(asKeys<T>(other, "subtract"), partitioner).keys();
  }

  /**
   * [key, rows with that key] for each key that `f` gives. A shuffle of all rows, with a whole group in memory: prefer `reduceByKey` or
   * `aggregateByKey` to get one value a key.
   *
   * @example
   * (await sc.parallelize([1, 2, 3, 4], 1).groupBy((x) => x % 2).collect()).sort() // => [[0, [2, 4]], [1, [1, 3]]]
   */
  groupBy<K extends Row>(f: (row: T) => K, partitioner?: number | Partitioner): RDD<[K, T[]]> {
    return stepRDD<[K, T]>(this, "keyBy", f, false, callSite("groupBy")).groupByKey(partitioner);
  }

  /**
   * The rows in the order of the keys that `f` gives: numbers by value, strings by code unit, tuples element by element, or by an ordering of the keys as in `sortByKey`. A shuffle, into ranges
   * that a sampling job finds before the first job that needs them.
   *
   * @example
   * await sc.parallelize(["pear", "fig", "apple"]).sortBy((word) => word.length).collect() // => ["fig", "pear", "apple"]
   * await sc.parallelize([1, 3, 2]).sortBy((x) => x, false).collect() // => [3, 2, 1]
   * await sc.parallelize(["b", "B", "a"]).sortBy((x) => x, true, 2, (x, y) => x.localeCompare(y, "en")).collect() // => ["a", "b", "B"]
   */
  sortBy<K extends Row>(
    f: (row: T) => K,
    ascending = true,
    numPartitions?: number,
    ordering?: Ordering<K>,
  ): RDD<T> {
    return stepRDD<[K, T]>(this, "keyBy", f, false, callSite("sortBy"))
      .sortByKey(ascending, numPartitions, ordering)
      .values();
  }
}

/** [row, 0]: rows as keys. */
function asKeys<T>(rdd: RDDBase, operation: string, keepsPartitioner = false): RDD<[T, 0]> {
  return stepRDD(rdd, "map", (row: T): [T, 0] => [row, 0], keepsPartitioner, callSite(operation));
}

const firstOf = <V>(a: V): V => a;
