import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Context, TaskContext } from "../../src/index.ts";

describe.each(["local", "local[2]"])("the context of a task on %s", (master) => {
  let sc: Context;
  beforeAll(async () => {
    sc = await Context.create({ master, memory: "128m" });
  });
  afterAll(() => sc.stop());

  test("says which attempt at which task of which stage it is", async () => {
    const attempts = await sc
      .parallelize([1, 2, 3, 4], 4)
      .mapPartitions(() => {
        const context = TaskContext.get()!;
        if (context.partitionId() === 2 && context.attemptNumber() < 2) throw new Error("not yet");
        return [{ n: context.attemptNumber(), id: context.taskAttemptId(), stage: context.stageId() }];
      })
      .collect();
    expect(attempts.map(({ n }) => n)).toEqual([0, 0, 2, 0]);
    expect(new Set(attempts.map(({ id }) => id)).size).toBe(4);
    expect(new Set(attempts.map(({ stage }) => stage)).size).toBe(1);
    expect([TaskContext.get(), TaskContext.getPartitionId()]).toEqual([null, 0]);
  });

  test("calls listeners when the task ends, last first, all of them", async () => {
    const ended = sc.collectionAccumulator<string>();
    const rows = await sc
      .parallelize([1], 1)
      .mapPartitions((all) => {
        const context = TaskContext.get()!;
        context
          .addTaskCompletionListener((c) => ended.add(`first ${c.isCompleted()} ${c.isFailed()}`))
          .addTaskCompletionListener(() => ended.add("second"))
          .addTaskFailureListener(() => ended.add("never"));
        return all.map((x) => x + (context.isCompleted() ? 100 : 0));
      })
      .collect();
    expect(rows).toEqual([1]);
    expect(ended.value).toEqual(["second", "first true false"]);
  });

  test("calls listeners of failures with what was thrown, then those of the end", async () => {
    const seen = new Int32Array(new SharedArrayBuffer(8));
    const failing = sc.parallelize([1], 1).map((x) => {
      TaskContext.get()!
        .addTaskCompletionListener((c) => {
          if (c.isFailed() && seen[0] > seen[1]) seen[1]++;
        })
        .addTaskFailureListener((_c, error) => {
          if ((error as Error).message === "no") seen[0]++;
        });
      if (x === 1) throw new Error("no");
      return x;
    });
    await expect(failing.count()).rejects.toThrow(/failed 4 times: Error: no/);
    expect([...seen]).toEqual([4, 4]);
  });

  test("fails a task whose completion listener throws", async () => {
    const failing = sc.parallelize([1], 1).mapPartitions((rows) => {
      TaskContext.get()!.addTaskCompletionListener(() => {
        throw new Error("cannot close");
      });
      return rows;
    });
    await expect(failing.count()).rejects.toThrow(/cannot close/);
    expect(await sc.range(3).count()).toBe(3);
  });

  test("counts what the task has read", async () => {
    const read = await sc
      .range(0, 10, 1, 2)
      .mapPartitions((rows) => [[...rows].length, TaskContext.get()!.taskMetrics().rowsRead])
      .collect();
    expect(read).toEqual([5, 5, 5, 5]);
  });
});
