import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Context } from "../../src/context.ts";
import { TESTED } from "../backends.ts";

const runs = Number(process.env["GNISTA_TEST_RUNS"] ?? 100) / 5;

for (const backend of TESTED)
  describe(`combining by key with functions that no kernel knows, ${backend}`, () => {
    it("gives for keys and values of every kind what a Map gives, in its order", async () => {
      await using sc = await Context.create({ master: "local[2]", backend });
      const keys = [
        fc.integer({ min: -3, max: 3 }),
        fc.double({ noDefaultInfinity: true }).map((x) => x + 0),
        fc.constantFrom("a", "é", "", "a longer key than twelve bytes"),
        fc.bigInt({ min: 0n, max: 3n }),
        fc.boolean(),
        fc.tuple(fc.integer({ min: 0, max: 2 }), fc.boolean()),
        fc.oneof(fc.integer({ min: 0, max: 2 }), fc.constantFrom("0", "x", null)),
      ];
      const values = [fc.double(), fc.record({ n: fc.integer(), text: fc.string() }), fc.option(fc.string())];
      await fc.assert(
        fc.asyncProperty(
          fc
            .constantFrom(...keys)
            .chain((key) =>
              fc
                .constantFrom<fc.Arbitrary<unknown>>(...values)
                .chain((value) => fc.array(fc.tuple<[unknown, unknown]>(key, value), { maxLength: 40 })),
            ),
          async (rows) => {
            const text = (x: unknown): string =>
              JSON.stringify(x, (_, v) => (typeof v === "bigint" ? `${v}n` : v));
            const expected = new Map<string, unknown>();
            for (const [key, value] of rows)
              expected.set(text([key]), [...((expected.get(text([key])) as unknown[]) ?? []), value]);
            const lists = sc.parallelize(rows, 2).combineByKey(
              (value) => [value],
              (list: unknown[], value) => {
                list.push(value);
                return list;
              },
              (a, b) => a.concat(b),
              3,
            );
            const found = await lists.collect();
            expect(new Map(found.map(([key, list]) => [text([key]), list]))).toEqual(expected);
            // One partition on both sides: the order of first appearance.
            const ordered = await sc
              .parallelize(rows, 1)
              .aggregateByKey(
                0,
                (n) => n + 1.5,
                (a, b) => a + b,
                1,
              )
              .keys()
              .collect();
            expect(ordered.map((key) => text([key]))).toEqual([...expected.keys()]);
          },
        ),
        { numRuns: runs },
      );
    });

    it("finds what is distinct", async () => {
      await using sc = await Context.create({ master: "local[2]", backend });
      const of = async (rows: unknown[]): Promise<unknown[]> =>
        await sc.parallelize(rows, 3).distinct().collect();
      expect((await of(["b", "a", "b", "é", "a"])).sort()).toEqual(["a", "b", "é"]);
      expect((await of([2, 1, 2, Number.NaN, Number.NaN])).length).toBe(3);
      expect((await of([[1, 2], [1, 2], [1], { a: 1 }, { a: 1 }, null, null, undefined])).length).toBe(5);
    });
  });

it("functions of an aggregation that throw are told from those before them", async () => {
  await using sc = await Context.create({ master: "local[1]" });
  const fail = (): never => {
    throw new Error("not this one");
  };
  const numbers = sc.parallelize([1, 2, 3], 1);
  const mapped = numbers.map((x) => String(x));
  await expect(mapped.aggregate<string>("", fail, (a) => a)).rejects.toThrow(/aggregate at .*not this one/s);
  await expect(
    numbers.map(fail).aggregate(
      0,
      (a) => a,
      (a) => a,
    ),
  ).rejects.toThrow(/map at .*not this one/s);
  await expect(mapped.reduce(fail)).rejects.toThrow(/reduce at .*not this one/s);
  expect(
    await numbers.aggregate(
      [0],
      (a, x) => [a[0] + x],
      (a, b) => [a[0] + b[0]],
    ),
  ).toEqual([6]);
});
