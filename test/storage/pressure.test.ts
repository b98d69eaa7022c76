/** Cached data and tasks that share too little memory: nothing is lost, nothing is computed twice in an attempt, and nothing is left behind. */
import { readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Context, type RDD, StorageLevel } from "../../src/index.ts";
import { eventsOf, filesAfter, usedAfter } from "../scheduler/support.ts";

const RUNS = Number(process.env["GNISTA_TEST_RUNS"] ?? 100);
const LEVELS = Object.values(StorageLevel).filter((level) => level !== StorageLevel.NONE);
const MIB = 1 << 20;

const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("persist" as const),
      at: fc.nat(),
      level: fc.constantFrom(...LEVELS),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("unpersist" as const), at: fc.nat() }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("derive" as const), at: fc.nat(), how: fc.nat({ max: 3 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("collect" as const), at: fc.nat(), twice: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("large" as const), at: fc.nat() }) },
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "gnista-pressure-"));
});
afterEach(async () => {
  expect(readdirSync(directory, { recursive: true })).toEqual([]);
  await rm(directory, { recursive: true });
});

/** Numbers that can hardly be compressed. */
const noise = (x: number): number => {
  const a = Math.imul(x ^ 0x5bd1e995, 0x9e3779b1);
  const b = Math.imul(a ^ (a >>> 15), 0x85ebca6b);
  const c = Math.imul(b ^ (b >>> 13), 0xc2b2ae35);
  const d = Math.imul(c ^ (c >>> 16), 0x27d4eb2f);
  return ((c ^ (c >>> 16)) >>> 0) + ((d ^ (d >>> 15)) >>> 0) / 2 ** 32;
};

/** More than 12 MiB of numbers; tasks make chunks of up to 8. */
const ROWS = 1_700_000;
const SUM = Array.from({ length: ROWS }, (_, x) => noise(x)).reduce((a, b) => a + b);

const context = (master: string, memory: string): Promise<Context> =>
  Context.create({ master, memory, conf: { "spark.local.dir": directory } });

describe.each(["local", "local[1]", "local[2]"])("with little memory on %s", (master) => {
  // The path of rows is the same on any number of workers; copies need two of them.
  it.skipIf(master === "local[1]").each(LEVELS)(
    "a function runs once a row although the partition does not fit: %o",
    async (level) => {
      await using sc = await context(master, "12m");
      const base = sc.engine.heap.used;
      const calls = sc.longAccumulator();
      const kept = sc
        .range(0, ROWS, 1, 1)
        .mapPartitions((all) => {
          let called = 0;
          return all.map((x) => {
            if (++called % 1000 === 0) calls.add(1000);
            return noise(x);
          });
        })
        .persist(level);
      expect((await kept.sum()) / SUM).toBeCloseTo(1, 12);
      expect(calls.value).toBe(ROWS);
      const { partitions, memory, disk } = sc.engine.storage(kept.node);
      expect([partitions, memory > 0, disk > 0]).toEqual(
        level.useDisk ? [1, false, true] : [0, false, false],
      );
      expect((await kept.sum()) / SUM).toBeCloseTo(1, 12);
      expect(calls.value).toBe(level.useDisk ? ROWS : 2 * ROWS);
      kept.unpersist();
      expect(await usedAfter(sc, base)).toBe(base);
    },
  );

  it("what is cached with a disk goes there for tasks that need memory, without a disk it is dropped", async () => {
    for (const level of [
      StorageLevel.MEMORY_AND_DISK,
      StorageLevel.MEMORY_AND_DISK_SER,
      StorageLevel.MEMORY_ONLY,
    ]) {
      await using sc = await context(master, "24m");
      const rows = 2_100_000;
      const kept = sc
        .range(0, rows, 1, 28)
        .map((x) => noise(x))
        .persist(level);
      expect(await kept.count()).toBe(rows);
      const before = sc.engine.storage(kept.node);
      expect(before.memory).toBeGreaterThan(12 * MIB);
      const events = await eventsOf(sc, async () => {
        // One array a partition, which has to lie in memory in one piece.
        const arrays = sc.range(0, 2, 1, 2).map((x) => new Float64Array(1_275_000).fill(x));
        expect(await arrays.map((array) => array[1_000_000]).collect()).toEqual([0, 1]);
        const [first] = await arrays.take(1);
        expect(first.length).toBe(1_275_000);
      });
      const dropped = events.filter((event) => event.type === "blockDropped");
      expect(dropped.length).toBeGreaterThan(0);
      expect(new Set(dropped.map(({ where, reason }) => `${where} ${reason}`))).toEqual(
        new Set(["memory evicted"]),
      );
      const after = sc.engine.storage(kept.node);
      expect(after.memory).toBeLessThan(before.memory);
      expect(after.partitions).toBe(level.useDisk ? before.partitions : before.partitions - dropped.length);
      expect(after.disk > 0).toBe(level.useDisk);
      expect((await kept.collect())[1_234_567]).toBe(noise(1_234_567));
    }
  });

  it("only so much of what is cached is pushed out as spark.memory.storageFraction leaves to tasks", async () => {
    const outcomes = async (fraction: string): Promise<readonly string[]> => {
      const conf = { "spark.local.dir": directory, "spark.memory.storageFraction": fraction };
      await using sc = await Context.create({ master, memory: "24m", conf });
      const kept = sc.range(0, 1_200_000, 1, 12).map(noise).persist();
      await kept.count();
      const before = sc.engine.storage(kept.node).memory;
      expect(before).toBeGreaterThan(9 * MIB);
      const arrays = sc.range(0, 1, 1, 1).map(() => new Float64Array(2_400_000));
      const events = await eventsOf(sc, () => arrays.collect());
      expect(sc.engine.storage(kept.node).memory).toBeLessThan(before);
      return events.flatMap((event) => (event.type === "taskEnd" ? [event.outcome] : []));
    };
    expect(await outcomes("0")).toEqual(["succeeded"]);
    // Whoever has failed for want of memory gets all that there is.
    expect(await outcomes("1")).toEqual(["failed", "succeeded"]);
  });

  it("any program over datasets that are kept and dropped at any level gives what arrays give", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), async (steps) => {
        await using sc = await context(master, "12m");
        const base = sc.engine.heap.used;
        await program(sc, steps);
        expect(await usedAfter(sc, base)).toBe(base);
        expect(await filesAfter(directory)).toEqual([]);
      }),
      { numRuns: Math.ceil(RUNS / 10), endOnFailure: true },
    );
  });
});

/** In a function of its own, after which nothing holds its datasets and their shuffles any more. */
async function program(sc: Context, steps: readonly Step[]): Promise<void> {
  const datasets: { readonly rdd: RDD<unknown>; readonly model: readonly unknown[] }[] = [
    {
      rdd: sc.range(0, 60_000, 1, 5) as RDD<unknown>,
      model: Array.from({ length: 60_000 }, (_, i) => i),
    },
    {
      rdd: sc.range(0, 20_000, 1, 3).map((x) => `text ${x % 700}`) as RDD<unknown>,
      model: Array.from({ length: 20_000 }, (_, x) => `text ${x % 700}`),
    },
  ];
  for (const what of steps) {
    const { rdd, model } = datasets[what.at % datasets.length];
    switch (what.do) {
      case "persist":
        if (!rdd.isCached) rdd.persist(what.level);
        break;
      case "unpersist":
        rdd.unpersist();
        break;
      case "derive":
        datasets.push(derive(rdd, model, what.how));
        break;
      case "collect": {
        const jobs = what.twice ? [rdd.collect(), rdd.collect()] : [rdd.collect()];
        for (const rows of await Promise.all(jobs)) expect(rows).toEqual(model);
        break;
      }
      case "large": {
        const lengths = sc.range(0, 2, 1, 2).map(() => new Float64Array(400_000));
        expect((await lengths.collect()).map(({ length }) => length)).toEqual([400_000, 400_000]);
        break;
      }
    }
  }
  for (const { rdd } of datasets) rdd.unpersist();
}

function derive(
  rdd: RDD<unknown>,
  model: readonly unknown[],
  how: number,
): { readonly rdd: RDD<unknown>; readonly model: readonly unknown[] } {
  switch (how) {
    case 0:
      return { rdd: rdd.map((x) => [x, 1]) as RDD<unknown>, model: model.map((x) => [x, 1]) };
    case 1:
      return {
        rdd: rdd.map((x) => ({ x, text: String(x) })) as RDD<unknown>,
        model: model.map((x) => ({ x, text: String(x) })),
      };
    case 2: {
      const even = (_: unknown, i: number): boolean => i % 2 === 0;
      return {
        rdd: rdd
          .zipWithIndex()
          .filter(([, i]) => i % 2 === 0)
          .map(([x]) => x) as RDD<unknown>,
        model: model.filter(even),
      };
    }
    default:
      return {
        rdd: rdd
          .map((x) => [JSON.stringify(x).length, 1] as [number, number])
          .reduceByKey((a, b) => a + b)
          .sortByKey() as RDD<unknown>,
        model: [...Map.groupBy(model, (x) => JSON.stringify(x).length)]
          .map(([key, rows]) => [key, rows.length])
          .sort((a, b) => a[0] - b[0]),
      };
  }
}
