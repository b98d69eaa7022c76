import { describe, expect, it } from "vitest";
import { Context, TaskContext } from "../../src/index.ts";
import { LoneRetries } from "../../src/scheduler/lone-retries.ts";

describe("tasks that ran out of memory", () => {
  it("are tried again one by one, and what waits comes after them", () => {
    const lone = new LoneRetries();
    expect(lone.pending).toBe(false);
    lone.expect();
    lone.expect();
    lone.postpone([7, 8]);
    expect(lone.next()).toEqual([]);
    lone.add(3);
    lone.giveUp();
    expect(lone.next()).toEqual([3]);
    expect(lone.pending).toBe(true);
    expect(lone.next()).toEqual([7, 8]);
    expect(lone.pending).toBe(false);
    expect(lone.next()).toEqual([]);
  });

  it("run beside no other task of their stage", async () => {
    await using sc = await Context.create({ master: "local[3]", memory: "64m" });
    const tasks = await sc
      .range(0, 12, 1, 12)
      .mapPartitions(() => {
        const attempt = TaskContext.get()!.attemptNumber();
        const partition = TaskContext.getPartitionId();
        const start = Date.now();
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 30);
        if (attempt === 0 && partition % 5 === 1) {
          const error = Object.assign(new Error("no memory"), { code: "OUT_OF_MEMORY", place: {} });
          throw Object.defineProperty(error, Symbol.for("gnista.error"), { value: true });
        }
        return [{ partition, attempt, start, end: Date.now() }];
      })
      .collect();
    expect(tasks.map(({ partition }) => partition)).toEqual(Array.from({ length: 12 }, (_, i) => i));
    const again = tasks.filter(({ attempt }) => attempt > 0);
    expect(again.map(({ partition }) => partition)).toEqual([1, 6, 11]);
    for (const one of again)
      for (const other of tasks)
        if (other !== one) expect(other.end <= one.start || other.start >= one.end).toBe(true);
  });
});
