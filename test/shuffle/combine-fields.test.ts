import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Context } from "../../src/context.ts";
import { TESTED } from "../backends.ts";

const runs = Number(process.env["GNISTA_TEST_RUNS"] ?? 100) / 5;

type Triple = [number, number, number];
type Merge = (a: Triple, b: Triple) => Triple;

/** What reduceByKey promises: each partition left to right, then the partitions in order. */
function reduced<K>(parts: readonly (readonly [K, Triple])[][], merge: Merge): Map<K, Triple> {
  const all = new Map<K, Triple>();
  for (const part of parts) {
    const some = new Map<K, Triple>();
    for (const [key, value] of part) some.set(key, some.has(key) ? merge(some.get(key)!, value) : value);
    for (const [key, value] of some) all.set(key, all.has(key) ? merge(all.get(key)!, value) : value);
  }
  return all;
}

for (const backend of TESTED)
  describe(`tuples by key, ${backend}`, () => {
    it("are combined field by field as the function would", async () => {
      await using sc = await Context.create({ master: "local[2]", backend });
      const number = fc.oneof(fc.double(), fc.constantFrom(-0, 0, 1, 0.1, Number.NaN));
      const key = fc.oneof(fc.constantFrom(-0, 0, 1, 2.5), fc.integer({ min: -5, max: 5 }));
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(key, fc.tuple(number, number, number)), { maxLength: 40 }),
          fc.boolean(),
          async (rows, words) => {
            const pairs = rows.map(([k, v]) => [words ? `key ${k}` : k + 0, v] as [string | number, Triple]);
            const middle = Math.floor(pairs.length / 2);
            const parts = [pairs.slice(0, middle), pairs.slice(middle)];
            const rdd = sc.parallelize(pairs, 2);
            const sums = rdd.reduceByKey(([a, b], [d, e, f]) => [a + d, Math.max(b, e), f], 3);
            expect(new Map(await sums.collect())).toEqual(
              reduced(parts, ([a, b], [d, e, f]) => [a + d, Math.max(b, e), f]),
            );
            const others = rdd.reduceByKey((a, b) => [Math.min(a[0], b[0]), a[1], b[2] + a[2]], 2);
            expect(new Map(await others.collect())).toEqual(
              reduced(parts, (a, b) => [Math.min(a[0], b[0]), a[1], b[2] + a[2]]),
            );
          },
        ),
        { numRuns: runs },
      );
    });

    it("are the function's where they are no numbers, or more or fewer than it returns", async () => {
      await using sc = await Context.create({ master: "local[2]", backend });
      const add = (a: unknown[], b: unknown[]) => [
        (a[0] as number) + (b[0] as number),
        (a[1] as number) + (b[1] as number),
      ];
      const sum = async (values: readonly unknown[][]): Promise<unknown> =>
        (
          await sc
            .parallelize(values, 1)
            .keyBy(() => 1)
            .reduceByKey(add as never)
            .collect()
        )[0];
      expect(
        await sum([
          [1, 2, 3],
          [4, 5, 6],
        ]),
      ).toEqual([1, [5, 7]]);
      expect(await sum([[1, 2, 3]])).toEqual([1, [1, 2, 3]]);
      expect(
        await sum([
          ["a", 2],
          ["b", 5],
        ]),
      ).toEqual([1, ["ab", 7]]);
      expect(
        await sum([
          [1, null],
          [2, 5],
        ]),
      ).toEqual([1, [3, 5]]);
      expect(await sum([[1, 2], [3, 4], [5]])).toEqual([1, [9, Number.NaN]]);
    });
  });
