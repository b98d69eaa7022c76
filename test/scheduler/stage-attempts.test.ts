/** What tasks read and have lost is made again, and nothing else is. Losses are reported as readers do, by an error thrown in a task. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Context, type RDD } from "../../src/index.ts";
import type { GnistaEvent } from "../../src/scheduler/events.ts";
import { eventsOf, usedAfter } from "./support.ts";

/** What a reader throws that finds its input gone. */
const lose = (place: object): never => {
  throw Object.assign(new Error("the file is gone"), {
    [Symbol.for("gnista.error")]: true,
    code: "BLOCK_LOST",
    place,
  });
};

const shuffleOf = (rdd: RDD<unknown>): number => {
  const [dependency] = rdd.node.dependencies;
  return dependency.kind === "shuffle" ? dependency.id : shuffleOf({ node: dependency.node } as RDD<unknown>);
};

/** [attempt, tasks, outcome] of every stage that ran, by the order of their first attempts. */
function attemptsOf(events: readonly GnistaEvent[]): [number, number, string][][] {
  const stages = new Map<number, [number, number, string][]>();
  for (const event of events)
    if (event.type === "stageStart") {
      const attempts = stages.get(event.stage) ?? [];
      stages.set(event.stage, attempts);
      attempts.push([event.attempt, event.tasks, "running"]);
    } else if (event.type === "stageEnd") {
      const attempt = stages.get(event.stage)!.at(-1)!;
      expect(attempt[0]).toBe(event.attempt);
      attempt[2] = event.outcome;
    }
  return [...stages.values()];
}

/** How often each partition of each stage succeeded. */
function successes(events: readonly GnistaEvent[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const event of events)
    if (event.type === "taskEnd" && event.outcome === "succeeded") {
      const task = `${event.stage}/${event.partition}`;
      counts.set(task, (counts.get(task) ?? 0) + 1);
    }
  return counts;
}

for (const master of ["local", "local[2]"])
  describe(`input that is lost on ${master}`, () => {
    let sc: Context;
    let base: number;
    beforeAll(async () => {
      sc = await Context.create({ master, memory: "256mb" });
      await sc.range(0, 100, 1, 4).count();
      base = sc.engine.heap.used;
    });
    afterAll(() => sc.stop());
    /** Words that tasks count in. */
    let words: Int32Array;
    beforeEach(() => {
      words = new Int32Array(new SharedArrayBuffer(16));
    });

    const sums = (): RDD<[number, number]> =>
      sc
        .range(0, 1000, 1, 4)
        .map((x) => [x % 100, x] as [number, number])
        .reduceByKey((a, b) => a + b, 3);
    const total = (1000 * 999) / 2;
    /** `rdd`, whose task for `partition` loses the map output the first `times` times. */
    const losing = (
      rdd: RDD<[number, number]>,
      partition: number,
      mapPartition: number,
      times: number,
      word = 0,
    ): RDD<[number, number]> => {
      const [shuffle, counts] = [shuffleOf(rdd), words];
      return rdd.mapPartitionsWithIndex((index, rows) => {
        if (index === partition && Atomics.add(counts, word, 1) < times) lose({ shuffle, mapPartition });
        return rows;
      }, true);
    };

    it("is a map output, which alone is made again, for the partitions that are missing", async () => {
      const counted = sc.longAccumulator();
      const events = await eventsOf(sc, async () => {
        const rdd = losing(sums(), 2, 1, 1).map(([, sum]) => {
          counted.add(1);
          return sum;
        });
        expect(await rdd.sum()).toBe(total);
      });
      const [map, result] = attemptsOf(events);
      expect(map).toEqual([
        [0, 4, "succeeded"],
        [1, 1, "succeeded"],
      ]);
      expect(result.map(([attempt, , outcome]) => [attempt, outcome])).toEqual([
        [0, "failed"],
        [1, "succeeded"],
      ]);
      // Every task of the result stage once, of the map stage one twice.
      expect([...successes(events).values()].sort()).toEqual([1, 1, 1, 1, 1, 1, 2]);
      expect(counted.value).toBe(100);
      expect(events.filter((e) => e.type === "taskEnd" && e.message === "the file is gone")).toHaveLength(1);
      expect(await usedAfter(sc, base)).toBe(base);
    });

    it("three times in a row is made again, in several stages too", async () => {
      const twice = (): RDD<[number, number]> => {
        const first = losing(sums(), 0, 3, 3, 0).map(([k, v]) => [k % 10, v] as [number, number]);
        return losing(
          first.reduceByKey((a, b) => a + b, 2),
          1,
          2,
          3,
          1,
        );
      };
      const events = await eventsOf(sc, async () => expect(await twice().values().sum()).toBe(total));
      const [map, middle, result] = attemptsOf(events);
      expect(map.map(([attempt, tasks]) => [attempt, tasks])).toEqual([
        [0, 4],
        [1, 1],
        [2, 1],
        [3, 1],
      ]);
      // Four attempts until it has succeeded, then one for each time that its output is lost.
      expect(middle.map(([, , outcome]) => outcome)).toEqual([
        "failed",
        "failed",
        "failed",
        "succeeded",
        "succeeded",
        "succeeded",
        "succeeded",
      ]);
      expect(middle.slice(4).map(([, tasks]) => tasks)).toEqual([1, 1, 1]);
      expect(result.map(([, , outcome]) => outcome)).toEqual(["failed", "failed", "failed", "succeeded"]);
      expect(await usedAfter(sc, base)).toBe(base);
    });

    it("four times in a row is one clear error, and the context goes on", async () => {
      let error: unknown;
      const events = await eventsOf(sc, async () => {
        error = await losing(sums(), 0, 0, 99)
          .count()
          .catch((thrown: unknown) => thrown);
      });
      expect(error).toMatchObject({
        code: "JOB_FAILED",
        message: expect.stringMatching(
          /^the stage of mapPartitionsWithIndex at .* was tried 4 times, and each time what its tasks read was lost, at last: the file is gone/,
        ),
      });
      const [, result] = attemptsOf(events);
      expect(result.map(([attempt]) => attempt)).toEqual([0, 1, 2, 3]);
      expect(await sums().values().sum()).toBe(total);
      expect(await usedAfter(sc, base)).toBe(base);
    });

    it("while what was lost before is made again is made again too", async () => {
      const inner = sums();
      const outer = inner.map(([k, v]) => [k % 10, v] as [number, number]).groupByKey(2);
      expect(await outer.count()).toBe(10);
      const events = await eventsOf(sc, async () => {
        // The map stage of `outer` runs for one partition, and has to have an output of `inner` made first.
        sc.engine.lose({ kind: "mapOutput", shuffle: shuffleOf(inner) as never, mapPartition: 3 });
        sc.engine.lose({ kind: "mapOutput", shuffle: shuffleOf(outer) as never, mapPartition: 1 });
        expect(await outer.count()).toBe(10);
      });
      expect(attemptsOf(events)).toEqual([
        [[0, 1, "succeeded"]],
        [[0, 1, "succeeded"]],
        [[0, 2, "succeeded"]],
      ]);
    });

    it("is a map output between two jobs, and the second makes it again", async () => {
      const rdd = sums();
      await rdd.count();
      sc.engine.lose({ kind: "mapOutput", shuffle: shuffleOf(rdd) as never, mapPartition: 2 });
      const events = await eventsOf(sc, async () => expect(await rdd.values().sum()).toBe(total));
      expect(attemptsOf(events)).toEqual([[[0, 1, "succeeded"]], [[0, 3, "succeeded"]]]);
      expect(events.filter((e) => e.type === "stageSkipped")).toEqual([]);
    });

    it("is a cached partition, which alone is computed again", async () => {
      const computed = sc.longAccumulator();
      const kept = sc
        .range(0, 100, 1, 4)
        .map((x) => {
          computed.add(1);
          return x;
        })
        .persist();
      expect(await kept.sum()).toBe(4950);
      sc.engine.lose({ kind: "block", node: kept.node.id, partition: 2 });
      const events = await eventsOf(sc, async () => expect(await kept.sum()).toBe(4950));
      expect(computed.value).toBe(125);
      expect(events.flatMap((e) => (e.type === "blockStored" ? [[e.node, e.partition]] : []))).toEqual([
        [kept.node.id, 2],
      ]);
      // And when a task finds out.
      const [node, counts] = [kept.node.id as number, words];
      const found = kept.mapPartitionsWithIndex((index, rows) => {
        if (index === 1 && Atomics.add(counts, 0, 1) === 0) lose({ node, partition: 1 });
        return rows;
      });
      const more = await eventsOf(sc, async () => expect(await found.sum()).toBe(4950));
      expect(computed.value).toBe(150);
      expect(more.flatMap((e) => (e.type === "blockDropped" ? [[e.partition, e.reason]] : []))).toEqual([
        [1, "lost"],
      ]);
      expect(attemptsOf(more)[0].map(([, , outcome]) => outcome)).toEqual(["failed", "succeeded"]);
      kept.unpersist();
      expect(await usedAfter(sc, base)).toBe(base);
    });

    it("shows in the metrics as one stage", async () => {
      await losing(sums(), 1, 1, 2).count();
      const { stages, totals } = sc.metrics().at(-1)!;
      expect(stages.map(({ tasks, failedTasks, skipped }) => [tasks, failedTasks, skipped])).toEqual([
        [4, 0, false],
        [3, 2, false],
      ]);
      // One of the four outputs was written three times.
      expect(totals.shuffleRowsWritten).toBe(6 * 100);
    });
  });

it("an attempt at a stage knows its number", async () => {
  await using sc = await Context.create({ master: "local[2]" });
  const words = new Int32Array(new SharedArrayBuffer(4));
  const { TaskContext } = await import("../../src/index.ts");
  const grouped = sc
    .range(0, 10, 1, 2)
    .map((x) => [x, x] as [number, number])
    .groupByKey(1);
  const shuffle = shuffleOf(grouped);
  const numbers = await grouped
    .mapPartitions(() => {
      if (Atomics.add(words, 0, 1) < 2) lose({ shuffle, mapPartition: 0 });
      const context = TaskContext.get()!;
      return [context.stageAttemptNumber(), context.attemptNumber()];
    })
    .collect();
  expect(numbers).toEqual([2, 0]);
});

it("the limit of attempts in a row is a setting", async () => {
  const key = "spark.stage.maxConsecutiveAttempts";
  await using sc = await Context.create({ master: "local", conf: { [key]: "1" } });
  const grouped = sc
    .range(0, 10, 1, 2)
    .map((x) => [x, x] as [number, number])
    .groupByKey(1);
  const shuffle = shuffleOf(grouped);
  await expect(grouped.foreachPartition(() => lose({ shuffle, mapPartition: 0 }))).rejects.toThrow(
    /was tried once, and what/,
  );
  await expect(Context.create({ master: "local", conf: { [key]: "none" } })).rejects.toMatchObject({
    code: "INVALID_ARGUMENT",
    message: expect.stringContaining(key),
  });
});
