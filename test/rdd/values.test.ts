/** Any value that goes into an RDD comes out equal: from memory, through blocks that are kept, through shuffles, and as part of pairs. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Context } from "../../src/index.ts";
import { testable } from "../backends.ts";
import { anyValue, difference, mixedRows, RUNS, rowsOfOneShape } from "../column/values.ts";

const rows = fc.oneof(
  mixedRows,
  rowsOfOneShape(1).map(([list]) => list),
);

describe.each(
  testable([
    { master: "local", backend: "js" },
    { master: "local[2]", backend: "wasm" },
    { master: "local[1]", backend: "native" },
  ] as const),
)("values on $master in $backend", (setup) => {
  let sc: Context;
  beforeAll(async () => {
    sc = await Context.create({ ...setup, memory: "256m" });
  });
  afterAll(() => sc.stop());

  test("are collected, kept and taken as they were", async () => {
    await fc.assert(
      fc.asyncProperty(rows, fc.integer({ min: 1, max: 4 }), async (list, slices) => {
        const rdd = sc.parallelize(list as string[], slices);
        expect(difference(list, await rdd.collect())).toBe(null);
        const kept = rdd.map((x) => x).persist();
        expect(difference(list, await kept.collect())).toBe(null);
        expect(difference(list, await kept.collect())).toBe(null);
        expect(difference(list.slice(0, 3), await kept.take(3))).toBe(null);
        kept.unpersist();
      }),
      { numRuns: Math.ceil(RUNS / 2) },
    );
  });

  test("go through shuffles as values and as keys", async () => {
    await fc.assert(
      fc.asyncProperty(rows, fc.integer({ min: 1, max: 4 }), async (list, slices) => {
        const pairs = list.map((value, i) => [i, value] as [number, unknown]);
        const moved = await sc.parallelize(pairs, slices).partitionBy(3).collect();
        expect(
          difference(
            pairs,
            moved.sort(([a], [b]) => a - b),
          ),
        ).toBe(null);
        const keyed = await sc
          .parallelize(
            pairs.map(([i, value]) => [value, i] as [unknown, number]),
            slices,
          )
          .partitionBy(2)
          .collect();
        expect(
          difference(
            pairs,
            keyed
              .map(([value, i]) => [i, value] as const)
              .sort(([a], [b]) => a - b)
              .map((pair) => [...pair]),
          ),
        ).toBe(null);
        expect(
          difference(
            list,
            await sc
              .parallelize(list as string[], slices)
              .repartition(1)
              .collect()
              .then((got) => inOrder(list, got)),
          ),
        ).toBe(null);
      }),
      { numRuns: Math.ceil(RUNS / 2) },
    );
  });

  test("meet in joins: what has no partner is null, and the rest is as it was", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyValue, { maxLength: 6 }),
        fc.array(anyValue, { maxLength: 6 }),
        async (left, right) => {
          const side = (values: readonly unknown[]) =>
            sc.parallelize(
              values.map((value, i) => [i, value] as [number, unknown]),
              2,
            );
          const joined = (await side(left).fullOuterJoin(side(right), 2).collect()) as [
            number,
            [unknown, unknown],
          ][];
          const expected = Array.from({ length: Math.max(left.length, right.length) }, (_, i) => [
            i,
            [i < left.length ? left[i] : null, i < right.length ? right[i] : null],
          ]);
          const missing = (value: unknown): unknown => value ?? null;
          const plain = joined.sort(([a], [b]) => a - b).map(([i, [l, r]]) => [i, [missing(l), missing(r)]]);
          expect(
            difference(
              expected.map(([i, sides]) => [i, (sides as unknown[]).map(missing)]),
              plain,
            ),
          ).toBe(null);
        },
      ),
      { numRuns: Math.ceil(RUNS / 2) },
    );
  });
});

/** Rows that were dealt out, in the order of those that went in. */
function inOrder(given: readonly unknown[], got: readonly unknown[]): unknown[] {
  const rest = [...got];
  return given.map((value) => {
    const at = rest.findIndex((other) => difference(value, other) === null);
    return at < 0 ? Symbol("missing") : rest.splice(at, 1)[0];
  });
}
