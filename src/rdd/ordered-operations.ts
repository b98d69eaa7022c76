/**
 * Operations that go by the order of the keys: numbers by value, strings by UTF-16 code unit, tuples element by element. Partitions are
 * contiguous ranges of keys, whose bounds a small sampling job finds before the first job that needs them.
 *
 * https://spark.apache.org/docs/latest/api/scala/org/apache/spark/rdd/OrderedRDDFunctions.html
 */
import { compareValues } from "../column/equality.ts";
import type { PartitionSpan } from "../executor/builtins/index.ts";
import {
  type KeyOrdering,
  type Partitioner,
  type RangeBounds,
  RangePartitioner,
} from "../plan/partitioner.ts";
import { ActionCall } from "./action-call.ts";
import { callSite } from "./call-site.ts";
import { builtin, capture, checkPartitions, indices, keyedRDD, narrowRDD } from "./derive.ts";
import { JoinOperations } from "./join-operations.ts";
import type { Ordering } from "./ordering.ts";
import { partitionerOf } from "./pair-operations.ts";
import { prunedRDD } from "./partition-pruning-rdd.ts";
import { sampleBounds } from "./range-bounds.ts";
import type { RDD } from "./rdd.ts";
import type { Pair } from "./types.ts";

export class OrderedOperations<T> extends JoinOperations<T> {
  /**
   * The pairs in the order of their keys over all partitions: the natural one, that of the keys that a function of a key gives, or that
   * of a function that compares two keys. Pairs with equal keys keep their order and share a partition. A shuffle of all pairs, and a
   * sampling job before the first.
   *
   * @example
   * await sc.parallelize([["b", 1], ["a", 2], ["c", 3]]).sortByKey().collect() // => [["a", 2], ["b", 1], ["c", 3]]
   * await sc.parallelize([[1, "x"], [2, "y"]]).sortByKey(false).keys().collect() // => [2, 1]
   * await sc.parallelize([["B", 1], ["a", 2]]).sortByKey(true, 1, (key) => key.toLowerCase()).keys().collect() // => ["a", "B"]
   * await sc.parallelize([["z", 1], ["ä", 2]]).sortByKey(true, 2, (a, b) => a.localeCompare(b, "sv")).keys().collect() // => ["z", "ä"]
   */
  sortByKey<K, V>(
    this: RDD<Pair<K, V>>,
    ascending = true,
    numPartitions: number = Math.max(1, this.getNumPartitions()),
    ordering?: Ordering<K>,
  ): RDD<[K, V]> {
    if (ordering !== undefined && ordering.length < 2) {
      const keyfunc = ordering as (key: K) => unknown;
      const sorted = this.keyBy(([key]) => keyfunc(key)).sortByKey(ascending, numPartitions);
      return sorted.values() as RDD<unknown> as RDD<[K, V]>;
    }
    const call = new ActionCall(this, "sortByKey");
    checkPartitions(numPartitions, "sortByKey");
    const compare = (ordering as KeyOrdering | undefined) ?? null;
    const sample = (signal: AbortSignal): Promise<RangeBounds> =>
      sampleBounds(this, numPartitions, ascending, call, signal, compare);
    return keyedRDD(
      [this],
      { kind: "sort", ascending, ...(compare === null ? {} : { compare: capture(compare, call.site) }) },
      "ShuffledRDD",
      call.site,
      new RangePartitioner(numPartitions === 1 ? [] : { numPartitions, sample }, ascending, compare),
    );
  }

  /**
   * As `partitionBy`, with the pairs of each partition sorted by key on the way, by an ordering as in `sortByKey`: cheaper than sorting
   * afterwards, and the way to a secondary sort. A shuffle of all pairs.
   *
   * @example
   * const pairs = sc.parallelize([[3, "c"], [2, "b"], [1, "a"], [0, "z"]]);
   * await pairs.repartitionAndSortWithinPartitions(2, (key) => key % 2).keys().glom().collect() // => [[0, 2], [1, 3]]
   */
  repartitionAndSortWithinPartitions<K, V>(
    this: RDD<Pair<K, V>>,
    partitioner: number | Partitioner = Math.max(1, this.getNumPartitions()),
    partitionFunc?: (key: K) => number,
    ascending = true,
    ordering?: Ordering<K>,
  ): RDD<[K, V]> {
    const site = callSite("repartitionAndSortWithinPartitions");
    return keyedRDD(
      [this],
      {
        kind: "sort",
        ascending,
        ...(ordering === undefined ? {} : { compare: capture(comparing(ordering), site) }),
      },
      "ShuffledRDD",
      site,
      partitionerOf(partitioner, partitionFunc, site.operation),
    );
  }

  /**
   * The pairs whose key lies between `low` and `high`, both included. Narrow; after `sortByKey` it reads only the partitions that can hold
   * such keys (and has only those when their bounds are known already).
   *
   * @example
   * const pairs = sc.parallelize([[1, "a"], [2, "b"], [3, "c"], [4, "d"]]).sortByKey();
   * await pairs.filterByRange(2, 3).values().collect() // => ["b", "c"]
   */
  filterByRange<K, V>(this: RDD<Pair<K, V>>, low: K, high: K): RDD<[K, V]> {
    const site = callSite("filterByRange");
    const { partitioner } = this;
    const span: PartitionSpan = { first: 0, last: Number.POSITIVE_INFINITY };
    const inside = narrowRDD<[K, V]>(this, {
      operator: {
        kind: "mapPartitions",
        fn: builtin("inRange", { value: low }, { value: high }, { value: span }),
      },
      label: "MapPartitionsRDD",
      site,
      partitioner,
      prepare: async (signal) => {
        if (!isNatural(partitioner)) return;
        await partitioner.preparation?.done(signal);
        Object.assign(span, spanOf(partitioner, low, high));
      },
    });
    if (!isNatural(partitioner) || partitioner.bounds === null) return inside;
    const { first, last } = spanOf(partitioner, low, high);
    return prunedRDD(
      inside,
      site,
      indices(partitioner.numPartitions).filter((i) => i >= first && i <= last),
    );
  }
}

/** An ordering as a function of two keys. */
function comparing<K>(ordering: Ordering<K>): Ordering<K> {
  if (ordering.length > 1) return ordering;
  const keyfunc = ordering as (key: K) => unknown;
  return (a, b) => compareValues(keyfunc(a), keyfunc(b));
}

/** Ranges in the natural order, which is that of `filterByRange`. */
function isNatural(partitioner: Partitioner | null): partitioner is RangePartitioner {
  return partitioner instanceof RangePartitioner && partitioner.ordering === null;
}

/** The partitions that can hold keys between two bounds. */
function spanOf(partitioner: RangePartitioner, low: unknown, high: unknown): PartitionSpan {
  if (compareValues(low, high) > 0) return { first: 0, last: -1 };
  const ends = [partitioner.getPartition(low), partitioner.getPartition(high)];
  return { first: Math.min(...ends), last: Math.max(...ends) };
}
