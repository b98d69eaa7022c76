/** Rows leave shared memory as their partitions are done, whatever becomes of the job. */
import { expect, test } from "vitest";
import { Context } from "../../src/index.ts";
import { usedAfter } from "../scheduler/support.ts";

test.each(["local", "local[2]"])("more rows than memory holds can be collected on %s", async (master) => {
  await using sc = await Context.create({ master, memory: "16m" });
  const base = sc.engine.heap.used;
  const rows = await sc
    .range(0, 4_000_000, 1, 80)
    .map((x) => x + 0.5)
    .collect();
  expect(rows.length).toBe(4_000_000);
  expect(rows.every((row, i) => row === i + 0.5)).toBe(true);
  expect(await usedAfter(sc, base)).toBe(base);
});

test("a job that fails gives back the rows that came early", async () => {
  await using sc = await Context.create({ master: "local[2]", memory: "64m" });
  const base = sc.engine.heap.used;
  const failing = sc.range(0, 8, 1, 8).mapPartitionsWithIndex((p, rows) => {
    const until = performance.now() + (p === 0 ? 300 : 0);
    while (performance.now() < until);
    if (p === 0) throw new Error("late");
    return rows;
  });
  await expect(failing.collect()).rejects.toThrow("late");
  expect(await usedAfter(sc, base)).toBe(base);
});
