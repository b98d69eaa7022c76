/** Whatever happens to a job, the memory in use afterwards is what it was before. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Context, type RDD, TaskContext } from "../../src/index.ts";
import { sleep, usedAfter } from "./support.ts";

const RUNS = Number(process.env["GNISTA_TEST_RUNS"] ?? 100);

for (const master of ["local", "local[2]"])
  describe(`memory of jobs on ${master}`, () => {
    let sc: Context;
    let base: number;
    beforeAll(async () => {
      sc = await Context.create({ master, memory: "256mb" });
      await sc.range(0, 100, 1, 4).count();
      base = sc.engine.heap.used;
    });
    afterAll(() => sc.stop());

    const pairs = (rows = 20_000): RDD<[number, number]> =>
      sc.range(0, rows, 1, 4).map((x) => [x % 1000, x] as [number, number]);

    const programs: Readonly<Record<string, () => Promise<unknown>>> = {
      collect: () => pairs().collect(),
      reduceByKey: () =>
        pairs()
          .reduceByKey((a, b) => a + b)
          .collect(),
      groupByKey: () =>
        pairs()
          .groupByKey()
          .mapValues((values) => [...values].length)
          .collect(),
      sortByKey: () => pairs().sortByKey(false).collect(),
      join: () =>
        pairs(2000)
          .join(pairs(2000).reduceByKey((a, b) => a + b))
          .count(),
      strings: () =>
        pairs()
          .map(([k, v]) => [`key ${k}`, v] as [string, number])
          .reduceByKey((a, b) => a + b)
          .collect(),
      objects: () =>
        pairs(2000)
          .map(([k, v]) => ({ k, v: [v] }))
          .collect(),
      persist: async () => {
        const kept = pairs()
          .reduceByKey((a, b) => a + b)
          .persist();
        await kept.count();
        await kept.count();
      },
      take: () =>
        pairs()
          .reduceByKey((a, b) => a + b)
          .take(3),
      collection: () => sc.parallelize(["a", "b", "a"], 2).countByValue(),
      parallelizePairs: () =>
        sc
          .parallelizePairs(new Uint32Array(10_000), new Float64Array(10_000), 3)
          .reduceByKey((a, b) => a + b)
          .collect(),
    };

    for (const [name, program] of Object.entries(programs))
      it(`comes back after ${name}`, async () => {
        await program();
        expect(await usedAfter(sc, base)).toBe(base);
      });

    it("comes back after tasks that fail, in the map and in the reduce stage", async () => {
      const failing = (at: number, x: number): number => {
        if (x === at) throw new Error("no");
        return x;
      };
      await expect(
        pairs()
          .map(([k, v]) => [k, failing(15_000, v)] as [number, number])
          .groupByKey()
          .count(),
      ).rejects.toThrow("no");
      await expect(
        pairs()
          .reduceByKey((a, b) => a + b)
          .mapValues((v) => failing(200_000, v))
          .collect(),
      ).rejects.toThrow("no");
      await expect(
        pairs()
          .groupByKey()
          .mapValues(() => failing(1, 1))
          .collect(),
      ).rejects.toThrow("no");
      await expect(
        pairs()
          .map(([, v]) => failing(19_999, v))
          .persist()
          .count(),
      ).rejects.toThrow("no");
      expect(await usedAfter(sc, base)).toBe(base);
    });

    it("comes back although the program keeps the errors of jobs that failed or were cancelled", async () => {
      const errors: unknown[] = [];
      const keep = (error: unknown): void => void errors.push(error);
      await pairs()
        .groupByKey()
        .mapValues(() => {
          throw new Error("no");
        })
        .count()
        .catch(keep);
      const controller = new AbortController();
      const cancelled = pairs()
        .groupByKey()
        .mapValues(() => {
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
          return 1;
        })
        .count({ signal: controller.signal })
        .catch(keep);
      const stop = sc.events.subscribe((event) => {
        if (event.type === "stageEnd") controller.abort();
      });
      await cancelled;
      stop();
      expect(errors).toMatchObject([{ code: "JOB_FAILED" }, { code: "JOB_CANCELLED" }]);
      expect(await usedAfter(sc, base)).toBe(base);
    });

    it("comes back after a cancellation at any moment, and the context goes on", async () => {
      const names = Object.keys(programs);
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...names),
          fc.nat({ max: 12 }),
          fc.boolean(),
          async (name, delay, byGroup) => {
            sc.setJobGroup("random", "cancelled at random");
            const running = programs[name]().then(
              () => "done",
              (error: { code: string }) => error.code,
            );
            sc.clearJobGroup();
            await sleep(delay);
            if (byGroup) sc.cancelJobGroup("random");
            else sc.cancelAllJobs();
            expect(["done", "JOB_CANCELLED"]).toContain(await running);
            expect(await sc.range(0, 10, 1, 3).sum()).toBe(45);
          },
        ),
        { numRuns: Math.ceil(RUNS / 4), endOnFailure: true },
      );
      expect(await usedAfter(sc, base)).toBe(base);
    });

    it("comes back after an AbortSignal at any moment", async () => {
      await fc.assert(
        fc.asyncProperty(fc.nat({ max: 12 }), async (delay) => {
          const controller = new AbortController();
          const running = pairs()
            .groupByKey()
            .collect({ signal: controller.signal })
            .then(
              () => "done",
              (error: { code: string }) => error.code,
            );
          await sleep(delay);
          controller.abort();
          expect(["done", "JOB_CANCELLED"]).toContain(await running);
          expect(await sc.range(0, 10, 1, 3).sum()).toBe(45);
        }),
        { numRuns: Math.ceil(RUNS / 8), endOnFailure: true },
      );
      expect(await usedAfter(sc, base)).toBe(base);
    });

    it("is free at once when a dataset is unpersisted", async () => {
      const kept = pairs().persist();
      await kept.count();
      const held = sc.engine.heap.used;
      expect(held).toBeGreaterThan(base);
      kept.unpersist();
      expect(sc.engine.heap.used).toBe(base);
      expect(await kept.count()).toBe(20_000);
      kept.unpersist();
    });
  });

describe.each([0, 10])("memory under pressure, when the driver is %i ms late", (late) => {
  it("keeps what fits of a dataset, computes the rest again, and never pushes it out with itself", async () => {
    await using sc = await Context.create({ master: "local[1]", memory: "24mb" });
    const evicted: number[] = [];
    const never = new Int32Array(new SharedArrayBuffer(4));
    sc.events.subscribe((event) => {
      if (event.type === "blockDropped") evicted.push(event.node);
      if (event.type === "taskEnd") Atomics.wait(never, 0, 0, late);
    });
    const computed = sc.longAccumulator();
    const rows = 3_000_000;
    const kept = sc
      .range(0, rows, 1, 24)
      .mapPartitions((all) => {
        computed.add(1);
        return all;
      })
      .persist();
    for (let run = 1; run <= 3; run++) {
      expect(await kept.sum()).toBe((rows * (rows - 1)) / 2);
      expect(sc.engine.heap.used).toBeLessThanOrEqual(24 * 2 ** 20);
    }
    const stored = sc.engine.storage(kept.node).partitions;
    expect(stored).toBeGreaterThan(4);
    expect(stored).toBeLessThan(24);
    expect(computed.value).toBe(24 + 2 * (24 - stored));
    expect(evicted).toEqual([]);

    // Another dataset does push it out.
    const other = sc
      .range(0, 500_000, 1, 4)
      .map((x) => x + 1)
      .persist();
    expect(await other.count()).toBe(500_000);
    expect(sc.engine.storage(other.node).partitions).toBe(4);
    expect(evicted.length).toBeGreaterThan(0);
    expect(new Set(evicted)).toEqual(new Set([kept.node.id]));
    expect(await kept.sum()).toBe((rows * (rows - 1)) / 2);
  });
});

describe("memory of workers that die", () => {
  it("is found and freed, whatever they were doing", async () => {
    await using sc = await Context.create({ master: "local[2]", memory: "256mb" });
    await sc.range(0, 100, 1, 4).count();
    const base = sc.engine.heap.used;
    for (let i = 0; i < 2; i++) {
      const deaths = new Int32Array(new SharedArrayBuffer(4));
      const kept = sc
        .range(0, 400_000, 1, 4)
        .map((x) => [x % 1000, x] as [number, number])
        .persist();
      const grouped = kept.map(([k, v]) => {
        if (v === 350_000 && Atomics.add(deaths, 0, 1) < 2) process.exit(1);
        return [k, v] as [number, number];
      });
      expect(await grouped.reduceByKey((a, b) => a + b).count()).toBe(1000);
      expect(Atomics.load(deaths, 0)).toBe(3);
      kept.unpersist();
    }
    expect(await usedAfter(sc, base)).toBe(base);
  });

  it("is found and freed after endless loops that were cancelled", async () => {
    await using sc = await Context.create({ master: "local[2]", memory: "256mb" });
    await sc.range(0, 100, 1, 4).count();
    const base = sc.engine.heap.used;
    const controller = new AbortController();
    const endless = sc
      .range(0, 100_000, 1, 4)
      .map((x) => {
        while (x === 90_000);
        return [x, x] as [number, number];
      })
      .groupByKey()
      .count({ signal: controller.signal });
    setTimeout(() => controller.abort(), 50);
    await expect(endless).rejects.toMatchObject({ code: "JOB_CANCELLED" });
    expect(await usedAfter(sc, base)).toBe(base);
    expect(await sc.range(0, 100, 1, 8).sum()).toBe(4950);
  });

  it("is no matter to another job's task that is just about to be tried again", async () => {
    await using sc = await Context.create({ master: "local[1]", memory: "24mb" });
    for (let i = 0; i < 10; i++) {
      const large = sc
        .range(0, 1, 1, 1)
        .mapPartitions(() => [new Float64Array(TaskContext.get()!.attemptNumber() === 0 ? 4_000_000 : 1)])
        .collect();
      const deadly = sc.range(0, 1, 1, 1).foreachPartition(() => {
        if (TaskContext.get()!.attemptNumber() === 0) process.exit(1);
      });
      expect((await Promise.all([large, deadly]))[0]).toEqual([new Float64Array(1)]);
    }
  });

  it("is no matter to a context that is stopped in the middle of its jobs", async () => {
    for (let i = 0; i < 5; i++) {
      const sc = await Context.create({ master: "local[2]", memory: "256mb" });
      const running = sc
        .range(0, 1_000_000, 1, 8)
        .map((x) => [`${x % 1000}`, x] as [string, number])
        .groupByKey()
        .count();
      const ended = expect(running).rejects.toMatchObject({ code: "JOB_CANCELLED" });
      await sleep(i * 8);
      const { heap } = sc.engine;
      await sc.stop();
      await ended;
      expect(heap.used).toBe(0);
    }
  });
});
