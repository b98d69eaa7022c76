/**
 * Operations row by row. They move nothing: the executor runs a chain of them as one loop over a partition, compiled where the
 * functions are arithmetic, comparisons and simple string work (`explain()` tells), else as a loop over JavaScript values.
 *
 * https://spark.apache.org/docs/latest/rdd-programming-guide.html#transformations
 */
import { callSite } from "./call-site.ts";
import { builtin, partitionsRDD, stepRDD } from "./derive.ts";
import type { RDD } from "./rdd.ts";
import { RDDBase } from "./rdd-base.ts";
import type { Plain, Row } from "./types.ts";

export class RowOperations<T> extends RDDBase {
  /**
   * Each row through `f`. Narrow; drops the partitioner, since keys may change (`mapValues` keeps it). Rows are plain data: an
   * instance of a class keeps its fields, but loses its methods and getters wherever rows are stored or move. TASK_NOT_SERIALIZABLE for what `f`
   * captures and cannot travel, INVALID_ARGUMENT for an async function.
   *
   * @example
   * await sc.parallelize([1, 2, 3]).map((x) => x * 2).collect() // => [2, 4, 6]
   */
  map<U extends Row>(f: (row: T) => U): RDD<Plain<U>> {
    return stepRDD(this, "map", f, false);
  }

  /**
   * The rows for which `f` is true. Narrow; keeps the partitioner.
   *
   * @example
   * await sc.range(10).filter((x) => x % 3 === 0).collect() // => [0, 3, 6, 9]
   */
  filter<U extends T>(f: (row: T) => row is U): RDD<U>;
  filter(f: (row: T) => boolean): RDD<T>;
  filter(f: (row: T) => boolean): RDD<T> {
    return stepRDD(this, "filter", f, true);
  }

  /**
   * Each row becomes the items of the iterable that `f` returns: none, one or many. Narrow; drops the partitioner.
   *
   * @example
   * await sc.parallelize(["to be", "or not"]).flatMap((line) => line.split(" ")).collect() // => ["to", "be", "or", "not"]
   */
  flatMap<U extends Row>(f: (row: T) => Iterable<U>): RDD<Plain<U>> {
    return stepRDD(this, "flatMap", f, false);
  }

  /**
   * Pairs of a key made by `f` and the row. Narrow; drops the partitioner.
   *
   * @example
   * await sc.parallelize(["ant", "bee"]).keyBy((word) => word[0]).collect() // => [["a", "ant"], ["b", "bee"]]
   */
  keyBy<K extends Row>(f: (row: T) => K): RDD<[K, T]> {
    return stepRDD(this, "keyBy", f, false);
  }

  /**
   * One array a partition, empty ones too. Narrow; a whole partition must fit in memory as JavaScript values.
   *
   * @example
   * await sc.parallelize([1, 2, 3], 2).glom().collect() // => [[1], [2, 3]]
   */
  glom(): RDD<T[]> {
    return partitionsRDD(this, callSite("glom"), builtin("glom"), false);
  }

  /**
   * [row, id] where row k of partition i of n gets the id k * n + i: unique, with gaps. Narrow, no job.
   *
   * @example
   * await sc.parallelize(["a", "b", "c"], 2).zipWithUniqueId().collect() // => [["a", 0], ["b", 1], ["c", 3]]
   */
  zipWithUniqueId(): RDD<[T, number]> {
    return partitionsRDD(
      this,
      callSite("zipWithUniqueId"),
      builtin("zipWithUniqueId", { value: this.getNumPartitions() }),
      false,
    );
  }
}
