/** Stages beside each other, and stages that several jobs need. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Context, type RDD } from "../../src/index.ts";
import type { GnistaEvent } from "../../src/scheduler/events.ts";
import { eventsOf, usedAfter } from "./support.ts";

const TASKS = 12;
const MS = 20;

/** Pairs that take a while a partition, grouped. */
function slowGroups(sc: Context, tasks = TASKS): RDD<[number, number]> {
  return sc
    .range(0, tasks, 1, tasks)
    .map((x) => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, MS);
      return [x % 3, x] as [number, number];
    })
    .reduceByKey((a, b) => a + b, 2);
}

/** Calls `then` once this many map tasks have ended well. */
function afterTasks(sc: Context, count: number, then: () => void): () => void {
  let ended = 0;
  return sc.events.subscribe((event) => {
    if (event.type === "taskEnd" && event.outcome === "succeeded" && ++ended === count) then();
  });
}

/** The partitions of the tasks of slowGroups' map stage that succeeded, by job. */
function mapped(events: readonly GnistaEvent[]): Map<number, number[]> {
  const jobs = new Map<number, number>();
  const partitions = new Map<number, number[]>();
  for (const event of events) {
    if (event.type === "stageStart" && event.name.startsWith("map at")) {
      jobs.set(event.stage, event.job);
      partitions.set(event.job, partitions.get(event.job) ?? []);
    }
    if (event.type === "taskEnd" && event.outcome === "succeeded" && jobs.has(event.stage))
      partitions.get(jobs.get(event.stage)!)!.push(event.partition);
  }
  return partitions;
}

for (const master of ["local", "local[2]"])
  describe(`stages on ${master}`, () => {
    let sc: Context;
    let base: number;
    beforeAll(async () => {
      sc = await Context.create({ master, memory: "256mb" });
      await sc.range(0, 100, 1, 4).count();
      base = sc.engine.heap.used;
    });
    afterAll(() => sc.stop());
    const all = (TASKS * (TASKS - 1)) / 2;

    it("that two jobs need run once", async () => {
      const events = await eventsOf(sc, async () => {
        const groups = slowGroups(sc);
        const [sum, count] = await Promise.all([groups.values().sum(), groups.count()]);
        expect([sum, count]).toEqual([all, 3]);
      });
      const [partitions, ...others] = mapped(events).values();
      expect(others).toEqual([]);
      expect(partitions.toSorted((a, b) => a - b)).toEqual(Array.from({ length: TASKS }, (_, i) => i));
      expect(events.filter((e) => e.type === "stageSkipped")).toHaveLength(1);
      expect(await usedAfter(sc, base)).toBe(base);
    });

    it("are taken over from a job that is cancelled, and no task that has ended is run again", async () => {
      const events = await eventsOf(sc, async () => {
        const groups = slowGroups(sc);
        const controller = new AbortController();
        const stop = afterTasks(sc, 5, () => controller.abort());
        const first = groups.count({ signal: controller.signal });
        const second = groups.values().sum();
        await expect(first).rejects.toMatchObject({ code: "JOB_CANCELLED" });
        expect(await second).toBe(all);
        stop();
      });
      const [before, after] = mapped(events).values();
      expect(before.length).toBeGreaterThanOrEqual(5);
      expect(after.length).toBeGreaterThan(0);
      const counted = [...before, ...after].toSorted((a, b) => a - b);
      expect(counted).toEqual(Array.from({ length: TASKS }, (_, i) => i));
      expect(await usedAfter(sc, base)).toBe(base);
    });

    it("are taken over from a job that fails elsewhere", async () => {
      const groups = slowGroups(sc);
      const failing = sc
        .range(0, 1, 1, 1)
        .map((x): [number, number] => {
          throw new Error(`no ${x}`);
        })
        .groupByKey();
      const first = groups.join(failing).count();
      const second = groups.values().sum();
      await expect(first).rejects.toThrow("no 0");
      expect(await second).toBe(all);
    });

    it("fail for all who need them", async () => {
      const failing = sc
        .range(0, 4, 1, 4)
        .map((x): [number, number] => {
          if (x === 3) throw new Error("no threes");
          return [x, x];
        })
        .groupByKey();
      const outcomes = await Promise.allSettled([failing.count(), failing.keys().sum()]);
      for (const outcome of outcomes)
        expect(outcome).toMatchObject({ status: "rejected", reason: { code: "JOB_FAILED" } });
      expect(await sc.range(5).count()).toBe(5);
    });

    it("that are skipped are said to be so once a job", async () => {
      const inner = slowGroups(sc, 2);
      await inner.count();
      const twice = inner.mapValues((x) => x + 1).union(inner.mapValues((x) => x + 2));
      const events = await eventsOf(sc, () => twice.count());
      expect(events.filter((e) => e.type === "stageSkipped")).toHaveLength(1);
      expect(events.filter((e) => e.type === "stageStart")).toHaveLength(1);
    });

    it("are made again when their outputs were freed in the meantime", async () => {
      const groups = slowGroups(sc, 4);
      const stop = afterTasks(sc, 2, () => sc.engine.freeShuffles(groups.node));
      expect(await groups.values().sum()).toBe(6);
      stop();
      expect(await groups.count()).toBe(3);
    });
  });

it("a job that fails does not go on with its other stages", async () => {
  await using sc = await Context.create({ master: "local[2, 1]" });
  const outcomes: string[] = [];
  const ended = new Promise<void>((resolve) => {
    sc.events.subscribe((event) => {
      if (event.type !== "stageEnd") return;
      outcomes.push(event.outcome);
      if (outcomes.length === 2) resolve();
    });
  });
  const failing = sc
    .range(0, 1, 1, 1)
    .map((x): [number, number] => {
      throw new Error(`no ${x}`);
    })
    .reduceByKey((a, b) => a + b);
  // One task, so that a worker is left for the one that fails, whichever stage is sent first.
  const slow = sc
    .range(0, 1, 1, 1)
    .map((x): [number, number] => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3000);
      return [x, x];
    })
    .reduceByKey((a, b) => a + b);
  await expect(slow.join(failing).count()).rejects.toThrow("no");
  await ended;
  expect(outcomes).toEqual(["failed", "cancelled"]);
});
