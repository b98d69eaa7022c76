/** Random programs on random data give what plain arrays give, and the same rows in the same order on every backend and number of workers. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Context } from "../../src/index.ts";
import { testable } from "../backends.ts";
import { starts, steps, tables } from "./arbitrary-programs.ts";
import { build, identity, plan, tableModel } from "./programs.ts";

const RUNS = Number(process.env["GNISTA_TEST_RUNS"] ?? 100);
const SETUPS = testable([
  { master: "local", backend: "js" },
  { master: "local", backend: "wasm" },
  { master: "local[2]", backend: "js" },
  { master: "local[2]", backend: "wasm" },
  { master: "local[2]", backend: "native" },
] as const);

describe("random programs", () => {
  const contexts: Context[] = [];
  beforeAll(async () => {
    for (const setup of SETUPS) contexts.push(await Context.create({ ...setup, memory: "256m" }));
  });
  afterAll(async () => {
    for (const sc of contexts) await sc.stop();
  });

  test("give what plain arrays give", async () => {
    await fc.assert(
      fc.asyncProperty(starts, tables, steps, async (start, data, program) => {
        const { operations, model } = plan(tableModel(start, data[start]), data, program);
        const results: unknown[][] = [];
        for (const sc of contexts) {
          const rdd = build(sc, start, data, operations);
          const rows = await rdd.collect();
          results.push(rows);
          expect(await rdd.count()).toBe(rows.length);
        }
        const [rows, ...others] = results;
        for (const other of others) expect(other).toEqual(rows);
        if (model.ordered) expect(rows.map(identity)).toEqual(model.rows.map(identity));
        else expect(rows.map(identity).sort()).toEqual(model.rows.map(identity).sort());
      }),
      { numRuns: RUNS },
    );
  });
});
