import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Context, TaskContext } from "../src/index.ts";

describe.each(["local", "local[2]"])("broadcasts on %s", (master) => {
  let sc: Context;
  beforeAll(async () => {
    sc = await Context.create({ master });
  });
  afterAll(() => sc.stop());

  it("are sent again after unpersist, whoever has dropped them", async () => {
    const value = sc.broadcast({ list: [1, 2, 3] });
    const use = (): Promise<number[]> =>
      sc
        .range(0, 4, 1, 4)
        .map((i) => value.value.list[i % 3])
        .collect();
    expect(await use()).toEqual([1, 2, 3, 1]);
    await value.unpersist(true);
    expect(await use()).toEqual([1, 2, 3, 1]);
    value.unpersist();
    value.unpersist();
    expect(await use()).toEqual([1, 2, 3, 1]);
    expect(value.value.list).toEqual([1, 2, 3]);
  });

  it("cannot be used after destroy, here or in tasks, and may be destroyed twice", async () => {
    const value = sc.broadcast(5);
    const fives = sc.range(0, 3, 1, 2).map(() => value.value);
    expect(await fives.collect()).toEqual([5, 5, 5]);
    await value.destroy(true);
    await value.destroy(true);
    expect(() => value.value).toThrow(expect.objectContaining({ code: "UNSUPPORTED_OPERATION" }));
    await expect(fives.collect()).rejects.toMatchObject({ code: "UNSUPPORTED_OPERATION" });
  });

  it("stay for a stage that runs, for tasks that are tried again and for those that have not begun", async () => {
    for (const drop of ["unpersist", "destroy"] as const) {
      const value = sc.broadcast("kept");
      const begun = new Promise<void>((resolve) => {
        const stop = sc.events.subscribe((event) => {
          if (event.type !== "taskEnd") return;
          stop();
          value[drop]();
          resolve();
        });
      });
      const rows = sc.range(0, 12, 1, 12).mapPartitions(() => {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
        const { value: held } = value;
        if (TaskContext.get()!.attemptNumber() === 0) throw new Error("again");
        return [held];
      });
      expect(await rows.collect()).toEqual(new Array(12).fill("kept"));
      await begun;
    }
  });
});

describe("accumulators in actions count once a task", () => {
  it("whatever is tried again: tasks that throw, workers that die, lost cached partitions", async () => {
    await using sc = await Context.create({ master: "local[2]" });
    const counted = sc.longAccumulator();
    const deaths = new Int32Array(new SharedArrayBuffer(4));
    await sc.range(0, 8, 1, 8).foreach((x) => {
      counted.add(1);
      if (TaskContext.get()!.attemptNumber() > 0) return;
      if (x === 3) throw new Error("again");
      if (x === 5 && Atomics.add(deaths, 0, 1) === 0) process.exit(1);
    });
    expect(counted.value).toBe(8);
  });
});
