import { Buffer } from "node:buffer";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readColumn, readTyped } from "../../src/column/reader.ts";
import { sliceColumn } from "../../src/column/slice.ts";
import { columnFromTypedArray } from "../../src/column/typed-array.ts";
import { type AggregateKind, aggregateByKey, canAggregate } from "../../src/kernels/aggregate.ts";
import { columnOf, type KeyType, RUNS, withBackends } from "./support.ts";

const KINDS: readonly AggregateKind[] = ["sum", "count", "min", "max", "mean", "first", "last"];

/** What grouping means: a Map, values merged in row order. */
function model(
  keys: readonly unknown[],
  values: readonly number[],
  kind: AggregateKind,
): Map<unknown, number> {
  const groups = new Map<unknown, number[]>();
  keys.forEach((key, i) => {
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [values[i]]);
    else group.push(values[i]);
  });
  const merge = {
    sum: (v: number[]) => v.reduce((a, b) => a + b),
    count: (v: number[]) => v.length,
    min: (v: number[]) => v.reduce((a, b) => Math.min(a, b)),
    max: (v: number[]) => v.reduce((a, b) => Math.max(a, b)),
    mean: (v: number[]) => v.reduce((a, b) => a + b) / v.length,
    first: (v: number[]) => v[0],
    last: (v: number[]) => v[v.length - 1],
  }[kind];
  return new Map([...groups].map(([key, group]) => [key, merge(group)]));
}

function run(
  keyType: KeyType,
  valueType: "f64" | "f32" | "i32" | "u32",
  batches: readonly { readonly keys: readonly unknown[]; readonly values: readonly number[] }[],
  kind: AggregateKind,
): [unknown, number][] {
  const { js, wasm } = withBackends((c, arena) => {
    const inputs = batches.map(({ keys, values }) => ({
      keys: columnOf(keyType, keys, arena),
      values: columnOf(valueType, values, arena),
    }));
    expect(canAggregate(inputs[0].keys.type, inputs[0].values.type, kind)).toBe(true);
    const out = c.heap.arena(arena.segment.id);
    const { keys, values } = aggregateByKey(c, inputs, kind, out);
    const names = readColumn(c.heap, keys);
    const numbers = readColumn(c.heap, values) as number[];
    out.release();
    return names.map((name, i): [unknown, number] => [name, numbers[i]]);
  });
  expect(wasm).toEqual(js);
  return js;
}

const VALUES = fc.oneof(
  fc.double({ noNaN: false }),
  fc.constantFrom(-0, 0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  fc.integer({ min: -50, max: 50 }),
);
const KEYS: Readonly<Record<Exclude<KeyType, "dictionary">, fc.Arbitrary<unknown>>> = {
  u32: fc.oneof(fc.nat({ max: 20 }), fc.integer({ min: 2 ** 31 - 3, max: 2 ** 31 + 3 })),
  i32: fc.oneof(fc.integer({ min: -10, max: 10 }), fc.integer()),
  f64: fc.oneof(
    fc.constantFrom(-0, 0, Number.NaN, 0.5, Number.POSITIVE_INFINITY),
    fc.double(),
    fc.integer({ min: 0, max: 9 }),
  ),
  i64: fc.oneof(fc.bigInt({ min: -5n, max: 5n }), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  u64: fc.oneof(fc.bigInt({ min: 0n, max: 5n }), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
  bool: fc.boolean(),
  utf8: fc.oneof(
    fc.constantFrom("", "a", "b", "äöü", "\u{1f600}", "a\u0000"),
    fc.string({ unit: "binary", maxLength: 40 }),
  ),
};

for (const type of Object.keys(KEYS) as (keyof typeof KEYS)[])
  test(`groups by ${type} as a Map does, in every aggregate`, () => {
    const row = fc.tuple(KEYS[type], VALUES);
    fc.assert(
      fc.property(
        fc.array(fc.array(row, { maxLength: 40 }), { minLength: 1, maxLength: 3 }),
        fc.constantFrom(...KINDS),
        (batches, kind) => {
          const columns = batches.map((rows) => ({
            keys: rows.map((r) => r[0]),
            values: rows.map((r) => r[1]),
          }));
          const expected = model(
            columns.flatMap(({ keys }) => keys),
            columns.flatMap(({ values }) => values),
            kind,
          );
          const groups = run(type, "f64", columns, kind);
          expect(groups.length).toBe(expected.size);
          expect(new Map(groups)).toEqual(expected);
        },
      ),
      { numRuns: Math.max(10, Math.ceil(RUNS / 2)) },
    );
  });

test("dictionaries with different strings are grouped by their strings", () => {
  const words = fc.array(fc.constantFrom("a", "b", "c", "d", "e"), { minLength: 12, maxLength: 60 });
  fc.assert(
    fc.property(words, words, fc.constantFrom(...KINDS), (left, right, kind) => {
      const batches = [left, right].map((keys) => ({ keys, values: keys.map((_, i) => i * 0.25 - 3) }));
      const expected = model(
        [...left, ...right],
        batches.flatMap(({ values }) => values),
        kind,
      );
      expect(new Map(run("dictionary", "f64", batches, kind))).toEqual(expected);
    }),
    { numRuns: Math.max(10, Math.ceil(RUNS / 4)) },
  );
});

test("values of every number type", () => {
  for (const type of ["f32", "i32", "u32"] as const)
    for (const kind of KINDS) {
      const keys = Array.from({ length: 40_000 }, (_, i) => (i * 7) % 13);
      const values = keys.map((_, i) => (type === "u32" ? i : i - 20_000));
      expect(new Map(run("u32", type, [{ keys, values }], kind))).toEqual(model(keys, values, kind));
    }
});

test("many groups, dense and hashed, in every aggregate", () => {
  const n = 200_000;
  const dense = Uint32Array.from({ length: n }, (_, i) => Math.imul(i, 0x9e3779b1) >>> 12);
  const sparse = dense.map((key) => Math.imul(key, 4099));
  const values = Float64Array.from(dense, (_, i) => i / 3);
  for (const kind of KINDS)
    for (const keys of [dense, sparse]) {
      const { js, wasm } = withBackends((c, arena) => {
        const inputs = [
          { keys: columnFromTypedArray(keys, arena), values: columnFromTypedArray(values, arena) },
        ];
        const groups = aggregateByKey(c, inputs, kind, arena);
        return [readTyped(c.heap, groups.keys), readTyped(c.heap, groups.values)] as Float64Array[];
      });
      expect(wasm.every((column, i) => Buffer.from(column.buffer).equals(Buffer.from(js[i].buffer)))).toBe(
        true,
      );
      const expected = model([...keys], [...values], kind);
      expect(js[0].length).toBe(expected.size);
      expect(js[0].every((key, i) => expected.get(key) === js[1][i])).toBe(true);
    }
});

test("dense groups come out in ascending order, hashed ones by first appearance", () => {
  const keys = [5, 3, 9, 3];
  const values = [1, 2, 3, 4];
  expect(run("i32", "f64", [{ keys, values }], "sum")).toEqual([
    [3, 6],
    [5, 1],
    [9, 3],
  ]);
  expect(run("f64", "f64", [{ keys, values }], "sum")).toEqual([
    [5, 1],
    [3, 6],
    [9, 3],
  ]);
});

test("no rows, one row, all rows in one group, one heavy group", () => {
  for (const kind of KINDS) {
    expect(run("u32", "f64", [{ keys: [], values: [] }], kind)).toEqual([]);
    expect(run("utf8", "f64", [{ keys: ["x"], values: [2] }], kind)).toEqual([
      ["x", kind === "count" ? 1 : 2],
    ]);
    const same = new Array<number>(1001).fill(7);
    const skewed = same.map((key, i) => (i % 100 === 0 ? i : key));
    const values = same.map((_, i) => i + 0.5);
    for (const keys of [same, skewed])
      expect(new Map(run("u32", "f64", [{ keys, values }], kind))).toEqual(model(keys, values, kind));
  }
});

test("a group of nothing but the identity of its aggregate is still a group", () => {
  const cases: [AggregateKind, number][] = [
    ["sum", -0],
    ["min", Number.POSITIVE_INFINITY],
    ["max", Number.NEGATIVE_INFINITY],
  ];
  for (const [kind, identity] of cases)
    expect(run("u32", "f64", [{ keys: [4, 2, 4], values: [identity, identity, identity] }], kind)).toEqual([
      [2, identity],
      [4, identity],
    ]);
});

test("few rows of a large dictionary keep their strings", () => {
  const distinct = Array.from({ length: 70_000 }, (_, i) => `word ${i}`);
  const { js, wasm } = withBackends((c, arena) => {
    const all = columnOf("dictionary", [...distinct, ...distinct], arena);
    const keys = sliceColumn(c.heap, all, 69_998, 70_004, arena);
    const values = columnOf("f64", [1, 2, 3, 4, 5, 6], arena);
    const groups = aggregateByKey(c, [{ keys, values }], "sum", arena);
    return readColumn(c.heap, groups.keys).map((key, i) => [key, readColumn(c.heap, groups.values)[i]]);
  });
  expect(js).toEqual(wasm);
  expect(js).toEqual([
    ["word 69998", 1],
    ["word 69999", 2],
    ["word 0", 3],
    ["word 1", 4],
    ["word 2", 5],
    ["word 3", 6],
  ]);
});
