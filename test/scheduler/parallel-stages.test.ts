import { expect, it } from "vitest";
import { Context, type RDD } from "../../src/index.ts";

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
  const pairs = (tasks: number, of: (x: number) => number): RDD<[number, number]> =>
    sc
      .range(0, tasks, 1, tasks)
      .map((x) => [x, of(x)] as [number, number])
      .reduceByKey((a, b) => a + b);
  const failing = pairs(1, () => {
    throw new Error("no");
  });
  const slow = pairs(20, (x) => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    return x;
  });
  await expect(slow.join(failing).count()).rejects.toThrow("no");
  await ended;
  expect(outcomes).toEqual(["failed", "cancelled"]);
});
