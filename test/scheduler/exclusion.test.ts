import { describe, expect, it } from "vitest";
import { Context, TaskContext } from "../../src/index.ts";
import { eventsOf, usedAfter } from "./support.ts";

const create = (conf: Record<string, string> = {}, master = "local[2]"): Promise<Context> =>
  Context.create({ master, memory: "256mb", conf: { "spark.excludeOnFailure.enabled": "true", ...conf } });

/** Both workers are up, and each has run a task. */
async function warm(sc: Context): Promise<void> {
  const seen = new Set<number>();
  const stop = sc.events.subscribe((event) => {
    if (event.type === "taskEnd") seen.add(event.worker);
  });
  while (seen.size < 2) await sc.range(0, 100, 1, 8).count();
  stop();
}

/** In the worker that comes first, whose calls are counted in the second word. Others wait until it has begun two tasks. */
function isBad(words: Int32Array): boolean {
  const mine = ((globalThis as { me?: number }).me ??= Math.ceil(Math.random() * 1e9));
  Atomics.compareExchange(words, 0, 0, mine);
  const bad = Atomics.load(words, 0) === mine;
  if (bad) Atomics.add(words, 1, 1);
  else while (Atomics.load(words, 1) < 2) Atomics.wait(words, 1, 0, 1);
  return bad;
}

describe("workers on which tasks fail", () => {
  it("do not get the same task again", async () => {
    await using sc = await create({ "spark.excludeOnFailure.application.maxFailedTasksPerExecutor": "100" });
    const events = await eventsOf(sc, async () => {
      const rdd = sc.range(0, 8, 1, 8).map((x) => {
        if (x === 5 && TaskContext.get()!.attemptNumber() === 0) throw new Error("not yet");
        return x;
      });
      for (let i = 0; i < 20; i++) expect(await rdd.sum()).toBe(28);
    });
    const tried = new Map<number, number[]>();
    for (const event of events)
      if (event.type === "taskEnd" && event.partition === 5)
        tried.set(event.stage, [...(tried.get(event.stage) ?? []), event.worker]);
    expect(tried.size).toBe(20);
    for (const workers of tried.values()) expect(new Set(workers).size).toBe(2);
  });

  it("are all excluded from a task that always fails, which is one clear error", async () => {
    await using sc = await create();
    await warm(sc);
    const base = sc.engine.heap.used;
    const failing = sc.range(0, 4, 1, 4).map((x) => {
      if (x === 2) throw new RangeError("no twos");
      return x;
    });
    await expect(failing.collect()).rejects.toMatchObject({
      code: "JOB_FAILED",
      message: expect.stringMatching(
        /^the task for partition 2 of map at .* cannot run anywhere: all workers are excluded from it .*spark\.excludeOnFailure.* the last failure was: .* failed 2 times: RangeError: no twos, thrown at .*exclusion\.test/,
      ),
      place: { partition: 2, source: expect.stringMatching(/exclusion\.test\.ts/) },
    });
    expect(await sc.range(10).sum()).toBe(45);
    expect(await usedAfter(sc, base)).toBe(base);
  });

  it("get no more of the stage after failures of different tasks; what they had not begun goes to the others", async () => {
    await using sc = await create({
      "spark.excludeOnFailure.application.maxFailedTasksPerExecutor": "100",
      "spark.task.maxFailures": "100",
    });
    await warm(sc);
    const words = new Int32Array(new SharedArrayBuffer(8));
    const events = await eventsOf(sc, async () => {
      // At its third task so late that it has been excluded.
      const rdd = sc.range(0, 40, 1, 40).map((x) => {
        if (isBad(words)) {
          if (Atomics.load(words, 1) > 2) Atomics.wait(words, 0, Atomics.load(words, 0), 1000);
          throw new Error("a bad worker");
        }
        return x;
      });
      expect(await rdd.sum()).toBe(780);
    });
    const excluded = events.flatMap((e) => (e.type === "workerExcluded" ? [e] : []));
    expect(excluded).toMatchObject([{ stage: expect.any(Number), failures: 2 }]);
    const failed = events.flatMap((e) => (e.type === "taskEnd" && e.outcome === "failed" ? [e.worker] : []));
    expect(new Set(failed)).toEqual(new Set([excluded[0].worker]));
    expect(failed.length).toBeLessThanOrEqual(3);
    const succeeded = events.filter((e) => e.type === "taskEnd" && e.outcome === "succeeded");
    expect(succeeded).toHaveLength(40);
  });

  it("get nothing for a while after failures in stages that succeeded", async () => {
    await using sc = await create({ "spark.excludeOnFailure.timeout": "2s" });
    await warm(sc);
    const words = new Int32Array(new SharedArrayBuffer(8));
    const run = (): Promise<number> =>
      sc
        .range(0, 40, 1, 40)
        .map((x) => {
          if (isBad(words)) throw new Error("a bad worker");
          return x;
        })
        .sum();
    const first = await eventsOf(sc, run);
    const [, forAll] = first.flatMap((e) => (e.type === "workerExcluded" ? [e] : []));
    expect(forAll).toMatchObject({ stage: null });
    const second = await eventsOf(sc, run);
    const workers = second.flatMap((e) => (e.type === "taskEnd" ? [e.worker] : []));
    expect(workers).toHaveLength(40);
    expect(workers).not.toContain(forAll.worker);
    // And then it is trusted again.
    while (!(await workersOf(sc)).has(forAll.worker));
  });

  it("that all are excluded fail the next job with one clear error", async () => {
    await using sc = await create(
      { "spark.excludeOnFailure.task.maxTaskAttemptsPerExecutor": "3" },
      "local[1]",
    );
    const rdd = sc.range(0, 4, 1, 4).map((x) => {
      if (x > 1 && TaskContext.get()!.attemptNumber() === 0) throw new Error("not yet");
      return x;
    });
    await expect(rdd.sum()).rejects.toThrow(/cannot run anywhere.*last failure/);
    const once = sc.range(0, 4, 1, 4).map((x) => {
      if (x === 1 && TaskContext.get()!.attemptNumber() === 0) throw new Error("not yet");
      return x;
    });
    expect(await once.sum()).toBe(6);
    expect(await once.sum()).toBe(6);
    await expect(sc.range(3).sum()).rejects.toThrow(
      /cannot run anywhere: all workers are excluded .*after failures in earlier stages/,
    );
  });

  it("are no better for being replaced: the slot is what is excluded", async () => {
    await using sc = await create({ "spark.task.maxFailures": "10" });
    await warm(sc);
    const deadly = sc.range(0, 4, 1, 4).map((x) => {
      if (x === 1) process.exit(3);
      return x;
    });
    await expect(deadly.sum()).rejects.toThrow(/cannot run anywhere.*failed 2 times: WorkerLostError/);
    expect(await sc.range(0, 100, 1, 8).sum()).toBe(4950);
  });

  it("are excluded from barrier stages too", async () => {
    await using sc = await create();
    await warm(sc);
    const rdd = sc
      .range(0, 2, 1, 2)
      .barrier()
      .mapPartitions((rows) => {
        if (TaskContext.get()!.attemptNumber() === 0 && TaskContext.getPartitionId() === 1)
          throw new Error("not yet");
        return rows;
      });
    expect(await rdd.sum()).toBe(1);
  });
});

async function workersOf(sc: Context): Promise<Set<number>> {
  const events = await eventsOf(sc, () => sc.range(0, 40, 1, 40).count());
  return new Set(events.flatMap((e) => (e.type === "taskEnd" ? [e.worker] : [])));
}
