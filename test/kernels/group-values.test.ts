import fc from "fast-check";
import { expect, test } from "vitest";
import { buildColumn } from "../../src/column/builder.ts";
import { pairColumn } from "../../src/column/pair.ts";
import { readColumn } from "../../src/column/reader.ts";
import { canGroupValues, groupValues } from "../../src/kernels/group-values.ts";
import { columnOf, type KeyType, RUNS, withBackends } from "./support.ts";

/** [key, values] by first appearance, as a Map has them. */
function model(rows: readonly (readonly [unknown, unknown])[]): [unknown, unknown[]][] {
  const groups = new Map<unknown, [unknown, unknown[]]>();
  for (const [key, value] of rows) {
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [key, [value]]);
    else group[1].push(value);
  }
  return [...groups.values()];
}

const KEYS: Readonly<Record<Exclude<KeyType, "bool">, fc.Arbitrary<unknown>>> = {
  u32: fc.nat({ max: 9 }),
  i32: fc.integer({ min: -4, max: 4 }),
  f64: fc.constantFrom(-0, 0, Number.NaN, 0.5, 1e300),
  i64: fc.bigInt({ min: -3n, max: 3n }),
  u64: fc.bigInt({ min: 2n ** 63n, max: 2n ** 63n + 5n }),
  utf8: fc.constantFrom("", "a", "ab", "eightlet", "eightlets", "longer than nine", "äöü", "a\u0000"),
  dictionary: fc.constantFrom("", "x", "longer than nine", "\u{1f600}"),
};
const VALUES: readonly fc.Arbitrary<unknown>[] = [
  fc.double(),
  fc.boolean(),
  fc.bigInt({ min: -9n, max: 9n }),
  fc.string({ unit: "binary", maxLength: 30 }),
  fc.option(fc.double()),
  fc.option(fc.string({ maxLength: 20 })),
  fc.tuple(fc.string({ maxLength: 3 }), fc.double()),
  fc.array(fc.double(), { maxLength: 3 }),
];

for (const type of Object.keys(KEYS) as (keyof typeof KEYS)[])
  test(`values are listed by ${type} key as in a Map of arrays`, () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...VALUES).chain((value) =>
          fc.array(fc.array(fc.tuple(KEYS[type], value), { minLength: 1, maxLength: 40 }), {
            minLength: 1,
            maxLength: 3,
          }),
        ),
        (batches) => {
          const { js, wasm } = withBackends((c, arena) => {
            const whole = buildColumn(
              batches.flatMap((rows) => rows.map(([, value]) => value)),
              arena,
            );
            const inputs = batches.map((rows) => ({
              keys: columnOf(
                type,
                rows.map(([key]) => key),
                arena,
              ),
              values: buildColumn(
                rows.map(([, value]) => value),
                arena,
              ),
            }));
            const same = inputs.every(
              ({ keys, values }) =>
                JSON.stringify([keys.type, values.type]) ===
                JSON.stringify([inputs[0].keys.type, whole.type]),
            );
            if (!same || !canGroupValues(inputs[0].keys.type)) return null;
            const out = c.heap.arena(arena.segment.id);
            const rows = readColumn(c.heap, pairColumn(groupValues(c, inputs, out)));
            out.release();
            return rows;
          });
          expect(wasm).toEqual(js);
          if (js !== null) expect(js).toEqual(model(batches.flat()));
        },
      ),
      { numRuns: Math.max(20, RUNS) },
    );
  });

test("many groups of many values", () => {
  const n = 200_000;
  const keys = Array.from({ length: n }, (_, i) => `key ${Math.imul(i, 0x9e3779b1) >>> 15}`);
  const { js, wasm } = withBackends((c, arena) => {
    const columns = { keys: buildColumn(keys, arena), values: columnOf("u32", [...keys.keys()], arena) };
    const groups = groupValues(c, [columns], arena);
    return readColumn(c.heap, pairColumn(groups));
  });
  expect(js).toEqual(model(keys.map((key, i) => [key, i])));
  expect(wasm).toEqual(js);
});
