import { expect, test } from "vitest";
import { buildColumn } from "../../src/column/builder.ts";
import { readColumn } from "../../src/column/reader.ts";
import { columnFromTypedArray } from "../../src/column/typed-array.ts";
import type { AggregateKind, KeyedColumns } from "../../src/kernels/aggregate.ts";
import { mergeKind } from "../../src/kernels/aggregate.ts";
import { mergeStringCells, toStringCells, wantsCells } from "../../src/kernels/string-cells.ts";
import { withBackends } from "./support.ts";

const KINDS: Readonly<Record<Exclude<AggregateKind, "mean">, (values: readonly number[]) => number>> = {
  sum: (values) => values.reduce((a, b) => a + b),
  count: (values) => values.length,
  min: (values) => Math.min(...values),
  max: (values) => Math.max(...values),
  first: (values) => values[0],
  last: (values) => values[values.length - 1],
};

/** Words of all lengths, with few and many rows each. */
const words = Array.from({ length: 6000 }, (_, i) =>
  `${"x".repeat(i % 13)}${Math.imul(i, 0x9e3779b1) >>> 21}ä`.slice(i % 3),
);

for (const n of [1, 3, 300])
  test(`groups by cell over two map outputs for ${n} partitions are those of all rows`, () => {
    for (const kind of Object.keys(KINDS) as (keyof typeof KINDS)[]) {
      const { js, wasm } = withBackends((c, arena) => {
        const columns = (from: number, to: number): KeyedColumns => ({
          keys: buildColumn(words.slice(from, to), arena),
          values: columnFromTypedArray(
            Float64Array.from({ length: to - from }, (_, i) => (from + i) % 101),
            arena,
          ),
        });
        const pieces = [
          toStringCells(c, [columns(0, 2000), columns(2000, 2001)], kind, n, arena),
          toStringCells(c, [columns(2001, words.length)], kind, n, arena),
        ];
        const merged: [string, number][][] = [];
        for (let p = 0; p < n; p++) {
          const { keys, values } = mergeStringCells(c, pieces, p, mergeKind(kind), arena);
          const numbers = readColumn(c.heap, values) as number[];
          merged.push((readColumn(c.heap, keys) as string[]).map((key, i) => [key, numbers[i]]));
        }
        return merged;
      }, 512 << 20);
      expect(wasm).toEqual(js);
      const expected = new Map<string, number[]>();
      words.forEach((word, i) => {
        const values = expected.get(word);
        if (values === undefined) expected.set(word, [i % 101]);
        else values.push(i % 101);
      });
      const groups = js.flat();
      expect(groups.length).toBe(expected.size);
      expect(new Map(groups)).toEqual(new Map([...expected].map(([key, all]) => [key, KINDS[kind](all)])));
    }
  });

test("cells are for many distinct strings", () => {
  const { js, wasm } = withBackends((c, arena) => {
    const rows = (length: number, distinct: number): KeyedColumns => {
      const strings = Array.from({ length }, (_, i) => `${(Math.imul(i, 0x9e3779b1) >>> 1) % distinct}`);
      return {
        keys: buildColumn(strings, arena),
        values: columnFromTypedArray(new Float64Array(length), arena),
      };
    };
    const [many, few, part] = [rows(1 << 16, 1 << 19), rows(1 << 16, 1000), rows(1 << 10, 1 << 10)];
    return [[many], [few], [part, many], [few, many]].map((inputs) => wantsCells(c, inputs));
  }, 512 << 20);
  expect(wasm).toEqual(js);
  expect(js).toEqual([true, false, true, false]);
});
