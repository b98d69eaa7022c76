/** Programs that must not compile. Nothing here runs: the type check of the project is the test. */
import type { Context } from "../../src/index.ts";

declare const sc: Context;

const words = sc.parallelize(["a", "b"]);
const numbers = sc.range(3);
const pairs = sc.parallelize([
  ["a", 1],
  ["b", 2],
]);

// Pair operations need pairs.
// @ts-expect-error
words.reduceByKey((a) => a);
// @ts-expect-error
numbers.groupByKey();
// @ts-expect-error
words.mapValues((x) => x);
// @ts-expect-error
numbers.join(pairs);
// @ts-expect-error
pairs.join(numbers);
// @ts-expect-error
words.sortByKey();
// @ts-expect-error
words.keys();
// @ts-expect-error
words.lookup("a");
// @ts-expect-error
words.collectAsMap();
// @ts-expect-error
words.map((word) => [word, 1, true]).countByKey();

// Joins need keys of one type.
// @ts-expect-error
pairs.join(sc.parallelize([[1, 2]]));

// Statistics need numbers.
// @ts-expect-error
words.sum();
// @ts-expect-error
words.stats();
// @ts-expect-error
pairs.mean();
// @ts-expect-error
words.histogram(3);

// Combining functions stay in their type.
// @ts-expect-error
pairs.reduceByKey((a, b) => `${a}${b}`);
// @ts-expect-error
numbers.reduce((a, b) => `${a}${b}`);
// @ts-expect-error
numbers.fold("", (a, b) => a + b);

// Rows of two RDDs must be of one type where they meet.
// @ts-expect-error
words.union(numbers);
// @ts-expect-error
words.subtract(numbers);
// @ts-expect-error
words.intersection(numbers);

// Functions see the types of the rows.
// @ts-expect-error
numbers.map((x) => x.length);
// @ts-expect-error
pairs.map(([key]) => key * 2);
// @ts-expect-error
words.flatMap((word) => word.length);
// @ts-expect-error
words.filter((word) => word.length);

// A range partitioner is no number of partitions, a master no number.
// @ts-expect-error
words.repartition("8");
// @ts-expect-error
sc.parallelize(3);

// More of the same, one of each family.
// @ts-expect-error
words.aggregateByKey(
  0,
  (a) => a,
  (a) => a,
);
// @ts-expect-error
words.foldByKey("", (a) => a);
// @ts-expect-error
words.combineByKey(
  (a) => a,
  (a) => a,
  (a) => a,
);
// @ts-expect-error
words.cogroup(pairs);
// @ts-expect-error
pairs.leftOuterJoin(words);
// @ts-expect-error
pairs.fullOuterJoin(sc.parallelize([[1, 2]]));
// @ts-expect-error
words.subtractByKey(pairs);
// @ts-expect-error
numbers.partitionBy(2);
// @ts-expect-error
numbers.repartitionAndSortWithinPartitions(2);
// @ts-expect-error
numbers.filterByRange(1, 2);
// @ts-expect-error
numbers.flatMapValues((x) => [x]);
// @ts-expect-error
numbers.values();
// @ts-expect-error
words.sampleByKey(false, new Map());
// @ts-expect-error
pairs.sampleByKey(false, new Map([[1, 0.5]]));
// @ts-expect-error
words.countApproxDistinctByKey();
// @ts-expect-error
words.reduceByKeyLocally((a) => a);
// @ts-expect-error
pairs.lookup(1);
// @ts-expect-error
words.stdev();
// @ts-expect-error
words.sampleVariance();
// @ts-expect-error
pairs.sumApprox(1);
// @ts-expect-error
words.meanApprox(1);
// @ts-expect-error
numbers.histogram(["a", "b"]);
// @ts-expect-error
pairs.foldByKey("zero", (a, b) => a + b);
pairs.combineByKey(
  (n) => [n],
  (all, n) => [...all, n],
  // @ts-expect-error
  (a, b) => `${a}${b}`,
);
numbers.aggregate(
  0,
  (a, x) => a + x,
  // @ts-expect-error
  (a, b) => `${a}${b}`,
);
// @ts-expect-error
sc.union([words, numbers]);
// @ts-expect-error
sc.longAccumulator().add("1");
// @ts-expect-error
sc.broadcast(3).value.length;
// @ts-expect-error
numbers.persist("MEMORY_ONLY");
// @ts-expect-error
words.saveAsTextFile("path", "lzo");
// @ts-expect-error
numbers.saveAsSequenceFile("path");
// @ts-expect-error
sc.sequenceFile<string, bigint>("path").mapValues((n) => n * 2);
// @ts-expect-error
sc.sequenceFile("path", 3);
// @ts-expect-error
numbers.takeOrdered(2, (x: string) => x.length);
// @ts-expect-error
numbers.foreach((x: string) => void x);
// @ts-expect-error
pairs.mapValues(([a]) => a);
// @ts-expect-error
numbers.mapPartitions((rows) => [...rows].length);
