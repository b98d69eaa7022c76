import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Context, type RDD } from "../../src/index.ts";
import type { GnistaEvent } from "../../src/scheduler/events.ts";
import { eventsOf, sleep } from "./support.ts";

/** Throws unless the events of each job are complete and in order. */
function checkOrder(events: readonly GnistaEvent[]): void {
  const jobs = new Map<number, "running" | "ended">();
  const stages = new Map<
    number,
    { job: number; state: "running" | "ended"; open: Set<string>; tasks: number; succeeded: number }
  >();
  let time = 0;
  for (const event of events) {
    if (event.type === "jobStart") {
      expect(jobs.has(event.job)).toBe(false);
      jobs.set(event.job, "running");
    } else if (event.type === "jobEnd") {
      expect(jobs.get(event.job)).toBe("running");
      jobs.set(event.job, "ended");
      for (const stage of stages.values()) if (stage.job === event.job) expect(stage.state).toBe("ended");
    } else if (event.type === "stageStart") {
      expect(jobs.get(event.job)).toBe("running");
      expect(stages.has(event.stage)).toBe(false);
      stages.set(event.stage, {
        job: event.job,
        state: "running",
        open: new Set(),
        tasks: event.tasks,
        succeeded: 0,
      });
    } else if (event.type === "stageEnd") {
      const stage = stages.get(event.stage)!;
      expect(stage.state).toBe("running");
      stage.state = "ended";
      if (event.outcome !== "succeeded") continue;
      expect(stage.open.size).toBe(0);
      expect(stage.succeeded).toBe(stage.tasks);
    } else if (event.type === "taskStart") {
      const stage = stages.get(event.stage)!;
      const task = `${event.partition} ${event.attempt}`;
      expect(stage.open.has(task)).toBe(false);
      stage.open.add(task);
    } else if (event.type === "taskEnd") {
      const stage = stages.get(event.stage)!;
      expect(stage.open.delete(`${event.partition} ${event.attempt}`)).toBe(true);
      if (event.outcome === "succeeded") stage.succeeded++;
      expect(event.metrics === null).toBe(event.outcome !== "succeeded");
    }
    // Starts of tasks carry the time when they started, which the driver may hear of later.
    if (event.type !== "taskStart" && "time" in event) {
      expect(event.time).toBeGreaterThanOrEqual(time);
      time = event.time;
    }
  }
  for (const state of jobs.values()) expect(state).toBe("ended");
  for (const { open } of stages.values()) expect([...open]).toEqual([]);
}

const outcomes = (events: readonly GnistaEvent[]): string[] =>
  events.flatMap((e) => (e.type === "jobEnd" || e.type === "stageEnd" ? [`${e.type} ${e.outcome}`] : []));

for (const master of ["local", "local[2]"])
  describe(`events on ${master}`, () => {
    let sc: Context;
    beforeAll(async () => {
      sc = await Context.create({ master });
    });
    afterAll(() => sc.stop());

    const pairs = (): RDD<[number, number]> =>
      sc.range(0, 1000, 1, 4).map((x) => [x % 7, x] as [number, number]);
    const spin =
      (ms: number) =>
      (x: [number, number]): [number, number] => {
        if (x[1] % 250 !== 0) return x;
        const end = Date.now() + ms;
        while (Date.now() < end);
        return x;
      };

    it("of a job that succeeds are complete and in order", async () => {
      const events = await eventsOf(sc, () =>
        pairs()
          .reduceByKey((a, b) => a + b)
          .join(pairs().groupByKey())
          .sortByKey()
          .collect(),
      );
      checkOrder(events);
      expect(new Set(outcomes(events))).toEqual(new Set(["jobEnd succeeded", "stageEnd succeeded"]));
    });

    it("of a job that fails are complete and in order", async () => {
      const events = await eventsOf(sc, async () => {
        const failing = pairs()
          .reduceByKey((a, b) => a + b)
          .map(([k]) => {
            if (k === 3) throw new Error("no");
            return k;
          });
        await expect(failing.collect()).rejects.toThrow("no");
        await sleep(20);
      });
      checkOrder(events);
      expect(outcomes(events)).toEqual(["stageEnd succeeded", "stageEnd failed", "jobEnd failed"]);
      expect(events.filter((e) => e.type === "taskEnd" && e.outcome === "failed")).toHaveLength(4);
    });

    it("of a job that is cancelled are complete and in order", async () => {
      const controller = new AbortController();
      const events = await eventsOf(sc, async () => {
        const running = pairs().map(spin(30)).groupByKey().count({ signal: controller.signal });
        setTimeout(() => controller.abort(), 15);
        await expect(running).rejects.toMatchObject({ code: "JOB_CANCELLED" });
        await sleep(200);
      });
      checkOrder(events);
      expect(outcomes(events)).toEqual(["stageEnd cancelled", "jobEnd cancelled"]);
    });

    it("of a job that is cancelled before it starts are complete", async () => {
      const events = await eventsOf(sc, () =>
        expect(pairs().count({ signal: AbortSignal.abort() })).rejects.toMatchObject({
          code: "JOB_CANCELLED",
        }),
      );
      checkOrder(events);
      expect(events.map(({ type }) => type)).toEqual(["jobStart", "jobEnd"]);
    });

    it("tell what is kept and what is dropped", async () => {
      const kept = pairs().persist();
      const events = await eventsOf(sc, async () => {
        await kept.count();
        kept.unpersist();
      });
      const stored = events.filter((e) => e.type === "blockStored");
      const dropped = events
        .filter((e) => e.type === "blockDropped")
        .sort((a, b) => a.partition - b.partition);
      expect(stored.map((e) => e.partition).sort()).toEqual([0, 1, 2, 3]);
      expect(stored.reduce((sum, e) => sum + e.rows, 0)).toBe(1000);
      expect(dropped.map((e) => [e.partition, e.bytes, e.reason])).toEqual(
        stored
          .toSorted((a, b) => a.partition - b.partition)
          .map((e) => [e.partition, e.bytes, "unpersisted"]),
      );
    });

    it("reach all other listeners when one throws, and the job does not notice", async () => {
      const warnings: Error[] = [];
      const warn = (warning: Error): void => void warnings.push(warning);
      process.on("warning", warn);
      const stop = sc.events.subscribe(({ type }) => {
        if (type === "taskEnd" || type === "jobEnd") throw new Error("a listener's own");
      });
      const events = await eventsOf(sc, async () => {
        expect(
          await pairs()
            .reduceByKey((a, b) => a + b)
            .count(),
        ).toBe(7);
      });
      stop();
      checkOrder(events);
      await sleep(5);
      process.off("warning", warn);
      expect(warnings.some(({ message }) => message.includes("a listener's own"))).toBe(true);
    });
  });

describe("events of workers", () => {
  it("show a stage that one partition outweighs keep all workers at work: what is left goes to who is free", async () => {
    await using sc = await Context.create({ master: "local[2]" });
    const workers = new Set<number>();
    const stop = sc.events.subscribe((event) => {
      if (event.type === "taskEnd") workers.add(event.worker);
    });
    while (workers.size < 2) await sc.range(0, 100, 1, 8).count();
    stop();
    // The first partition goes on until all others are done, so that another worker must have taken every one of them.
    const done = sc.broadcast(new Int32Array(new SharedArrayBuffer(4)));
    const events = await eventsOf(sc, () =>
      sc
        .range(0, 20, 1, 20)
        .map((x) => {
          if (x > 0) Atomics.add(done.value, 0, 1);
          else while (Atomics.load(done.value, 0) < 19);
          return x;
        })
        .count(),
    );
    checkOrder(events);
    const ends = events.filter((e) => e.type === "taskEnd");
    const first = ends.find((e) => e.partition === 0)!;
    expect(ends.filter((e) => e.worker === first.worker)).toEqual([first]);
    expect(new Set(ends.map((e) => e.worker)).size).toBe(2);
  });

  it("are complete and in order when workers die", async () => {
    await using sc = await Context.create({ master: "local[2]" });
    const deaths = sc.broadcast(new Int32Array(new SharedArrayBuffer(4)));
    const sum = sc.longAccumulator();
    const events = await eventsOf(sc, async () => {
      const counted = sc.range(0, 8, 1, 4).map((x) => {
        sum.add(1);
        if (x === 5 && Atomics.add(deaths.value, 0, 1) < 2) process.exit(2);
        return x;
      });
      expect(await counted.collect()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    });
    checkOrder(events);
    // Each task counts once, however often it was tried.
    expect(sum.value).toBe(8);
    expect(events.filter((e) => e.type === "workerExit")).toHaveLength(2);
    expect(
      events.filter((e) => e.type === "taskEnd" && e.outcome === "failed").length,
    ).toBeGreaterThanOrEqual(2);
  });
});
