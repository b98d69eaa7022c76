/** Groups, tags and properties of jobs follow the flow of the program; what is cancelled ends, and nothing else. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Context, type FutureAction, GnistaError, type RDD, TaskContext } from "../../src/index.ts";

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe.each(["local", "local[2]"])("jobs on %s", (master) => {
  let sc: Context;
  beforeAll(async () => {
    sc = await Context.create({ master, memory: "128m" });
  });
  afterAll(() => sc.stop());

  const groupsOf = async (action: () => Promise<unknown>): Promise<(string | null)[]> => {
    const groups: (string | null)[] = [];
    const stop = sc.addSparkListener((event) => {
      if (event.type === "jobStart") groups.push(event.group);
    });
    await action();
    stop();
    return groups;
  };
  const tenant = (rdd: RDD<number>): RDD<string | null> =>
    rdd.map(() => TaskContext.get()!.getLocalProperty("tenant"));

  test("flows side by side keep their own settings, and hand them to what they start", async () => {
    sc.setLocalProperty("tenant", "main");
    const flow = async (name: string): Promise<(string | null)[]> => {
      await tick();
      sc.setJobGroup(name);
      sc.setLocalProperty("tenant", name);
      sc.addJobTag(`tag-${name}`);
      await tick();
      const child = async (): Promise<string | null> => {
        await tick();
        return (await tenant(sc.parallelize([1], 1)).collect())[0];
      };
      const first = await child();
      expect(sc.getJobTags()).toEqual([`tag-${name}`]);
      return [first, (await tenant(sc.parallelize([1], 1)).first()) as string | null];
    };
    let values: (string | null)[][] = [];
    const groups = await groupsOf(async () => {
      values = await Promise.all(["a", "b", "c"].map(flow));
    });
    expect(values).toEqual([
      ["a", "a"],
      ["b", "b"],
      ["c", "c"],
    ]);
    expect(groups.toSorted()).toEqual(["a", "a", "b", "b", "c", "c"]);
    expect([sc.getLocalProperty("tenant"), sc.getJobTags()]).toEqual(["main", []]);
    expect(await tenant(sc.parallelize([1], 1)).collect()).toEqual(["main"]);
    sc.setLocalProperty("tenant", null);
    expect(await tenant(sc.parallelize([1], 1)).collect()).toEqual([null]);
  });

  test("settings hold after awaits, until they are cleared", async () => {
    sc.setJobGroup("kept", "a description");
    await tick();
    expect(await groupsOf(() => sc.range(3).count())).toEqual(["kept"]);
    expect(
      await groupsOf(() =>
        sc
          .range(0, 100, 1, 10)
          .filter((x) => x > 50)
          .take(1),
      ),
    ).toEqual(["kept", "kept", "kept"]);
    sc.clearJobGroup();
    expect(await groupsOf(() => sc.range(3).count())).toEqual([null]);
  });

  describe("cancelled", () => {
    let slow: FutureAction<number>;
    let other: FutureAction<number>;
    const lengthy = (): RDD<number> =>
      sc.range(0, 40, 1, 40).map((x) => {
        const end = Date.now() + 50;
        while (Date.now() < end);
        return x;
      });
    beforeEach(() => {
      sc.setJobGroup("slow");
      sc.addJobTag("slow");
      slow = lengthy().countAsync();
      sc.clearJobGroup();
      sc.clearJobTags();
      other = sc.range(10).countAsync();
    });
    const ended = async (reason: RegExp): Promise<void> => {
      const error = await slow.catch((thrown: unknown) => thrown);
      expect(GnistaError.is(error, "JOB_CANCELLED")).toBe(true);
      expect((error as Error).message).toMatch(reason);
      expect(await other).toBe(10);
      expect(await sc.range(5).sum()).toBe(10);
    };

    test("by group, with a reason", async () => {
      await tick();
      sc.cancelJobGroup("slow", "no longer wanted");
      await ended(/no longer wanted/);
    });
    test("by tag, with a reason", async () => {
      await tick();
      sc.cancelJobsWithTag("slow", "no longer wanted");
      await ended(/no longer wanted/);
    });
    test("by job", async () => {
      await tick();
      for (const id of sc.statusTracker.getJobIdsForGroup("slow")) sc.cancelJob(id, "by id");
      await ended(/by id/);
    });
    test("by stage", async () => {
      while (sc.statusTracker.getActiveStageIds().length === 0) await tick();
      for (const job of sc.statusTracker.getJobIdsForGroup("slow"))
        for (const stage of sc.statusTracker.getJobInfo(job)!.stageIds) sc.cancelStage(stage);
      await ended(/stage \d+ was cancelled/);
    });
    test("by the future itself", async () => {
      await tick();
      slow.cancel("by hand");
      await ended(/by hand/);
      expect([slow.isCancelled, slow.isCompleted]).toEqual([true, true]);
    });
    test("by group, and with it all jobs to come", async () => {
      sc.cancelJobGroupAndFutureJobs("slow");
      await ended(/slow/);
      sc.setJobGroup("slow");
      await expect(sc.range(3).count()).rejects.toMatchObject({ code: "JOB_CANCELLED" });
      sc.setJobGroup("quick");
      expect(await sc.range(3).count()).toBe(3);
    });
  });

  test("a partition that was being computed when its job was cancelled is not kept", async () => {
    const kept = sc
      .range(0, 20, 1, 20)
      .map((x) => {
        const end = Date.now() + 20;
        while (Date.now() < end);
        return x;
      })
      .persist();
    const counting = kept.countAsync();
    while (sc.getRDDStorageInfo().find(({ id }) => id === kept.id)!.numCachedPartitions < 2) await tick();
    counting.cancel();
    await expect(counting).rejects.toMatchObject({ code: "JOB_CANCELLED" });
    expect(await kept.collect()).toEqual(Array.from({ length: 20 }, (_, i) => i));
    kept.unpersist();
  });

  test("the sampling of a sort ends with the job that needs it, unless another needs it too", async () => {
    const sorted = sc
      .range(0, 30, 1, 30)
      .map((x) => {
        const end = Date.now() + 20;
        while (Date.now() < end);
        return [-x, x];
      })
      .sortByKey(true, 3);
    const first = sorted.countAsync();
    const second = sorted.keys().take(1);
    while (sc.statusTracker.getActiveStageIds().length === 0) await tick();
    first.cancel();
    await expect(first).rejects.toMatchObject({ code: "JOB_CANCELLED" });
    expect(await second).toEqual([-29]);
    const alone = sorted.mapValues((x) => x + 1).sortByKey(false, 2);
    const counting = alone.countAsync();
    await tick();
    counting.cancel();
    await expect(counting).rejects.toMatchObject({ code: "JOB_CANCELLED" });
    while (sc.statusTracker.getActiveJobIds().length > 0) await tick();
    expect(await alone.values().first()).toBe(1);
  });

  test("two jobs over one shuffle: the one that is not cancelled goes on, whichever began", async () => {
    const made = sc.longAccumulator();
    const sums = sc
      .range(0, 12, 1, 12)
      .map((x) => {
        made.add(1);
        const end = Date.now() + 15;
        while (Date.now() < end);
        return [x % 3, x];
      })
      .reduceByKey((a, b) => a + b);
    const first = sums.collectAsync();
    const second = sums.mapValues((x) => x + 1).collectAsync();
    while (sc.statusTracker.getActiveStageIds().length === 0) await tick();
    first.cancel();
    await expect(first).rejects.toMatchObject({ code: "JOB_CANCELLED" });
    const rows = await second;
    expect(rows.toSorted(([a], [b]) => a - b)).toEqual([
      [0, 19],
      [1, 23],
      [2, 27],
    ]);
    // What the first job had written of the shuffle was kept.
    const before = made.value;
    expect(before).toBeGreaterThanOrEqual(12);
    expect(await sums.count()).toBe(3);
    expect(made.value).toBe(before);
  });

  test("what handles results on the driver may throw", async () => {
    const rdd = sc.range(0, 10, 1, 4);
    const size = (rows: Iterable<number>): number => [...rows].length;
    const refuse = (): never => {
      throw new RangeError("refused");
    };
    await expect(sc.submitJob(rdd, size, [0, 1, 2], refuse, () => 1)).rejects.toThrow(RangeError);
    const evaluator = { merge: refuse, currentResult: () => 0 };
    const result = sc.runApproximateJob(rdd, size, evaluator, 10_000);
    await expect(result).rejects.toMatchObject({
      code: "JOB_FAILED",
      message: expect.stringMatching(/runApproximateJob at .*refused/) as unknown,
    });
    const silent = sc.addSparkListener(refuse);
    expect(await sc.range(3).count()).toBe(3);
    silent();
  });
});
