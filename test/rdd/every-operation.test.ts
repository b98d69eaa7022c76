/**
 * Every operation over every odd little dataset (no partitions, empty ones, nulls, objects, placed, sorted), then several actions: they agree
 * with each other, and with the other backend and number of workers.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Context, type RDD } from "../../src/index.ts";
import { testable } from "../backends.ts";

type Pairs = RDD<[unknown, unknown]>;

const pairs = (sc: Context): RDD<[number, number]> => sc.range(0, 10, 1, 3).map((x) => [x % 4, x]);

const DATASETS: Readonly<Record<string, (sc: Context) => RDD<unknown>>> = {
  "no partitions": (sc) => sc.emptyRDD(),
  "empty partitions": (sc) => sc.parallelize<[string, number]>([], 3),
  "one row": (sc) => sc.parallelize([["k", 1]], 4),
  nulls: (sc) =>
    sc.parallelize(
      [
        [null, null],
        [undefined, undefined],
        ["a", null],
      ],
      2,
    ),
  objects: (sc) =>
    sc.parallelize<[unknown, unknown]>(
      [
        [{ a: 1 }, { b: [1] }],
        [{ a: 1 }, { b: [2] }],
        [[1, 2], "x"],
      ],
      2,
    ),
  numbers: pairs,
  strings: (sc) =>
    sc.parallelize(
      Array.from({ length: 20 }, (_, i): [string, string] => [`k${i % 3}`, `v${i}`]),
      3,
    ),
  placed: (sc) => pairs(sc).partitionBy(4).persist(),
  sorted: (sc) => pairs(sc).sortByKey(false, 3),
};

const OPERATIONS: Readonly<Record<string, (rdd: Pairs, other: Pairs) => RDD<unknown>>> = {
  union: (a, b) => a.union(b),
  join: (a, b) => a.join(b),
  leftOuterJoin: (a, b) => a.leftOuterJoin(b),
  rightOuterJoin: (a, b) => a.rightOuterJoin(b),
  fullOuterJoin: (a, b) => a.fullOuterJoin(b),
  cogroup: (a, b) => a.cogroup(b, a),
  groupWith: (a, b) => a.groupWith(b, b),
  subtract: (a, b) => a.subtract(b),
  subtractByKey: (a, b) => a.subtractByKey(b),
  intersection: (a, b) => a.intersection(b),
  cartesian: (a, b) => a.cartesian(b),
  distinct: (a) => a.distinct(),
  groupByKey: (a) => a.groupByKey(),
  reduceByKey: (a) => a.reduceByKey((x) => x),
  combineByKey: (a) =>
    a.combineByKey(
      (x) => [x],
      (all, x) => [...all, x],
      (x, y) => [...x, ...y],
      2,
      false,
    ),
  aggregateByKey: (a) =>
    a.aggregateByKey(
      0,
      (n) => n + 1,
      (x, y) => x + y,
    ),
  foldByKey: (a) => a.foldByKey(null, (_, x) => x),
  sortByKey: (a) => a.sortByKey(),
  "sortByKey descending": (a) => a.sortByKey(false, 2),
  "sortByKey by a comparator": (a) => a.sortByKey(true, 2, (x, y) => (String(x) < String(y) ? -1 : 1)),
  sortBy: (a) => a.sortBy(([, value]) => value as string),
  coalesce: (a) => a.coalesce(2),
  repartition: (a) => a.repartition(3),
  partitionBy: (a) => a.partitionBy(5),
  repartitionAndSortWithinPartitions: (a) => a.repartitionAndSortWithinPartitions(2),
  glom: (a) => a.glom(),
  zipWithIndex: (a) => a.zipWithIndex(),
  zipWithUniqueId: (a) => a.zipWithUniqueId(),
  zip: (a) => a.zip(a),
  zipPartitions: (a) => a.zipPartitions(a, (x, y) => [[[...x].length, [...y].length]]),
  sample: (a) => a.sample(false, 0.5, 1),
  "sample with replacement": (a) => a.sample(true, 1.5, 1),
  filterByRange: (a) => a.filterByRange(0, 2),
  flatMapValues: (a) => a.flatMapValues((x) => [x, x] as unknown[] as string[]),
  keys: (a) => a.keys(),
  values: (a) => a.values(),
  countApproxDistinctByKey: (a) => a.countApproxDistinctByKey(0.1),
  sampleByKeyExact: (a) =>
    a.sampleByKeyExact(
      false,
      new Map<unknown, number>([
        ["k", 0.5],
        [0, 0.5],
      ]),
      1,
    ),
  barrier: (a) =>
    a
      .coalesce(1)
      .barrier()
      .mapPartitions((rows) => rows as Iterable<string>),
  persist: (a) => a.map((row) => row).persist(),
};

describe("every operation", () => {
  const contexts: Context[] = [];
  beforeAll(async () => {
    for (const setup of testable([
      { master: "local", backend: "js" },
      { master: "local[2]", backend: "wasm" },
      { master: "local[2]", backend: "native" },
    ] as const))
      contexts.push(await Context.create({ ...setup, memory: "128m" }));
  });
  afterAll(async () => {
    for (const sc of contexts) await sc.stop();
  });

  async function seen(sc: Context, operation: string, dataset: string, other: string): Promise<unknown[]> {
    const rdd = OPERATIONS[operation](DATASETS[dataset](sc) as Pairs, DATASETS[other](sc) as Pairs);
    const rows = await rdd.collect();
    expect(await rdd.count()).toBe(rows.length);
    expect(await rdd.isEmpty()).toBe(rows.length === 0);
    expect(await rdd.take(2)).toEqual(rows.slice(0, 2));
    expect((await rdd.glom().collect()).flat()).toEqual(rows);
    const count = (n: number): number => n + 1;
    const sum = (x: number, y: number): number => x + y;
    expect(await rdd.treeAggregate(0, count, sum, 3, { finalAggregateOnExecutor: true })).toBe(rows.length);
    const local: unknown[] = [];
    for await (const row of rdd.toLocalIterator(true)) local.push(row);
    expect(local).toEqual(rows);
    return rows;
  }

  const datasets = Object.keys(DATASETS);
  test.each(Object.keys(OPERATIONS))("%s", async (operation) => {
    for (const [i, dataset] of datasets.entries()) {
      const other = datasets[(i * 7 + operation.length) % datasets.length];
      const results: unknown[][] = [];
      for (const sc of contexts) results.push(await seen(sc, operation, dataset, other));
      expect(results[1], `${dataset} with ${other}`).toEqual(results[0]);
    }
  });
});
