/** Lineages of many thousands of steps: no stack is as deep, and the work grows with the steps, not with their square. */
import { describe, expect, it } from "vitest";
import { Context, type RDD } from "../../src/index.ts";

function steps<T>(start: RDD<T>, step: (rdd: RDD<T>, i: number) => RDD<T>, count: number): RDD<T> {
  let rdd = start;
  for (let i = 0; i < count; i++) rdd = step(rdd, i);
  return rdd;
}

/** One line a node in both, whatever the shape. */
function inWords(rdd: RDD<never> | RDD<number> | RDD<[number, number]>): [number, number] {
  return [rdd.toDebugString().split("\n").length, rdd.explain().split("\n").length];
}

/** That hold a frame of the stack each. */
const FRAMES = 2500;

describe.each([
  ["local", 500],
  ["local[2]", 10_000],
])("on %s, %i steps of", (master, STEPS) => {
  it("maps that are compiled", async () => {
    await using sc = await Context.create({ master });
    const rdd = steps(sc.range(0, 10, 1, 2), (r) => r.map((x) => x + 1), STEPS);
    expect(await rdd.sum()).toBe(45 + 10 * STEPS);
    expect(inWords(rdd)).toEqual([STEPS + 1, STEPS + 1]);
  });

  it("maps and filters that are not", async () => {
    await using sc = await Context.create({ master });
    const rdd = steps(
      sc.range(0, 10, 1, 2),
      (r, i) => (i % 2 === 0 ? r.map((x) => Number(String(x)) + 1) : r.filter((x) => String(x) !== "no")),
      STEPS,
    );
    expect(await rdd.sum()).toBe(45 + 5 * STEPS);
    expect(inWords(rdd)).toEqual([STEPS + 1, STEPS + 1]);
  });

  it("unions", async () => {
    await using sc = await Context.create({ master });
    const one = sc.parallelize([1], 1);
    const rdd = steps(one, (r, i) => (i % 2 === 0 ? r.union(one) : one.union(r)), STEPS);
    expect(rdd.getNumPartitions()).toBe(STEPS + 1);
    expect(await rdd.count()).toBe(STEPS + 1);
    expect(await rdd.map((x) => x + 1).sum()).toBe(2 * STEPS + 2);
  });

  it("shuffles", async () => {
    await using sc = await Context.create({ master, memory: "1gb" });
    const pairs = sc.range(0, 10, 1, 2).map((x) => [x, 1] as [number, number]);
    const rdd = steps(
      pairs,
      (r) => r.reduceByKey((a, b) => a + b, 2).map(([k, v]) => [k, v + 1] as [number, number]),
      STEPS / 5,
    );
    expect(await rdd.values().sum()).toBe(10 * (STEPS / 5 + 1));
    expect(inWords(rdd)).toEqual([2 * (STEPS / 5) + 2, 2 * (STEPS / 5) + 2]);
  });
});

it("functions of partitions that pull from each other, and coalesced unions, in worker threads", async () => {
  await using sc = await Context.create({ master: "local[2]" });
  const parts = steps(
    sc.range(0, 10, 1, 2),
    (r) =>
      r.mapPartitions(function* (rows) {
        for (const x of rows) yield x + 1;
      }),
    FRAMES,
  );
  expect(await parts.sum()).toBe(45 + 10 * FRAMES);
  const mixed = steps(
    sc.range(0, 10, 1, 4),
    (r, i) =>
      i % 3 === 0 ? r.map((x) => x + 1) : i % 3 === 1 ? r.mapPartitions((rows) => rows) : r.coalesce(2),
    FRAMES,
  );
  expect(mixed.getNumPartitions()).toBe(2);
  expect(await mixed.count()).toBe(10);
});

it("the order of the rows of unions of unions, persisted or not", async () => {
  await using sc = await Context.create({ master: "local[2]" });
  const of = (...rows: number[]): RDD<number> => sc.parallelize(rows, 2);
  const inner = of(3, 4).union(of(5)).persist();
  const rdd = of(1, 2)
    .union(inner.union(of(6, 7, 8)))
    .union(of())
    .union(of(9).map((x) => x));
  for (let run = 0; run < 2; run++) expect(await rdd.collect()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(
    await rdd
      .glom()
      .map((rows) => rows.length)
      .collect(),
  ).toEqual([1, 1, 1, 1, 0, 1, 1, 2, 0, 0, 0, 1]);
});
