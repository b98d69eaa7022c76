/** Joins through the public API against a model over arrays: every kind, keys that go through the kernels and keys that do not. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Context, HashPartitioner, RangePartitioner, type RDD } from "../../src/index.ts";
import { testable } from "../backends.ts";

const RUNS = Math.ceil(Number(process.env["GNISTA_TEST_RUNS"] ?? 100) / 5);

type Pairs = readonly (readonly [unknown, unknown])[];
type Kind = "join" | "leftOuterJoin" | "rightOuterJoin" | "fullOuterJoin" | "subtractByKey";
const KINDS: readonly Kind[] = ["join", "leftOuterJoin", "rightOuterJoin", "fullOuterJoin", "subtractByKey"];

function identity(key: unknown): string {
  return JSON.stringify([typeof key, typeof key === "bigint" ? `${key}` : key]);
}

function same(a: unknown, b: unknown): boolean {
  return identity(a) === identity(b);
}

/** In one partition: left rows in order, matches in right order, then right rows without a match. */
function model(left: Pairs, right: Pairs, kind: Kind): unknown[] {
  const rows: unknown[] = [];
  for (const [key, v] of left) {
    const matches = right.filter(([other]) => same(key, other));
    if (kind === "subtractByKey") {
      if (matches.length === 0) rows.push([key, v]);
      continue;
    }
    for (const [, w] of matches) rows.push([key, [v, w]]);
    if (matches.length === 0 && (kind === "leftOuterJoin" || kind === "fullOuterJoin"))
      rows.push([key, [v, null]]);
  }
  if (kind === "rightOuterJoin" || kind === "fullOuterJoin")
    for (const [key, w] of right) if (!left.some(([other]) => same(key, other))) rows.push([key, [null, w]]);
  return rows;
}

const keys: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  integers: fc.integer({ min: -6, max: 6 }),
  strings: fc.constantFrom("", "a", "b", "äöü", "long enough for a heap of bytes"),
  "numbers, some of them fractions": fc.oneof(fc.integer({ min: 0, max: 4 }), fc.constantFrom(0.5, 1.5)),
  tuples: fc.tuple(fc.nat({ max: 2 }), fc.constantFrom("x", "y")),
  "keys of several types, null among them": fc.constantFrom(1, "1", true, null, "a"),
  bigints: fc.bigInt({ min: 0n, max: 5n }).map((n) => n * 2n ** 40n),
};
const value = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true }).filter((x) => !Object.is(x, -0)),
);
const values = fc.constantFrom(
  (v: number): unknown => v,
  (v: number): unknown => `text ${v}`,
  (v: number): unknown => (v > 0 ? v : null),
  (v: number): unknown => [v, { of: "an object" }],
);

for (const { backend, master } of testable([
  { backend: "js", master: "local" },
  { backend: "wasm", master: "local[2]" },
  { backend: "native", master: "local" },
] as const))
  describe(`joins, ${backend} on ${master}`, () => {
    let sc: Context;
    beforeAll(async () => {
      sc = await Context.create({ backend, master });
    });
    afterAll(() => sc.stop());

    function joined(
      left: RDD<[unknown, unknown]>,
      right: RDD<[unknown, unknown]>,
      kind: Kind,
      n: number,
    ): RDD<unknown> {
      switch (kind) {
        case "join":
          return left.join(right, n);
        case "leftOuterJoin":
          return left.leftOuterJoin(right, n);
        case "rightOuterJoin":
          return left.rightOuterJoin(right, n);
        case "fullOuterJoin":
          return left.fullOuterJoin(right, n);
        case "subtractByKey":
          return left.subtractByKey(right, n);
      }
    }

    for (const [name, key] of Object.entries(keys))
      test(`on ${name}`, async () => {
        const side = fc.array(fc.tuple(key, value), { maxLength: 30 });
        await fc.assert(
          fc.asyncProperty(
            side,
            side,
            values,
            values,
            fc.constantFrom(...KINDS),
            fc.integer({ min: 1, max: 4 }),
            async (a, b, f, g, kind, n) => {
              const left = a.map(([k, v]): [unknown, unknown] => [k, f(v)]);
              const right = b.map(([k, v]): [unknown, unknown] => [k, g(v)]);
              const result = joined(sc.parallelize(left, 3), sc.parallelize(right, 2), kind, n);
              const wanted = model(left, right, kind);
              if (n === 1) expect(await result.collect()).toEqual(wanted);
              else {
                // Within a partition the order is that of the model.
                const parts = await result.glom().collect();
                for (const part of parts) {
                  const own = new Set((part as [unknown][]).map(([k]) => identity(k)));
                  const here = (wanted as [unknown][]).filter(([k]) => own.has(identity(k)));
                  expect(part).toEqual(here);
                }
                expect(parts.flat().length).toBe(wanted.length);
              }
            },
          ),
          { numRuns: RUNS },
        );
      });

    for (const [name, key] of Object.entries(keys))
      test(`cogroups on ${name}`, async () => {
        const side = fc.array(fc.tuple(key, value), { maxLength: 30 });
        await fc.assert(
          fc.asyncProperty(side, side, side, values, async (a, b, c, f) => {
            const inputs = [a, b, c].map((rows) => rows.map(([k, v]): [unknown, unknown] => [k, f(v)]));
            const [first, second, third] = inputs.map((rows) => sc.parallelize(rows, 2));
            const wanted = new Map<string, [unknown, unknown[][]]>();
            inputs.forEach((rows, at) => {
              for (const [k, v] of rows) {
                const group = wanted.get(identity(k)) ?? [k, [[], [], []]];
                wanted.set(identity(k), group);
                group[1][at].push(v);
              }
            });
            expect(await first.cogroup(second, third, 1).collect()).toEqual([...wanted.values()]);
          }),
          { numRuns: RUNS },
        );
      });

    test("of sides that lie sorted in the same ranges, merged", async () => {
      const rows = (n: number, step: number): [number, string][] =>
        Array.from({ length: n }, (_, i) => [(i * step) % 101, `${step}:${i}`]);
      const [left, right] = [rows(300, 7), rows(200, 11)];
      const ranges = new RangePartitioner([25, 50, 75]);
      const a = sc.parallelize(left, 3).repartitionAndSortWithinPartitions(ranges);
      const b = sc.parallelize(right, 2).repartitionAndSortWithinPartitions(ranges);
      const order = (pairs: [number, string][]): [number, string][] => pairs.toSorted((p, q) => p[0] - q[0]);
      expect(await a.join(b).collect()).toEqual(model(order(left), order(right), "join"));
      expect(await a.leftOuterJoin(b.filter(([k]) => k % 2 === 0)).collect()).toEqual(
        model(
          order(left),
          order(right).filter(([k]) => k % 2 === 0),
          "leftOuterJoin",
        ),
      );
    });

    test("with a side that is empty, in all partitions or in some", async () => {
      const one = sc.parallelizePairs(Uint32Array.of(1, 2, 3), Float64Array.of(1, 2, 3), 2);
      const none = sc.parallelizePairs(new Uint32Array(0), new Float64Array(0), 2);
      const single = sc.parallelizePairs(Uint32Array.of(2), Float64Array.of(20), 1);
      expect(await one.join(none).collect()).toEqual([]);
      expect(await one.leftOuterJoin(none).sortByKey().collect()).toEqual(
        [1, 2, 3].map((k) => [k, [k, null]]),
      );
      expect(await none.rightOuterJoin(one).sortByKey().collect()).toEqual(
        [1, 2, 3].map((k) => [k, [null, k]]),
      );
      expect(await none.fullOuterJoin(one).sortByKey().collect()).toEqual(
        [1, 2, 3].map((k) => [k, [null, k]]),
      );
      expect(await one.subtractByKey(none).sortByKey().collect()).toEqual([1, 2, 3].map((k) => [k, k]));
      expect(await one.leftOuterJoin(single, new HashPartitioner(5)).sortByKey().collect()).toEqual([
        [1, [1, null]],
        [2, [2, 20]],
        [3, [3, null]],
      ]);
    });

    test("stay when what was joined is gone: persisted, joined again, sorted", async () => {
      const facts = sc.parallelizePairs(
        Uint32Array.from({ length: 5000 }, (_, i) => i % 500),
        Float64Array.from({ length: 5000 }, (_, i) => i),
      );
      const names = sc.parallelize(Array.from({ length: 500 }, (_, i): [number, string] => [i, `name ${i}`]));
      const both = facts.join(names).persist();
      expect(await both.count()).toBe(5000);
      const again = await both
        .mapValues(([v, name]) => `${name} ${v}`)
        .join(names)
        .collect();
      expect(again.length).toBe(5000);
      for (const [k, [text, name]] of again)
        expect(text.startsWith(`${name} `) && name === `name ${k}`).toBe(true);
      await both.unpersist();
    });
  });
