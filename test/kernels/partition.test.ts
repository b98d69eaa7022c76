import fc from "fast-check";
import { expect, test } from "vitest";
import { hashValue, nonNegativeMod } from "../../src/column/hash-value.ts";
import { pairColumn } from "../../src/column/pair.ts";
import { readColumn } from "../../src/column/reader.ts";
import { partitionByHash, partitionByIndex } from "../../src/kernels/partition.ts";
import { columnOf, type KeyType, RUNS, withBackends } from "./support.ts";

const KEYS: Readonly<Record<KeyType, fc.Arbitrary<unknown>>> = {
  u32: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  i32: fc.integer(),
  f64: fc.oneof(fc.double({ noNaN: true }), fc.integer(), fc.constantFrom(0, Number.NaN)),
  i64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  u64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  bool: fc.boolean(),
  utf8: fc.string({ unit: "binary", maxLength: 20 }),
  dictionary: fc.constantFrom("a", "b", "äöü"),
};

for (const type of Object.keys(KEYS) as KeyType[])
  test(`${type} keys: rows in partition order, stable`, () => {
    fc.assert(
      fc.property(fc.array(KEYS[type], { maxLength: 70 }), fc.integer({ min: 1, max: 40 }), (keys, n) => {
        const { js, wasm } = withBackends((c, arena) => {
          const column = pairColumn({
            keys: columnOf(type, keys, arena),
            values: columnOf(
              "f64",
              keys.map((_, i) => i),
              arena,
            ),
          });
          const { column: placed, offsets } = partitionByHash(c, column, column.children[0], n, arena);
          const rows = readColumn(c.heap, placed);
          return Array.from({ length: n }, (_, p) => rows.slice(offsets[p], offsets[p + 1]));
        }, 4 << 20);
        const expected = Array.from({ length: n }, (_, p) =>
          keys.map((key, i) => [key, i]).filter(([key]) => nonNegativeMod(hashValue(key), n) === p),
        );
        expect(wasm).toEqual(expected);
        expect(js).toEqual(expected);
      }),
      { numRuns: Math.max(10, Math.ceil(RUNS / 4)) },
    );
  });

test("given indices: every column type moves with its row, empty partitions stay empty", () => {
  const rows = [
    ["a", 1],
    ["b", null],
    ["c", 3],
    ["", 4],
  ];
  const { js, wasm } = withBackends((c, arena) => {
    const column = columnOf("utf8", rows, arena);
    const ids = arena.allocate(16);
    arena.segment.u32.set([3, 0, 3, 0], ids / 4);
    const { column: placed, offsets } = partitionByIndex(c, column, ids, 5, arena);
    return { rows: readColumn(c.heap, placed), offsets: Array.from(offsets) };
  }, 4 << 20);
  expect(wasm).toEqual({
    rows: [
      ["b", null],
      ["", 4],
      ["a", 1],
      ["c", 3],
    ],
    offsets: [0, 2, 2, 2, 4, 4],
  });
  expect(js).toEqual(wasm);
});
