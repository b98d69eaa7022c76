/** Work on more rows than a task's share of memory: the same answers as in memory, from disk, and nothing left there. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { buildColumn } from "../../src/column/builder.ts";
import { decode } from "../../src/column/chunk.ts";
import type { Column } from "../../src/column/column.ts";
import { Context, type RDD } from "../../src/index.ts";
import { combineByKey } from "../../src/shuffle/combine.ts";
import { readSlices } from "../../src/shuffle/read-slices.ts";
import { writeShuffle } from "../../src/shuffle/write.ts";
import { Keeper } from "../../src/storage/keeper.ts";
import { RUNS, rowsOfOneShape } from "../column/values.ts";
import { shuffleTask } from "./shuffle-task.ts";

it("combining that nobody asks for more of leaves nothing when the task ends", () => {
  const held: { end(): void }[] = [];
  const task = shuffleTask(500_000);
  const own: typeof task = {
    ...task,
    track: (what) => {
      held.push(what);
      return what;
    },
  };
  const input = own.track(new Keeper(task.heap));
  const out = own.track(new Keeper(task.heap));
  const chunks = function* (): Generator<Column> {
    for (let from = 0; from < 60_000; from += 1000)
      yield buildColumn(
        Array.from({ length: 1000 }, (_, i) => [`key ${from + i}`, i]),
        input.arena(),
      );
  };
  const spec = undefined as never;
  const combiner = { createCombiner: spec, mergeValue: spec, mergeCombiners: spec, kind: "sum" } as const;
  const combined = combineByKey(own, chunks(), combiner, false, input, () => out.arena());
  expect(combined.next().done).toBe(false);
  for (const each of held) each.end();
  task.files.end();
  expect(task.left()).toEqual({ bytes: 0, files: [] });
  task.end();
});

it("what a map task has written to disk is read as what it left in memory", () => {
  const task = shuffleTask(1 << 20);
  fc.assert(
    fc.property(
      fc.array(rowsOfOneShape(2), { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 0, max: 2 }),
      (tables, n, spilling) => {
        const read = (share: number): unknown[][] => {
          const own = { ...task, share };
          const input = new Keeper(task.heap);
          const chunks = function* (): Generator<Column> {
            for (const [keys, values] of tables) {
              const rows = keys.slice(0, values.length).map((key, i) => [key, values[i]]);
              yield buildColumn(rows, input.arena());
            }
          };
          const output = writeShuffle(
            own,
            chunks(),
            input,
            { kind: "byKey" },
            { kind: "hash", numPartitions: n },
            null,
          );
          const keeper = new Keeper(task.heap);
          const metrics = { shuffleRowsRead: 0, shuffleBytesRead: 0 };
          const partitions = Array.from({ length: n }, (_, p) => {
            const rows: unknown[] = [];
            for (const slice of readSlices(own, [output], p, keeper, metrics)) {
              for (const part of decode(task.heap, slice)) rows.push(...part);
              keeper.release();
            }
            return rows;
          });
          keeper.end();
          for (const region of output.regions) task.heap.free(region);
          for (const name of output.files) task.files.remove(name);
          expect(task.left()).toEqual({ bytes: 0, files: [] });
          return partitions;
        };
        expect(read([0, 100, 70_000][spilling])).toEqual(read(1 << 30));
      },
    ),
    { numRuns: RUNS },
  );
  task.end();
});

const directory = mkdtempSync(join(tmpdir(), "gnista-beyond-"));
afterAll(() => rmSync(directory, { recursive: true }));

describe.each(["local", "local[2]"])("in a context with little memory, %s", (master) => {
  let sc: Context;
  beforeEach(async () => {
    sc = await Context.create({ master, memory: "16m", conf: { "spark.local.dir": directory } });
  });
  afterEach(async () => {
    await sc.stop();
    expect(readdirSync(directory)).toEqual([]);
  });

  const ROWS = 600_000;

  /** [x mod keys, x] for x from 0 on; the keys numbers or strings. */
  const pairs = <K>(key: (x: number) => K, partitions = 4): RDD<[K, number]> =>
    sc.range(0, ROWS, 1, partitions).map((x) => [key(x), x] as [K, number]);

  const expectFiles = (): void => expect(readdirSync(directory).length).toBe(1);

  it("sums by key, numbers", async () => {
    const sums = pairs((x) => (x * 7) % 200_000, 3).reduceByKey((a, b) => a + b, 2);
    const found = await sums.map(([k, v]) => [k, v] as const).collect();
    expect(found.length).toBe(200_000);
    expect(found.every(([k, v]) => v === expectedSum(k))).toBe(true);
    function expectedSum(k: number): number {
      // The x with 7 x = k (mod 200 000), and the two that are 200 000 and 400 000 above it.
      const first = (k * 57_143) % 200_000;
      return 3 * first + 600_000;
    }
  });

  it("sums by key, strings and objects", async () => {
    const strings = await pairs((x) => `key ${x % 150_000}`)
      .reduceByKey((a, b) => a + b, 2)
      .map(([k, v]) => [Number(k.slice(4)), v] as const)
      .collect();
    expect(strings.length).toBe(150_000);
    expect(strings.every(([k, v]) => v === 4 * k + 900_000)).toBe(true);
    expectFiles();
    const objects = await pairs((x) => ({ k: x % 50_000 }))
      .combineByKey(
        (x) => [x],
        (list, x) => {
          list.push(x);
          return list;
        },
        (a, b) => [...a, ...b],
      )
      .map(([{ k }, list]) => [k, list.length, list.reduce((a, b) => a + b, 0)] as const)
      .collect();
    expect(objects.length).toBe(50_000);
    expect(objects.every(([k, n, sum]) => n === 12 && sum === 12 * k + 66 * 50_000)).toBe(true);
  });

  it("groups by key, in the order of the map side", async () => {
    const groups = await pairs((x) => x % 30_000)
      .groupByKey(2)
      .map(([k, xs]) => [k, xs.length, xs.every((x, i) => x === k + 30_000 * i)] as const)
      .collect();
    expect(groups.length).toBe(30_000);
    expect(groups.every(([, n, ordered]) => n === 20 && ordered)).toBe(true);
    expectFiles();
  });

  it("groups strings of which there are as many as just fit a share", async () => {
    for (const rows of [75_000, 145_000, 150_000]) {
      const groups = sc
        .range(0, rows, 1, 3)
        .map((x) => [`key ${x}`, x] as [string, number])
        .groupByKey(2);
      expect(await groups.count()).toBe(rows);
    }
  });

  it("sorts, stable, in both directions, by keys of any kind", async () => {
    for (const ascending of [true, false]) {
      const numbers = await isSorted(pairs((x) => (x * 31) % 1000).sortByKey(ascending, 2), ascending);
      expect(numbers).toBe(ROWS);
      const strings = pairs((x) => `key ${(x * 31) % 1000}`).sortByKey(ascending, 2);
      expect(await isSorted(strings, ascending)).toBe(ROWS);
    }
    expectFiles();
  });

  it("joins and cogroups", async () => {
    const left = pairs((x) => x % 100_000);
    const right = sc.range(0, 150_000, 1, 3).map((x) => [x, `value ${x}`] as [number, string]);
    const inner = await left
      .join(right, 2)
      .filter(([k, [x, text]]) => x % 100_000 === k && text === `value ${k}`)
      .count();
    expect(inner).toBe(ROWS);
    expectFiles();
    const full = left.fullOuterJoin(right, 2);
    expect(await full.filter(([, [x]]) => x === null).count()).toBe(50_000);
    expect(await full.count()).toBe(ROWS + 50_000);
    const sizes = await left
      .cogroup(right, 2)
      .map(([k, [xs, texts]]) => (xs.length === (k < 100_000 ? 6 : 0) && texts.length === 1 ? 1 : 0))
      .sum();
    expect(sizes).toBe(150_000);
    expect(await left.subtractByKey(right.filter(([x]) => x >= 10_000)).count()).toBe(60_000);
  });

  it("repartitions and persists what it made", async () => {
    const spread = pairs((x) => x).repartition(3);
    expect(await spread.map(([, x]) => x).sum()).toBe((ROWS * (ROWS - 1)) / 2);
    expectFiles();
    const sorted = pairs((x) => (x * 7919) % ROWS, 8)
      .sortByKey(true, 16)
      .persist();
    expect(await isSorted(sorted, true)).toBe(ROWS);
    expect(await isSorted(sorted, true)).toBe(ROWS);
  });

  it("takes a key that is all there is", async () => {
    const one = pairs(() => 1);
    expect(await one.reduceByKey((a, b) => Math.max(a, b)).collect()).toEqual([[1, ROWS - 1]]);
    expect(await isSorted(one.sortByKey(true, 2), true)).toBe(ROWS);
    expect(await one.join(sc.parallelize([[1, "a"] as [number, string]])).count()).toBe(ROWS);
  });
});

/** How many rows there are, if the keys are in order and rows of one key in the order of their values. */
async function isSorted<K>(rows: RDD<[K, number]>, ascending: boolean): Promise<number> {
  const parts = await rows
    .mapPartitions((all) => {
      let [n, ordered] = [0, true];
      let first: [K, number] | null = null;
      let last: [K, number] | null = null;
      for (const row of all) {
        if (last !== null) {
          const inOrder = ascending ? last[0] < row[0] : last[0] > row[0];
          if (!inOrder && !(last[0] === row[0] && last[1] < row[1])) ordered = false;
        }
        first ??= row;
        last = row;
        n++;
      }
      return [{ n, ordered, first, last }];
    })
    .collect();
  const filled = parts.filter(({ n }) => n > 0);
  for (let i = 0; i < filled.length; i++) {
    if (!filled[i].ordered) return -1;
    if (i === 0) continue;
    const [a, b] = [filled[i - 1].last![0], filled[i].first![0]];
    if (ascending ? a > b : a < b) return -2;
  }
  return filled.reduce((sum, { n }) => sum + n, 0);
}
