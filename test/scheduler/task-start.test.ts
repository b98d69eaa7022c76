import { describe, expect, it } from "vitest";
import { Context } from "../../src/context.ts";
import type { GnistaEvent } from "../../src/scheduler/events.ts";
import { until } from "./support.ts";

describe("the start of a task", () => {
  it("is published while the task runs, and once", async () => {
    await using sc = await Context.create({ master: "local[2]" });
    const events: GnistaEvent[] = [];
    sc.events.subscribe((event) => events.push(event));
    const gate = new Int32Array(new SharedArrayBuffer(4));
    const shared = sc.broadcast(gate);
    const sum = sc
      .range(0, 4, 1, 4)
      .map((x) => {
        Atomics.wait(shared.value, 0, 0);
        return x;
      })
      .sum();
    const started = (): number => events.filter(({ type }) => type === "taskStart").length;
    await until(() => started() >= 2);
    expect(events.some(({ type }) => type === "taskEnd")).toBe(false);
    expect(sc.statusTracker.getActiveStageIds()).toHaveLength(1);
    const [stage] = sc.statusTracker.getActiveStageIds();
    expect(sc.statusTracker.getStageInfo(stage)?.numActiveTasks).toBe(2);
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    expect(await sum).toBe(6);
    expect(started()).toBe(4);
    for (let partition = 0; partition < 4; partition++) {
      const own = events.filter(
        (event) => (event.type === "taskStart" || event.type === "taskEnd") && event.partition === partition,
      );
      expect(own.map(({ type }) => type)).toEqual(["taskStart", "taskEnd"]);
    }
  });
});
