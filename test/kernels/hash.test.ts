import fc from "fast-check";
import { expect, test } from "vitest";
import { hashValue } from "../../src/column/hash-value.ts";
import { hashColumn } from "../../src/kernels/hash.ts";
import { columnOf, type KeyType, RUNS, withBackends } from "./support.ts";

const VALUES: Readonly<Record<KeyType, fc.Arbitrary<unknown>>> = {
  u32: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  i32: fc.integer(),
  f64: fc.oneof(
    fc.double(),
    fc.constantFrom(-0, 2 ** 31, 2 ** 32, 2 ** 32 - 1, -(2 ** 31), -(2 ** 31) - 1, Number.NaN),
  ),
  i64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  u64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  bool: fc.boolean(),
  utf8: fc.string({ unit: "binary", maxLength: 50 }),
  dictionary: fc.constantFrom("a", "äöü", "\u{1f600}x", ""),
};

for (const type of Object.keys(VALUES) as KeyType[])
  test(`the hash of a ${type} column is that of its values`, () => {
    fc.assert(
      fc.property(fc.array(VALUES[type], { maxLength: 40 }), (values) => {
        const { js, wasm } = withBackends((c, arena) => {
          const column = columnOf(type, values, arena);
          const ptr = hashColumn(c, column, arena);
          return Array.from(arena.segment.i32.subarray(ptr / 4, ptr / 4 + values.length));
        }, 4 << 20);
        expect(wasm).toEqual(values.map(hashValue));
        expect(js).toEqual(wasm);
      }),
      { numRuns: Math.max(10, Math.ceil(RUNS / 2)) },
    );
  });
