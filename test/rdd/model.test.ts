/** Random programs on random data give what plain arrays give, and the same rows in the same order on every backend and number of workers. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Context } from "../../src/index.ts";
import { build, identity, type Kind, plan, type Tables } from "./programs.ts";

const RUNS = Number(process.env["GNISTA_TEST_RUNS"] ?? 100);
const SETUPS = [
  { master: "local", backend: "js" },
  { master: "local", backend: "wasm" },
  { master: "local[2]", backend: "js" },
  { master: "local[2]", backend: "wasm" },
] as const;

const key = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -3, max: 6 }) },
  { weight: 3, arbitrary: fc.constantFrom("", "a", "b", "aa", "\u{1f600}", "\ud800", "1") },
  fc.constantFrom(null, undefined, true, false, Number.NaN, -0, 0.5, 2 ** 40, 1n, 2n ** 70n),
  fc.tuple(fc.integer({ min: 0, max: 1 }), fc.constantFrom("x", "y")),
  fc.record({ id: fc.integer({ min: 0, max: 2 }) }),
  fc.constantFrom(new Date(0), new Date(1e12)),
);
const uniformKey = fc.oneof(
  fc.constant(fc.integer({ min: -3, max: 6 })),
  fc.constant(fc.constantFrom("", "a", "b", "aa", "c")),
  fc.constant(fc.double({ noNaN: true, min: -2, max: 2 })),
  fc.constant(key),
);
const value = fc.integer({ min: -100, max: 1000 });
const numbers = fc.oneof(
  fc.array(value, { maxLength: 40 }),
  fc.array(fc.oneof(value, fc.constantFrom(0.25, -0, Number.NaN, 1e300, Number.POSITIVE_INFINITY)), {
    maxLength: 40,
  }),
);
const slices = fc.integer({ min: 1, max: 5 });
const tables: fc.Arbitrary<Tables> = fc.record({
  number: fc.record({ rows: numbers, slices }),
  mixed: fc.record({ rows: fc.array(key, { maxLength: 30 }), slices }),
  pair: fc.record({
    rows: uniformKey.chain((keys) => fc.array(fc.tuple(keys, value), { maxLength: 30 })),
    slices,
  }),
});
const steps = fc.array(fc.record({ op: fc.nat(1000), n: fc.integer({ min: 1, max: 5 }) }), {
  minLength: 1,
  maxLength: 6,
});

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
      fc.asyncProperty(
        fc.constantFrom<Kind>("number", "mixed", "pair"),
        tables,
        steps,
        async (start, data, program) => {
          const { operations, model } = plan(start, data, program);
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
        },
      ),
      { numRuns: RUNS },
    );
  });
});
