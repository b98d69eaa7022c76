/** Functions that stop reading: what made the rest of their rows gives its memory and files back with the task, whatever it was. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Context, type RDD, StorageLevel } from "../../src/index.ts";
import { filesAfter, usedAfter } from "../scheduler/support.ts";

const ROWS = 150_000;

describe.each(["local", "local[2]"])("on %s, with little memory, the first row of", (master) => {
  const directory = mkdtempSync(join(tmpdir(), "gnista-unread-"));
  let sc: Context;
  let base: number;
  beforeAll(async () => {
    sc = await Context.create({ master, memory: "16m", conf: { "spark.local.dir": directory } });
    await sc.range(0, 100, 1, 4).count();
    base = sc.engine.heap.used;
  });
  afterAll(async () => {
    await sc.stop();
    expect(readdirSync(directory)).toEqual([]);
    rmSync(directory, { recursive: true });
  });
  afterEach(async () => {
    expect(await usedAfter(sc, base)).toBe(base);
    expect(await filesAfter(directory)).toEqual([]);
  });

  const pairs = (): RDD<[string, number]> =>
    sc.range(0, ROWS, 1, 3).map((x) => [`key ${x % 40_000}`, x] as [string, number]);
  const numbers = (): RDD<[number, number]> =>
    sc.range(0, ROWS, 1, 3).map((x) => [x % 40_000, x] as [number, number]);
  const made: Readonly<Record<string, () => RDD<unknown>>> = {
    "a map": () => pairs(),
    "sorted strings": () => pairs().sortByKey(true, 1),
    "sorted numbers": () => numbers().sortByKey(false, 1),
    "sorted by a function": () =>
      numbers().sortBy(
        ([, x]) => x,
        true,
        1,
        (a, b) => b - a,
      ),
    "groups of strings": () => pairs().groupByKey(1),
    "groups of numbers": () => numbers().groupByKey(1),
    "sums of strings": () => pairs().reduceByKey((a, b) => a + b, 1),
    "sums of numbers": () => numbers().reduceByKey((a, b) => a + b, 1),
    lists: () =>
      numbers().combineByKey(
        (x) => [x],
        (list, x) => [...list, x],
        (a, b) => [...a, ...b],
        1,
      ),
    "a join": () =>
      pairs().join(
        pairs().filter(([, x]) => x < 40_000),
        1,
      ),
    "a cogroup": () =>
      pairs().cogroup(
        numbers().map(([k, x]) => [`key ${k}`, x] as [string, number]),
        1,
      ),
    "distinct rows": () => pairs().distinct(1),
    "rows spread": () => pairs().repartition(1),
    "a cartesian product": () => numbers().cartesian(sc.range(10)),
    ...Object.fromEntries(
      (["MEMORY_ONLY", "MEMORY_AND_DISK_SER", "DISK_ONLY"] as const).map((level) => [
        `what is stored at ${level}`,
        () => pairs().persist(StorageLevel[level]),
      ]),
    ),
  };

  it.each(Object.entries(made))("%s is taken, and the rest left", async (_, make) => {
    const rdd = make();
    const first = rdd.mapPartitions((rows) => {
      const { value } = rows[Symbol.iterator]().next();
      return [value];
    });
    const [row] = await first.collect();
    expect(row).not.toBe(undefined);
    expect(await first.collect()).toEqual(await first.collect());
    rdd.unpersist();
  });
});
