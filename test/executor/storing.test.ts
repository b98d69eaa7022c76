/** What a stored partition takes in memory: what its rows need, not what they were made of. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Context, type RDD, StorageLevel } from "../../src/index.ts";

const ROWS = 300_000;

for (const master of ["local", "local[2]"])
  for (const backend of ["js", "wasm"] as const)
    describe(`the memory of what is persisted: ${master}, ${backend}`, () => {
      let sc: Context;
      beforeAll(async () => {
        sc = await Context.create({ master, backend, memory: "256m" });
      });
      afterAll(() => sc.stop());

      const shapes: readonly (readonly [string, number, (sc: Context) => RDD<unknown>])[] = [
        ["a range", 8 * ROWS, (sc) => sc.range(0, ROWS, 1, 2)],
        ["numbers", 8 * ROWS, (sc) => sc.range(0, ROWS, 1, 2).map((x) => x * 1.5)],
        ["pairs", 16 * ROWS, (sc) => sc.range(0, ROWS, 1, 2).map((x) => [x * 0.5, x * 1.5] as const)],
        [
          "pairs with what they come from",
          16 * ROWS,
          (sc) => sc.range(0, ROWS, 1, 2).map((x) => [x, x * 1.5] as const),
        ],
        ["what a filter leaves", 4 * ROWS, (sc) => sc.range(0, ROWS, 1, 2).filter((x) => x % 2 === 0)],
        ["rows of JavaScript", 8 * ROWS, (sc) => sc.range(0, ROWS, 1, 2).map((x) => Number(`${x}.5`))],
        ["strings", 14 * ROWS, (sc) => sc.range(0, ROWS, 1, 2).map((x) => `row ${1e5 + x}`)],
      ];
      it.each(shapes)("%s", async (_, needed, make) => {
        const rdd = make(sc).persist(StorageLevel.MEMORY_ONLY);
        expect(await rdd.count()).toBe(await make(sc).count());
        const { memory, partitions } = sc.engine.storage(rdd.node);
        expect(partitions).toBe(2);
        // Memory is given out in pieces of some size.
        expect(memory).toBeLessThan(1.35 * needed + 262144);
        expect(await rdd.collect()).toEqual(await make(sc).collect());
        await rdd.unpersist();
      });
    });
