import { createHook } from "node:async_hooks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Context, type RDD } from "../../src/index.ts";
import type { GnistaEvent } from "../../src/scheduler/events.ts";
import { eventsOf, sleep } from "./support.ts";

for (const master of ["local", "local[2]"])
  describe(`jobs on ${master}`, () => {
    let sc: Context;
    beforeAll(async () => {
      sc = await Context.create({ master });
    });
    afterAll(() => sc.stop());

    /** Tasks that take a while each, so that something can happen meanwhile. */
    const slow = (tasks: number): RDD<number> =>
      sc
        .parallelize(
          Array.from({ length: tasks }, (_, i) => i),
          tasks,
        )
        .map((x) => {
          const end = Date.now() + 100;
          while (Date.now() < end);
          return x;
        });

    const types = (events: readonly GnistaEvent[]): string[] =>
      events
        .filter((e) => /^(job|stage)/.test(e.type))
        .map((e) => ("outcome" in e ? `${e.type} ${e.outcome}` : e.type));

    it("are cut into stages at shuffles, whose outputs are used again", async () => {
      const sums = sc
        .range(0, 100, 1, 4)
        .map((x) => [x % 3, x] as [number, number])
        .reduceByKey((a, b) => a + b);
      const stage = ["stageStart", "stageEnd succeeded"];
      expect(types(await eventsOf(sc, () => sums.collect()))).toEqual([
        "jobStart",
        ...stage,
        ...stage,
        "jobEnd succeeded",
      ]);
      expect(types(await eventsOf(sc, () => sums.count()))).toEqual([
        "jobStart",
        "stageSkipped",
        ...stage,
        "jobEnd succeeded",
      ]);
    });

    it("share a shuffle that both need at the same time", async () => {
      const sums = sc
        .range(0, 100, 1, 4)
        .map((x) => [x % 3, x] as [number, number])
        .reduceByKey((a, b) => a + b);
      const events = await eventsOf(sc, () =>
        Promise.all([sums.collect(), sums.count(), sums.keys().collect()]),
      );
      const maps = events.filter((e) => e.type === "stageStart" && e.tasks === 4 && e.name.startsWith("map"));
      expect(maps.length).toBeLessThanOrEqual(1);
    });

    it("try a task four times, then fail with one clear error, and the context goes on", async () => {
      const events: GnistaEvent[] = await eventsOf(sc, async () => {
        const failing = sc.parallelize([1, 2, 3, 4], 4).map((x) => {
          if (x === 3) throw new RangeError("no threes");
          return x;
        });
        await expect(failing.collect()).rejects.toMatchObject({
          code: "JOB_FAILED",
          message: expect.stringMatching(
            /partition 2 of map at .*jobs\.test\.ts.* failed 4 times: RangeError: no threes/,
          ),
          cause: expect.objectContaining({ message: "no threes" }),
        });
      });
      const failed = events.filter((e) => e.type === "taskEnd" && e.outcome === "failed");
      expect(failed).toHaveLength(4);
      expect(await sc.range(10).count()).toBe(10);
    });

    it("forgive a task that fails at first, and count its accumulator once", async () => {
      const sum = sc.longAccumulator();
      const attempts = new Int32Array(new SharedArrayBuffer(4));
      const rows = await sc
        .parallelize([1, 2, 3, 4], 4)
        .map((x) => {
          sum.add(x);
          if (x === 2 && Atomics.add(attempts, 0, 1) < 3) throw new Error("not yet");
          return x * 10;
        })
        .collect();
      expect(rows).toEqual([10, 20, 30, 40]);
      expect(sum.value).toBe(10);
    });

    it("end by their signal, before and in the middle", async () => {
      await expect(sc.range(3).count({ signal: AbortSignal.abort() })).rejects.toMatchObject({
        code: "JOB_CANCELLED",
      });
      const controller = new AbortController();
      const running = slow(8).count({ signal: controller.signal });
      const reason = new Error("enough");
      setTimeout(() => controller.abort(reason), 150);
      const error = await running.catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        code: "JOB_CANCELLED",
        message: expect.stringMatching(/cancelled: Error: enough/),
      });
      expect((error as Error).cause).toBe(reason);
      expect(await sc.range(3).count()).toBe(3);
    });

    it("end by their group or their tag, and no others", async () => {
      sc.setJobGroup("wanted", "a group");
      const grouped = slow(8).count();
      sc.clearJobGroup();
      sc.addJobTag("tagged");
      const tagged = slow(8).count();
      sc.removeJobTag("tagged");
      const other = sc.range(5).count();
      await sleep(50);
      sc.cancelJobGroup("wanted");
      sc.cancelJobsWithTag("tagged");
      await expect(grouped).rejects.toThrow(/job group wanted/);
      await expect(tagged).rejects.toThrow(/tag tagged/);
      expect(await other).toBe(5);
    });

    it("run many at once", async () => {
      const sums = await Promise.all(
        Array.from({ length: 30 }, (_, i) =>
          sc
            .range(100)
            .map((x) => x + i)
            .sum(),
        ),
      );
      expect(sums).toEqual(Array.from({ length: 30 }, (_, i) => 4950 + 100 * i));
    });

    it("take from as few partitions as they can", async () => {
      const seen = sc.longAccumulator();
      const rows = await sc
        .range(0, 10_000, 1, 100)
        .map((x) => {
          seen.add(1);
          return x;
        })
        .take(3);
      expect(rows).toEqual([0, 1, 2]);
      expect(seen.value).toBeLessThan(200);
    });

    it("compute a persisted partition once", async () => {
      const computed = sc.longAccumulator();
      const rdd = sc
        .range(0, 100, 1, 4)
        .map((x) => {
          computed.add(1);
          return x;
        })
        .persist();
      await rdd.count();
      await rdd.sum();
      expect(computed.value).toBe(100);
      rdd.unpersist();
      await rdd.count();
      expect(computed.value).toBe(200);
    });
  });

describe("workers", () => {
  let sc: Context;
  beforeAll(async () => {
    sc = await Context.create({ master: "local[2]" });
  });
  afterAll(() => sc.stop());

  it("steal tasks: a slow partition holds up no others", async () => {
    const started = new Set<number>();
    let ended: number[] = [];
    const stop = sc.events.subscribe((event) => {
      if (event.type === "taskStart") started.add(event.worker);
      if (event.type === "taskEnd") ended.push(event.partition);
    });
    while (started.size < 2) await sc.range(0, 100, 1, 8).count();
    ended = [];
    await sc
      .parallelize([0, 1, 2, 3, 4, 5, 6, 7], 8)
      .map((x) => {
        const end = Date.now() + (x === 0 ? 400 : 5);
        while (Date.now() < end);
        return x;
      })
      .count();
    stop();
    expect(ended.at(-1)).toBe(0);
  });

  it("are stopped in an endless loop, and replaced", async () => {
    const controller = new AbortController();
    const endless = sc
      .parallelize([1, 2], 2)
      .map((x) => {
        for (;;) if (x === 3) return x;
      })
      .count({ signal: controller.signal });
    setTimeout(() => controller.abort(), 50);
    await expect(endless).rejects.toMatchObject({ code: "JOB_CANCELLED" });
    expect(await sc.range(0, 100, 1, 8).count()).toBe(100);
  });

  it("that were told to stop leave no timer, which would hold what the job has read", async () => {
    const timers = new Map<number, string | undefined>();
    const hook = createHook({
      init: (id, type) => void (type === "Timeout" && timers.set(id, new Error().stack)),
      destroy: (id) => void timers.delete(id),
    }).enable();
    const controller = new AbortController();
    const ended = new Promise<void>((done) => {
      const stop = sc.events.subscribe((event) => {
        if (event.type === "taskStart") controller.abort();
        if (event.type !== "taskEnd") return;
        stop();
        done();
      });
    });
    const enough = new Int32Array(new SharedArrayBuffer(4));
    const waiting = sc.range(0, 1, 1, 1).map((x) => {
      while (Atomics.load(enough, 0) === 0);
      return x;
    });
    await expect(waiting.count({ signal: controller.signal })).rejects.toMatchObject({
      code: "JOB_CANCELLED",
    });
    Atomics.store(enough, 0, 1);
    await ended;
    for (let i = 0; i < 10; i++) await new Promise((done) => setImmediate(done));
    hook.disable();
    expect([...timers.values()].filter((stack) => stack?.includes("/src/"))).toEqual([]);
  });

  it("that die fail their task, and the context goes on", async () => {
    await expect(
      sc
        .parallelize([1, 2], 2)
        .map((x) => {
          if (x === 2) process.exit(3);
          return x;
        })
        .collect(),
    ).rejects.toThrow(/WorkerLostError: worker \d+ died.*exit code 3/);
    expect(await sc.range(0, 100, 1, 8).sum()).toBe(4950);
  });

  it("survive stray rejections and late errors of user code", async () => {
    const rows = await sc
      .parallelize([1, 2], 2)
      .map((x) => {
        void Promise.reject(new Error("stray"));
        setTimeout(() => {
          throw new Error("late");
        }, 1);
        return x;
      })
      .count();
    await sleep(50);
    expect(rows).toBe(2);
    expect(await sc.range(5).count()).toBe(5);
  });

  it("get a large captured array once, not once a task", async () => {
    const large = new Float64Array(1_000_000).fill(1);
    expect(
      await sc
        .range(0, 100, 1, 50)
        .map((x) => large[x])
        .sum(),
    ).toBe(100);
  });
});

describe("a context", () => {
  it("that is stopped ends its jobs and takes no more", async () => {
    const sc = await Context.create({ master: "local[2]" });
    const running = sc
      .parallelize([1, 2, 3, 4], 4)
      .map((x) => {
        const end = Date.now() + 200;
        while (Date.now() < end);
        return x;
      })
      .count();
    const ended = expect(running).rejects.toMatchObject({ code: "JOB_CANCELLED" });
    await sleep(20);
    await sc.stop();
    await ended;
    await expect(sc.range(3).count()).rejects.toMatchObject({ code: "CONTEXT_STOPPED" });
    await sc.stop();
  });

  it("holds no memory after its jobs, however many", async () => {
    const sc = await Context.create({ master: "local[2]" });
    const job = async (): Promise<void> => {
      await sc
        .range(0, 1000, 1, 4)
        .map((x) => [x % 7, x] as [number, number])
        .groupByKey()
        .count();
    };
    for (let i = 0; i < 100; i++) await job();
    for (let i = 0; i < 50 && sc.engine.heap.used > 0; i++) {
      globalThis.gc?.();
      await sleep(20);
      await sc.range(1).count();
    }
    expect(sc.engine.heap.used).toBeLessThan(1 << 20);
    await sc.stop();
  });

  it("ends the program when it is stopped or forgotten", async () => {
    const { execFileSync } = await import("node:child_process");
    const { pathToFileURL } = await import("node:url");
    const { resolve } = await import("node:path");
    const index = JSON.stringify(pathToFileURL(resolve("src/index.ts")).href);
    for (const end of ["await sc.stop();", ""]) {
      const program = `import { Context } from ${index};
const sc = await Context.create({ master: "local[2]" });
console.log(await sc.range(10).map((x) => x + 1).sum());
${end}`;
      const out = execFileSync(process.execPath, ["--input-type=module", "-e", program], {
        encoding: "utf8",
        timeout: 20_000,
      });
      expect(out.trim()).toBe("55");
    }
  });
});
