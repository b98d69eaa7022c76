/** How many jobs an action runs, and over which partitions: Spark's take, toLocalIterator, zipWithIndex, takeSample. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { Context } from "../../src/index.ts";

let sc: Context;
beforeAll(async () => {
  sc = await Context.create({ master: "local[2]", memory: "128m" });
});
afterAll(() => sc.stop());

/** The numbers of tasks of the jobs that an action runs. */
async function tasks(action: () => Promise<unknown>): Promise<number[]> {
  const found: number[] = [];
  const stop = sc.events.subscribe((event) => {
    if (event.type === "stageStart") found.push(event.tasks);
  });
  await action();
  stop();
  return found;
}

test("take scans one partition, then four times as many while nothing is found", async () => {
  const late = sc.range(0, 100, 1, 100).filter((x) => x > 90);
  expect(await tasks(() => late.take(3))).toEqual([1, 4, 20, 75]);
  expect(await tasks(() => sc.range(0, 100, 1, 100).take(3))).toEqual([1, 3]);
  expect(await tasks(() => sc.range(0, 100, 1, 100).take(1))).toEqual([1]);
  expect(await tasks(() => sc.range(0, 100, 1, 100).take(50))).toEqual([1, 4, 20, 38]);
  expect(await tasks(() => sc.range(0, 100, 1, 100).take(0))).toEqual([]);
  expect(await tasks(() => sc.emptyRDD().isEmpty())).toEqual([]);
  expect(await tasks(() => late.first())).toEqual([1, 4, 20, 75]);
});

test("toLocalIterator runs a job a partition, as far as it is asked", async () => {
  const rdd = sc.range(0, 10, 1, 5);
  const some = async (n: number, prefetch: boolean): Promise<void> => {
    for await (const x of rdd.toLocalIterator(prefetch)) if (x === n) return;
  };
  expect(await tasks(() => some(3, false))).toEqual([1, 1]);
  expect(await tasks(() => some(3, true))).toEqual([1, 1, 1]);
  expect(await tasks(() => some(9, true))).toEqual([1, 1, 1, 1, 1]);
});

test("zipWithIndex counts all partitions but the last, once; a single partition not at all", async () => {
  const zipped = sc.range(0, 10, 1, 4).zipWithIndex();
  expect(await tasks(() => zipped.collect())).toEqual([3, 4]);
  expect(await tasks(() => zipped.count())).toEqual([4]);
  expect(await tasks(() => sc.range(0, 10, 1, 1).zipWithIndex().collect())).toEqual([1]);
  expect(await tasks(() => sc.range(0, 10, 1, 4).zipWithUniqueId().collect())).toEqual([4]);
});

test("takeSample counts, then samples", async () => {
  const rdd = sc.range(0, 1000, 1, 3);
  expect(await tasks(() => rdd.takeSample(false, 10, 5))).toEqual([3, 3]);
  expect(await tasks(() => rdd.takeSample(false, 0, 5))).toEqual([]);
});
