/** Actions on pairs; they type-check on RDDs of `[K, V]` only. Their Maps are made on the driver. */
import { keyOf } from "../column/equality.ts";
import { checkPartition, RangePartitioner } from "../plan/partitioner.ts";
import { ActionCall, type ActionOptions } from "./action-call.ts";
import { Actions } from "./actions.ts";
import { callSite } from "./call-site.ts";
import { countedValues } from "./counted-values.ts";
import { builtin, combinedRDD, partitionsRDD, stepRDD } from "./derive.ts";
import type { RDD } from "./rdd.ts";
import type { Pair, Row } from "./types.ts";

export class PairActions<T> extends Actions<T> {
  /**
   * How many pairs each key has. One job; for many keys prefer `mapValues(() => 1).reduceByKey(...)`.
   *
   * @example
   * await sc.parallelize([["a", 1], ["b", 1], ["a", 5]]).countByKey() // => new Map([["a", 2], ["b", 1]])
   */
  async countByKey<K, V>(this: RDD<Pair<K, V>>, options?: ActionOptions): Promise<Map<K, number>> {
    const call = new ActionCall(this, "countByKey", options);
    const keys = stepRDD<K>(this, "map", ([key]: Pair<K, V>) => key, false, call.site);
    return countedValues<K>(keys, call);
  }

  /**
   * The pairs as a Map; of several with one key, the last in partition order counts. One job.
   *
   * @example
   * await sc.parallelize([["a", 1], ["b", 2]]).collectAsMap() // => new Map([["a", 1], ["b", 2]])
   */
  async collectAsMap<K, V>(this: RDD<Pair<K, V>>, options?: ActionOptions): Promise<Map<K, V>> {
    return asMap(await new ActionCall(this, "collectAsMap", options).rows<Pair<K, V>>(this));
  }

  /**
   * The values of each key combined by `f`, as a Map. A shuffle of one value a key and partition.
   *
   * @example
   * await sc.parallelize([["a", 1], ["b", 2], ["a", 3]], 1).reduceByKeyLocally((x, y) => x + y) // => new Map([["a", 4], ["b", 2]])
   */
  async reduceByKeyLocally<K, V extends Row>(
    this: RDD<Pair<K, V>>,
    f: (a: NoInfer<V>, b: NoInfer<V>) => NoInfer<V>,
    options?: ActionOptions,
  ): Promise<Map<K, V>> {
    const call = new ActionCall(this, "reduceByKeyLocally", options);
    const reduced = combinedRDD(this, callSite("reduceByKey"), (value: V) => value, f, f, undefined);
    return asMap(await call.rows<Pair<K, V>>(reduced));
  }

  /**
   * The values of a key, in order. Reads one partition when a partitioner says which, else all. INVALID_ARGUMENT when what it says is none.
   *
   * @example
   * await sc.parallelize([["a", 1], ["b", 2], ["a", 3]]).lookup("a") // => [1, 3]
   */
  async lookup<K, V>(this: RDD<Pair<K, V>>, key: K, options?: ActionOptions): Promise<V[]> {
    const call = new ActionCall(this, "lookup", options);
    const { partitioner } = this;
    const everywhere = { first: 0, last: Number.POSITIVE_INFINITY };
    const found = partitionsRDD(
      this,
      call.site,
      builtin("inRange", { value: key }, { value: key }, { value: everywhere }),
      true,
    );
    if (partitioner instanceof RangePartitioner) await partitioner.preparation?.done(call.signal);
    const partitions =
      partitioner === null
        ? undefined
        : [checkPartition(partitioner.getPartition(key), partitioner.numPartitions)];
    return (await call.rows<Pair<K, V>>(found, partitions)).map(([, value]) => value);
  }
}

/** Keys that are equal by structure, as in the workers, are one: the first of them, with the last value. */
function asMap<K, V>(pairs: readonly Pair<K, V>[]): Map<K, V> {
  const map = new Map<K, V>();
  const firsts = new Map<unknown, K>();
  for (const [key, value] of pairs) {
    let first = key;
    if (typeof key === "object" && key !== null) {
      const identity = keyOf(key);
      first = firsts.get(identity) ?? key;
      firsts.set(identity, first);
    }
    map.set(first, value);
  }
  return map;
}
