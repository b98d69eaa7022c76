/**
 * The resilient distributed dataset: an immutable plan of how to compute partitioned rows, and the actions that compute them. Names,
 * argument orders and meanings are Spark's. Transformations return at once; actions return promises.
 *
 * Its methods come in families, one class a file, from `RDDBase` up to here. Pair operations type-check on `RDD<[K, V]>` only, statistics on
 * `RDD<number>` only.
 *
 * https://spark.apache.org/docs/latest/rdd-programming-guide.html
 */
import { OutputActions } from "./output-actions.ts";

/**
 * @example
 * const words = sc.parallelize(["to be or", "not to be"]).flatMap((line) => line.split(" "));
 * const counts = words.map((word) => [word, 1]).reduceByKey((a, b) => a + b);
 * await counts.sortByKey().collect() // => [["be", 2], ["not", 1], ["or", 1], ["to", 2]]
 */
export class RDD<T> extends OutputActions<T> {}
