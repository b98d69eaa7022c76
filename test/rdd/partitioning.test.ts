/** What is moved, by the metrics: co-partitioned joins move one side, combining moves one value a key; and which operations keep a partitioner. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Context, HashPartitioner, type RDD } from "../../src/index.ts";

let sc: Context;
beforeAll(async () => {
  sc = await Context.create({ master: "local[2]", memory: "512m" });
});
afterAll(() => sc.stop());

/** The totals of the jobs that an action runs. */
async function moved(
  action: () => Promise<unknown>,
): Promise<{ rows: number; bytes: number; stages: number }> {
  const before = sc.metrics().at(-1)?.job ?? -1;
  await action();
  const jobs = sc.metrics().filter(({ job }) => job > before);
  return {
    rows: jobs.reduce((sum, { totals }) => sum + totals.shuffleRowsWritten, 0),
    bytes: jobs.reduce((sum, { totals }) => sum + totals.shuffleBytesWritten, 0),
    stages: jobs.reduce((sum, { stages }) => sum + stages.filter((s) => !s.skipped).length, 0),
  };
}

describe("user data joined with small sets of events again and again", () => {
  const users = 20_000;
  const events = (seed: number): RDD<[number, string]> =>
    sc.range(50).map((i) => [(i * 7919 + seed) % users, "event"]);

  test("moves only the events when the user data is partitioned and persisted", async () => {
    const base = sc.range(users).map((id) => [id, id % 100]);
    const userdata = base.partitionBy(new HashPartitioner(8)).persist();
    expect((await moved(() => userdata.count())).rows).toBe(users);
    // A key and a short string for each event: a few kilobytes, where the user data has hundreds.
    const all = (await moved(() => base.partitionBy(new HashPartitioner(7)).count())).bytes;
    const few = (await moved(() => events(0).partitionBy(new HashPartitioner(8)).count())).bytes;
    expect(few).toBeLessThan(all / 50);
    expect((await moved(() => userdata.join(events(0)).count())).bytes).toBe(few);
    for (let round = 0; round < 3; round++) {
      const joined = userdata.join(events(round));
      expect(joined.partitioner).toEqual(new HashPartitioner(8));
      expect((await moved(async () => expect(await joined.count()).toBe(50))).rows).toBe(50);
      expect((await moved(() => userdata.leftOuterJoin(events(round)).count())).rows).toBe(50);
      expect((await moved(() => userdata.cogroup(events(round)).count())).rows).toBe(50);
      expect((await moved(() => userdata.subtractByKey(events(round)).count())).rows).toBe(50);
    }
    // Two sides in place: nothing moves.
    const other = events(9).partitionBy(new HashPartitioner(8)).persist();
    await other.count();
    expect(
      (
        await moved(() =>
          userdata
            .mapValues((x) => x + 1)
            .join(other)
            .count(),
        )
      ).rows,
    ).toBe(0);
  });

  test("moves everything each time when it is not", async () => {
    const base = sc
      .range(users)
      .map((id) => [id, id % 100])
      .persist();
    await base.count();
    for (let round = 0; round < 2; round++)
      expect((await moved(() => base.join(events(round)).count())).rows).toBe(users + 50);
  });
});

test("reduceByKey moves one value a key and partition, groupByKey all", async () => {
  const rows = 100_000;
  const keys = 100;
  const pairs = sc.range(0, rows, 1, 4).map((i) => [i % keys, 1]);
  const reduced = await moved(async () =>
    expect(await pairs.reduceByKey((a, b) => a + b).lookup(7)).toEqual([rows / keys]),
  );
  const grouped = await moved(async () =>
    expect(
      await pairs
        .groupByKey()
        .mapValues((values) => values.length)
        .lookup(7),
    ).toEqual([rows / keys]),
  );
  expect(reduced.rows).toBe(keys * 4);
  expect(grouped.rows).toBe(rows);
  expect(grouped.bytes).toBeGreaterThan(100 * reduced.bytes);
});

test("a shuffle that was made is not made again", async () => {
  const sums = sc
    .range(1000)
    .map((i) => [i % 10, i])
    .reduceByKey((a, b) => a + b);
  expect((await moved(() => sums.collect())).stages).toBe(2);
  const again = await moved(() => sums.mapValues((x) => x + 1).collect());
  expect(again).toMatchObject({ rows: 0, stages: 1 });
  sums.cleanShuffleDependencies();
  expect((await moved(() => sums.collect())).stages).toBe(2);
});

test("a persisted dataset is computed once", async () => {
  const computed = sc.longAccumulator();
  const kept = sc
    .range(0, 10, 1, 2)
    .map((x) => {
      computed.add(1);
      return x;
    })
    .persist();
  await kept.count();
  await kept.collect();
  expect(computed.value).toBe(10);
  kept.unpersist();
  await kept.count();
  expect(computed.value).toBe(20);
});

describe("the partitioner", () => {
  test("is kept by what leaves keys alone, dropped by what may not", () => {
    const placed = sc.parallelize([["a", 1]]).partitionBy(new HashPartitioner(3));
    const same = placed.partitioner;
    expect(placed.partitionBy(new HashPartitioner(3))).toBe(placed);
    const keeping: RDD<unknown>[] = [
      placed.filter(() => true),
      placed.mapValues((x) => x),
      placed.flatMapValues((x) => [x]),
      placed.sample(false, 0.5),
      placed.reduceByKey((a) => a),
      placed.groupByKey(),
      placed.join(sc.parallelize([["a", 1]])),
      placed.union(placed.mapValues((x) => x + 1)),
      placed.mapPartitions((rows) => rows, true),
      placed.sampleByKey(false, new Map([["a", 1]])),
      placed.distinct(),
    ];
    for (const rdd of keeping) expect(rdd.partitioner, rdd.toDebugString()).toEqual(same);
    const dropping: RDD<unknown>[] = [
      placed.map((row) => row),
      placed.flatMap((row) => [row]),
      placed.keyBy((row) => row),
      placed.keys(),
      placed.values(),
      placed.subtract(placed),
      placed.zip(placed),
      placed.coalesce(1),
      placed.mapPartitions((rows) => rows),
      placed.union(sc.parallelize([["a", 1]])),
      placed.distinct(2),
    ];
    for (const rdd of dropping) expect(rdd.partitioner, rdd.toDebugString()).toBeNull();
  });

  test("of several inputs is the largest that is large enough, else hashing into the most partitions", () => {
    const plain = (n: number): RDD<[number, number]> => sc.parallelize([[1, 1]], n);
    const placed = (n: number): RDD<[number, number]> => plain(1).partitionBy(n);
    expect(plain(3).join(plain(5)).getNumPartitions()).toBe(5);
    expect(placed(4).join(plain(20)).getNumPartitions()).toBe(4);
    expect(placed(4).join(plain(40)).getNumPartitions()).toBe(40);
    expect(placed(4).join(placed(6)).getNumPartitions()).toBe(6);
    expect(placed(4).join(plain(5), 3).getNumPartitions()).toBe(3);
  });

  test("in place makes distinct local", async () => {
    const placed = sc
      .parallelize(
        [
          [1, 1],
          [1, 1],
          [2, 1],
        ],
        2,
      )
      .partitionBy(4)
      .persist();
    await placed.count();
    const distinct = placed.distinct();
    expect(await moved(async () => expect((await distinct.collect()).length).toBe(2))).toMatchObject({
      rows: 0,
    });
  });
});

describe("partitions that need not be read", () => {
  const sortedPairs = (): RDD<[number, number]> =>
    sc
      .range(0, 10_000, 1, 4)
      .map((i) => [(i * 7919) % 10_000, i])
      .sortByKey(true, 10);
  const read = async (action: () => Promise<unknown>): Promise<number> => {
    const before = sc.metrics().at(-1)?.job ?? -1;
    await action();
    // The first of its jobs: the next one samples bounds for it.
    return sc
      .metrics()
      .find(({ job }) => job > before)!
      .stages.at(-1)!.shuffleRowsRead;
  };

  test("are not, by filterByRange on sorted pairs, before and after their bounds are known", async () => {
    const sorted = sortedPairs();
    const early = sorted.filterByRange(2500, 2600);
    const span = await read(async () => expect(await early.count()).toBe(101));
    expect(span > 100 && span < 3000).toBe(true);
    const late = sorted.filterByRange(2500, 2600);
    expect(late.getNumPartitions()).toBeLessThanOrEqual(2);
    expect(await read(async () => expect(await late.count()).toBe(101))).toBe(span);
    expect(await read(async () => expect(await sorted.filterByRange(5, 4).count()).toBe(0))).toBe(0);
  });

  test("are not, by lookup with a partitioner", async () => {
    const sorted = sortedPairs().mapValues((x) => x + 1);
    expect(await read(async () => expect(await sorted.lookup(7919)).toEqual([2]))).toBeLessThan(1500);
    const placed = sortedPairs().partitionBy(10);
    expect(await read(async () => expect(await placed.lookup(7919)).toEqual([1]))).toBe(1000);
  });
});

test("a range partitioner serves others before the sort that made it", async () => {
  const sorted = sc
    .range(0, 1000, 1, 3)
    .map((i) => [i, i])
    .sortByKey(true, 4);
  const other = sc
    .range(0, 1000, 1, 2)
    .map((i) => [i, -i])
    .partitionBy(sorted.partitioner!)
    .persist();
  expect(
    await other
      .glom()
      .map((rows) => rows.length > 100)
      .collect(),
  ).toEqual([true, true, true, true]);
  await sorted.count();
  const joined = sorted.join(other);
  expect(await moved(async () => expect(await joined.count()).toBe(1000))).toMatchObject({ rows: 0 });
});
