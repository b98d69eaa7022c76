/**
 * Operations on pairs by key; they type-check on RDDs of `[K, V]` only. Keys are equal when they are structurally equal. Whatever combines
 * values combines them within each input partition first, so that only one value a key and partition is moved. An RDD that already has
 * the wanted partitioner is not moved at all.
 *
 * https://spark.apache.org/docs/latest/api/scala/org/apache/spark/rdd/PairRDDFunctions.html
 */
import { HashPartitioner, type Partitioner, samePartitioner } from "../plan/partitioner.ts";
import { callSite } from "./call-site.ts";
import { checkPartitions, choosePartitioner, combinedRDD, keyedRDD, stepRDD } from "./derive.ts";
import { freshCopies } from "./fresh-copies.ts";
import { FunctionPartitioner } from "./function-partitioner.ts";
import type { RDD } from "./rdd.ts";
import { SetOperations } from "./set-operations.ts";
import type { Pair, Plain, Row, Tuple } from "./types.ts";

export class PairOperations<T> extends SetOperations<T> {
  /**
   * The keys. Narrow; drops the partitioner.
   *
   * @example
   * await sc.parallelize([["a", 1], ["b", 2]]).keys().collect() // => ["a", "b"]
   */
  keys<K, V>(this: RDD<Pair<K, V>>): RDD<K> {
    return stepRDD(this, "map", ([key]: Pair<K, V>) => key, false, callSite("keys"));
  }

  /**
   * The values. Narrow; drops the partitioner.
   *
   * @example
   * await sc.parallelize([["a", 1], ["b", 2]]).values().collect() // => [1, 2]
   */
  values<K, V>(this: RDD<Pair<K, V>>): RDD<V> {
    return stepRDD(this, "map", ([, value]: Pair<K, V>) => value, false, callSite("values"));
  }

  /**
   * Each value through `f`, under its key. Narrow; keeps the partitioner, so that a join afterwards moves nothing.
   *
   * @example
   * await sc.parallelize([["a", 1], ["b", 2]]).mapValues((n) => n * 10).collect() // => [["a", 10], ["b", 20]]
   */
  mapValues<K, V, U extends Row>(this: RDD<Pair<K, V>>, f: (value: V) => U): RDD<[K, Plain<U>]> {
    return stepRDD(this, "mapValues", f, true);
  }

  /**
   * Each value becomes the items that `f` returns, all under its key. Narrow; keeps the partitioner.
   *
   * @example
   * await sc.parallelize([["a", "x y"], ["b", ""]]).flatMapValues((text) => text.split(" ").filter((w) => w !== "")).collect() // => [["a", "x"], ["a", "y"]]
   */
  flatMapValues<K, V, U extends Row>(
    this: RDD<Pair<K, V>>,
    f: (value: V) => Iterable<U>,
  ): RDD<[K, Plain<U>]> {
    return stepRDD(this, "flatMapValues", f, true);
  }

  /**
   * The values of each key combined into one C: `createCombiner` makes it of the first value that a partition has of a key, `mergeValue` adds
   * further ones, `mergeCombiners` joins those of several partitions. A shuffle of one C a key and partition; without `mapSideCombine`,
   * of all values.
   *
   * @example
   * const means = sc.parallelize([["a", 1], ["b", 5], ["a", 3]]).combineByKey(
   *   (x) => [x, 1],
   *   ([sum, n], x) => [sum + x, n + 1],
   *   ([sum, n], [sum2, n2]) => [sum + sum2, n + n2],
   * ).mapValues(([sum, n]) => sum / n);
   * (await means.collect()).sort() // => [["a", 2], ["b", 5]]
   */
  combineByKey<K, V, C>(
    this: RDD<Pair<K, V>>,
    createCombiner: (value: V) => C,
    mergeValue: (combined: C, value: V) => C,
    mergeCombiners: (a: C, b: C) => C,
    partitioner?: number | Partitioner,
    mapSideCombine = true,
  ): RDD<[K, C]> {
    return combinedRDD(
      this,
      callSite("combineByKey"),
      createCombiner,
      mergeValue,
      mergeCombiners,
      partitioner,
      mapSideCombine,
    );
  }

  /**
   * The values of each key combined by an associative and commutative function. A shuffle of one value a key and partition; sums,
   * minima and maxima of numbers run in a kernel.
   *
   * @example
   * (await sc.parallelize([["a", 1], ["b", 5], ["a", 3]]).reduceByKey((a, b) => a + b).collect()).sort() // => [["a", 4], ["b", 5]]
   */
  reduceByKey<K, V extends Row>(
    this: RDD<Pair<K, V>>,
    f: (a: NoInfer<V>, b: NoInfer<V>) => NoInfer<V>,
    partitioner?: number | Partitioner,
  ): RDD<[K, V]> {
    return combinedRDD(this, callSite("reduceByKey"), (value: V) => value, f, f, partitioner);
  }

  /**
   * As `reduceByKey`, starting from `zero`, which is used once a key and partition and so must be neutral. A shuffle of one value a key and
   * partition.
   *
   * @example
   * (await sc.parallelize([["a", 1], ["b", 5], ["a", 3]]).foldByKey(0, (a, b) => a + b).collect()).sort() // => [["a", 4], ["b", 5]]
   */
  foldByKey<K, V extends Row>(
    this: RDD<Pair<K, V>>,
    zero: NoInfer<V>,
    f: (a: NoInfer<V>, b: NoInfer<V>) => NoInfer<V>,
    partitioner?: number | Partitioner,
  ): RDD<[K, V]> {
    const start = freshCopies(zero);
    return combinedRDD(this, callSite("foldByKey"), (value: V) => f(start(), value), f, f, partitioner);
  }

  /**
   * The values of each key added to a `zero` by `seqOp`, the results of partitions joined by `combOp`. Each key and partition gets its own
   * copy of `zero`, which may be changed in place. A shuffle of one U a key and partition.
   *
   * @example
   * const sets = sc.parallelize([["a", 1], ["a", 1], ["a", 2]]).aggregateByKey([], (list, x) => [...list, x], (a, b) => [...a, ...b]);
   * await sets.collect() // => [["a", [1, 1, 2]]]
   */
  aggregateByKey<K, V, U extends Tuple>(
    this: RDD<Pair<K, V>>,
    zero: U,
    seqOp: (acc: U, value: V) => U,
    combOp: (a: U, b: U) => U,
    partitioner?: number | Partitioner,
  ): RDD<[K, U]>;
  aggregateByKey<K, V, U>(
    this: RDD<Pair<K, V>>,
    zero: U,
    seqOp: (acc: U, value: V) => U,
    combOp: (a: U, b: U) => U,
    partitioner?: number | Partitioner,
  ): RDD<[K, U]>;
  aggregateByKey<K, V, U>(
    this: RDD<Pair<K, V>>,
    zero: U,
    seqOp: (acc: U, value: V) => U,
    combOp: (a: U, b: U) => U,
    partitioner?: number | Partitioner,
  ): RDD<[K, U]> {
    const start = freshCopies(zero);
    return combinedRDD(
      this,
      callSite("aggregateByKey"),
      (value: V) => seqOp(start(), value),
      seqOp,
      combOp,
      partitioner,
    );
  }

  /**
   * [key, its values] in the order of the input. A shuffle of all pairs, with the values of a key in memory at once: `reduceByKey` or
   * `aggregateByKey` move far less where they do.
   *
   * @example
   * (await sc.parallelize([["a", 1], ["b", 5], ["a", 3]]).groupByKey().collect()).sort() // => [["a", [1, 3]], ["b", [5]]]
   */
  groupByKey<K, V>(this: RDD<Pair<K, V>>, partitioner?: number | Partitioner): RDD<[K, V[]]> {
    const chosen = choosePartitioner([this], partitioner, "groupByKey");
    return keyedRDD([this], { kind: "group" }, "ShuffledRDD", callSite("groupByKey"), chosen);
  }

  /**
   * The pairs where a partitioner (or a number of hash partitions, or a function of the key into them) puts them. A shuffle of all pairs, or
   * nothing when they are there already. Persist the result to join it again and again without moving it.
   *
   * @example
   * const pairs = sc.parallelize([[1, "a"], [2, "b"], [3, "c"]]).partitionBy(2, (key) => key % 2);
   * await pairs.keys().glom().collect() // => [[2], [1, 3]]
   */
  partitionBy<K, V>(
    this: RDD<Pair<K, V>>,
    partitioner: number | Partitioner,
    partitionFunc?: (key: K) => number,
  ): RDD<[K, V]> {
    const chosen = partitionerOf(partitioner, partitionFunc, "partitionBy");
    if (samePartitioner(this.partitioner, chosen)) return this as RDD<unknown> as RDD<[K, V]>;
    return keyedRDD([this], { kind: "exchange" }, "ShuffledRDD", callSite("partitionBy"), chosen);
  }
}

/** A partitioner given as such, as a number of hash partitions, or as a number and a function. */
export function partitionerOf<K>(
  wanted: number | Partitioner,
  partitionFunc: ((key: K) => number) | undefined,
  operation: string,
): Partitioner {
  if (typeof wanted !== "number") return wanted;
  checkPartitions(wanted, operation);
  return partitionFunc === undefined
    ? new HashPartitioner(wanted)
    : new FunctionPartitioner(wanted, partitionFunc as (key: unknown) => number);
}
