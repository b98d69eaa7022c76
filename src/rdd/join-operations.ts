/**
 * Joins of pair RDDs by key. Each side that does not yet have the partitioner of the result is shuffled; a side that has it is read where
 * it is. So `users.partitionBy(8).persist()`, joined with small RDDs again and again, moves only those.
 *
 * https://spark.apache.org/docs/latest/api/scala/org/apache/spark/rdd/PairRDDFunctions.html
 */
import type { Partitioner } from "../plan/partitioner.ts";
import { callSite } from "./call-site.ts";
import { choosePartitioner, joinedRDD, keyedRDD } from "./derive.ts";
import { KeySampling } from "./key-sampling.ts";
import type { RDD } from "./rdd.ts";
import type { Pair } from "./types.ts";

export class JoinOperations<T> extends KeySampling<T> {
  /**
   * [key, [own value, other's value]] for each pair of values with the same key: n * m rows for a key that occurs n and m times. Shuffles
   * the sides that are not in place.
   *
   * @example
   * const ages = sc.parallelize([["ann", 31], ["bob", 22]]);
   * const cities = sc.parallelize([["ann", "Umeå"], ["eve", "Lund"]]);
   * await ages.join(cities).collect() // => [["ann", [31, "Umeå"]]]
   */
  join<K, V, W>(
    this: RDD<Pair<K, V>>,
    other: RDD<Pair<K, W>>,
    partitioner?: number | Partitioner,
  ): RDD<[K, [V, W]]> {
    return joinedRDD(this, other, "inner", callSite("join"), partitioner);
  }

  /**
   * As `join`, with `null` where the other has no value for a key of this.
   *
   * @example
   * await sc.parallelize([["a", 1], ["b", 2]]).leftOuterJoin(sc.parallelize([["a", 3]])).sortByKey().collect() // => [["a", [1, 3]], ["b", [2, null]]]
   */
  leftOuterJoin<K, V, W>(
    this: RDD<Pair<K, V>>,
    other: RDD<Pair<K, W>>,
    partitioner?: number | Partitioner,
  ): RDD<[K, [V, W | null]]> {
    return joinedRDD(this, other, "left", callSite("leftOuterJoin"), partitioner);
  }

  /**
   * As `join`, with `null` where this has no value for a key of the other.
   *
   * @example
   * await sc.parallelize([["a", 1]]).rightOuterJoin(sc.parallelize([["a", 3], ["b", 4]])).sortByKey().collect() // => [["a", [1, 3]], ["b", [null, 4]]]
   */
  rightOuterJoin<K, V, W>(
    this: RDD<Pair<K, V>>,
    other: RDD<Pair<K, W>>,
    partitioner?: number | Partitioner,
  ): RDD<[K, [V | null, W]]> {
    return joinedRDD(this, other, "right", callSite("rightOuterJoin"), partitioner);
  }

  /**
   * As `join`, with `null` where either side has no value for a key of the other.
   *
   * @example
   * await sc.parallelize([["a", 1]]).fullOuterJoin(sc.parallelize([["b", 4]])).sortByKey().collect() // => [["a", [1, null]], ["b", [null, 4]]]
   */
  fullOuterJoin<K, V, W>(
    this: RDD<Pair<K, V>>,
    other: RDD<Pair<K, W>>,
    partitioner?: number | Partitioner,
  ): RDD<[K, [V | null, W | null]]> {
    return joinedRDD(this, other, "full", callSite("fullOuterJoin"), partitioner);
  }

  /**
   * [key, [own values, values of the first other, ...]] for each key of any of two to four RDDs. Shuffles the sides that are not in
   * place; the values of a key are in memory at once.
   *
   * @example
   * const groups = sc.parallelize([["a", 1], ["a", 2]]).cogroup(sc.parallelize([["a", "x"], ["b", "y"]]));
   * await groups.sortByKey().collect() // => [["a", [[1, 2], ["x"]]], ["b", [[], ["y"]]]]
   */
  cogroup<K, V, W>(
    this: RDD<Pair<K, V>>,
    other: RDD<Pair<K, W>>,
    partitioner?: number | Partitioner,
  ): RDD<[K, [V[], W[]]]>;
  cogroup<K, V, W1, W2>(
    this: RDD<Pair<K, V>>,
    other1: RDD<Pair<K, W1>>,
    other2: RDD<Pair<K, W2>>,
    partitioner?: number | Partitioner,
  ): RDD<[K, [V[], W1[], W2[]]]>;
  cogroup<K, V, W1, W2, W3>(
    this: RDD<Pair<K, V>>,
    other1: RDD<Pair<K, W1>>,
    other2: RDD<Pair<K, W2>>,
    other3: RDD<Pair<K, W3>>,
    partitioner?: number | Partitioner,
  ): RDD<[K, [V[], W1[], W2[], W3[]]]>;
  cogroup(
    this: RDD<Pair<unknown, unknown>>,
    ...args: readonly (RDD<Pair<unknown, unknown>> | number | Partitioner | undefined)[]
  ): RDD<unknown> {
    const others = args.filter((arg) => isRDD(arg));
    const wanted = args.slice(others.length)[0] as number | Partitioner | undefined;
    return cogrouped([this, ...others], wanted, "cogroup");
  }

  /**
   * `cogroup` with any number of others and the default partitioner.
   *
   * @example
   * const [a, b, c] = [1, 2, 3].map((n) => sc.parallelize([["k", n]]));
   * await a.groupWith(b, c).collect() // => [["k", [[1], [2], [3]]]]
   */
  groupWith<K, V, Ws extends readonly unknown[]>(
    this: RDD<Pair<K, V>>,
    ...others: { [I in keyof Ws]: RDD<Pair<K, Ws[I]>> }
  ): RDD<[K, [V[], ...{ [I in keyof Ws]: Ws[I][] }]]> {
    return cogrouped([this, ...(others as readonly RDD<unknown>[])], undefined, "groupWith");
  }

  /**
   * The pairs whose key the other does not have, duplicates kept, in their order within each partition. Shuffles the sides that are not in
   * place, into the partitions of this.
   *
   * @example
   * await sc.parallelize([["a", 1], ["b", 2]]).subtractByKey(sc.parallelize([["a", "any"]])).collect() // => [["b", 2]]
   */
  subtractByKey<K, V, W>(
    this: RDD<Pair<K, V>>,
    other: RDD<Pair<K, W>>,
    partitioner: number | Partitioner = this.partitioner ?? Math.max(1, this.getNumPartitions()),
  ): RDD<[K, V]> {
    return joinedRDD(this, other, "anti", callSite("subtractByKey"), partitioner);
  }
}

function cogrouped<R>(
  inputs: readonly RDD<unknown>[],
  wanted: number | Partitioner | undefined,
  operation: string,
): RDD<R> {
  const site = callSite(operation);
  return keyedRDD(
    inputs,
    { kind: "cogroup" },
    "CoGroupedRDD",
    site,
    choosePartitioner(inputs, wanted, operation),
  );
}

function isRDD(value: unknown): value is RDD<Pair<unknown, unknown>> {
  return value instanceof JoinOperations;
}
