import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Context, type RDD, TaskContext } from "../../src/index.ts";
import { Speculation } from "../../src/scheduler/speculation.ts";
import { eventsOf, usedAfter } from "./support.ts";

const SETTINGS = { interval: 100, multiplier: 3, quantile: 0.9, minTaskRuntime: 100 };

describe("stragglers", () => {
  it("are told when the quantile of tasks has ended, by a multiple of the median", () => {
    const speculation = new Speculation(SETTINGS, 10);
    for (const time of [500, 100, 300, 200, 400, 100, 500, 300]) speculation.succeeded(time);
    expect(speculation.threshold).toBe(null);
    speculation.succeeded(1000);
    expect(speculation.threshold).toBe(900);
  });

  it("are no tasks that ran for less than the least time", () => {
    const speculation = new Speculation(SETTINGS, 2);
    speculation.succeeded(5);
    expect(speculation.threshold).toBe(100);
    speculation.succeeded(75);
    expect(speculation.threshold).toBe(120);
  });
});

describe("speculation", () => {
  let sc: Context;
  let base: number;
  beforeAll(async () => {
    sc = await Context.create({
      master: "local[2]",
      memory: "256mb",
      conf: {
        "spark.speculation": "true",
        "spark.speculation.interval": "10ms",
        "spark.speculation.quantile": "0.5",
        "spark.speculation.minTaskRuntime": "50ms",
      },
    });
    await sc.range(0, 100, 1, 4).count();
    base = sc.engine.heap.used;
  });
  afterAll(() => sc.stop());

  /** Ten partitions of ten numbers; the first attempt at the third waits for the second one to begin, and then until it is cancelled. */
  const straggling = (endless = false): RDD<number> => {
    const begun = new Int32Array(new SharedArrayBuffer(4));
    return sc.range(0, 100, 1, 10).mapPartitionsWithIndex((index, rows) => {
      const context = TaskContext.get()!;
      if (index !== 2) return rows;
      if (context.attemptNumber() === 0) {
        Atomics.wait(begun, 0, 0);
        while (endless || !context.isInterrupted()) Atomics.wait(begun, 0, 1, 1);
      } else {
        Atomics.store(begun, 0, 1);
        Atomics.notify(begun, 0);
      }
      return rows;
    });
  };

  it("tries a straggler a second time, takes what ends first and cancels the other", async () => {
    const events = await eventsOf(sc, async () => {
      const bothEnded = new Promise<void>((resolve) => {
        let ended = 0;
        const stop = sc.events.subscribe((event) => {
          if (event.type !== "taskEnd" || event.partition !== 2 || ++ended < 2) return;
          stop();
          resolve();
        });
      });
      const counted = sc.longAccumulator();
      const sum = await straggling()
        .map((x) => {
          counted.add(1);
          return x;
        })
        .sum();
      expect(sum).toBe(4950);
      expect(counted.value).toBe(100);
      await bothEnded;
      expect(counted.value).toBe(100);
      expect(await usedAfter(sc, base)).toBe(base);
    });
    expect(events.flatMap((e) => (e.type === "taskSpeculated" ? [e.partition] : []))).toEqual([2]);
    const third = events.flatMap((e) =>
      e.type === "taskEnd" && e.partition === 2 ? [[e.attempt, e.outcome]] : [],
    );
    expect(third.toSorted()).toEqual([
      [0, "cancelled"],
      [1, "succeeded"],
    ]);
    const workers = events.flatMap((e) => (e.type === "taskEnd" && e.partition === 2 ? [e.worker] : []));
    expect(new Set(workers).size).toBe(2);
  });

  it("ends a worker whose task does not come back, and the job does not wait for it", async () => {
    let lost = 0;
    const exit = new Promise<void>((resolve) => {
      const stop = sc.events.subscribe((event) => {
        if (event.type !== "workerExit") return;
        lost++;
        stop();
        resolve();
      });
    });
    expect(await straggling(true).sum()).toBe(4950);
    expect(lost).toBe(0);
    await exit;
    expect(await sc.range(0, 100, 1, 8).sum()).toBe(4950);
    expect(await usedAfter(sc, base)).toBe(base);
  });

  it("of map tasks leaves one output each", async () => {
    const sums = straggling()
      .map((x) => [x % 7, x] as [number, number])
      .reduceByKey((a, b) => a + b);
    expect(await sums.values().sum()).toBe(4950);
    const { stages } = sc.metrics().at(-1)!;
    expect(stages[0].shuffleRowsWritten).toBe(70);
  });

  it("of tasks that write files leaves one part each", async () => {
    const dir = mkdtempSync(join(tmpdir(), "gnista-test-"));
    try {
      const path = join(dir, "out");
      await straggling().saveAsTextFile(path);
      expect(readdirSync(path).sort()).toEqual(
        ["_SUCCESS", ...Array.from({ length: 10 }, (_, i) => `part-0000${i}`)].sort(),
      );
      expect(existsSync(join(path, "_temporary"))).toBe(false);
      expect(readFileSync(join(path, "part-00002"), "utf8").split("\n").length).toBe(11);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it("is withdrawn when the straggler ends before a worker is free for it", async () => {
    const one = await Context.create({
      master: "local[1]",
      conf: {
        "spark.speculation": "true",
        "spark.speculation.interval": "5ms",
        "spark.speculation.quantile": "0.5",
        "spark.speculation.minTaskRuntime": "5ms",
      },
    });
    const events = await eventsOf(one, async () => {
      const slow = one.range(0, 4, 1, 4).map((x) => {
        if (x === 3) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
        return x;
      });
      expect(await slow.sum()).toBe(6);
    });
    expect(events.some((e) => e.type === "taskSpeculated")).toBe(true);
    expect(events.filter((e) => e.type === "taskEnd")).toHaveLength(4);
    expect(await one.range(10).sum()).toBe(45);
    await one.stop();
  });

  it("goes on when the second attempt fails", async () => {
    const begun = new Int32Array(new SharedArrayBuffer(4));
    const rdd = sc.range(0, 100, 1, 10).mapPartitionsWithIndex((index, rows) => {
      if (index !== 2) return rows;
      if (TaskContext.get()!.attemptNumber() === 0) {
        Atomics.wait(begun, 0, 0);
        return rows;
      }
      Atomics.store(begun, 0, 1);
      Atomics.notify(begun, 0);
      throw new Error("no");
    });
    expect(await rdd.sum()).toBe(4950);
  });
});
