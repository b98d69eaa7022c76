import * as flechette from "@uwdata/flechette";
import * as arrow from "apache-arrow";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ArrowFormat } from "../../src/arrow/write-table.ts";
import { arrowTable } from "../../src/arrow/write-table.ts";
import { buildColumn } from "../../src/column/builder.ts";
import type { Column } from "../../src/column/column.ts";
import { dictionaryFromStrings } from "../../src/column/dictionary.ts";
import { sliceColumn } from "../../src/column/slice.ts";
import { columnFromTypedArray } from "../../src/column/typed-array.ts";
import { SharedHeap } from "../../src/memory/shared-heap.ts";
import { RUNS, readRows, writeRows } from "./support.ts";

const nullable = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { freq: 5 });
const record = (fields: Readonly<Record<string, fc.Arbitrary<unknown>>>) =>
  fc.record(fields, { noNullPrototype: true });
const text = fc.string({ unit: "grapheme", maxLength: 8 });
/** One type a column: what Arrow can hold. */
const values: readonly fc.Arbitrary<unknown>[] = [
  fc.double(),
  fc.boolean(),
  text,
  fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
  fc.bigInt(2n ** 63n, 2n ** 64n - 1n),
  fc.date({ noInvalidDate: true }),
  fc.array(nullable(fc.double()), { maxLength: 12 }),
  fc.array(fc.array(text, { maxLength: 3 }), { minLength: 9, maxLength: 10 }),
  fc.float32Array({ minLength: 4, maxLength: 4 }),
  fc.float64Array({ minLength: 2, maxLength: 2 }),
  fc.uint8Array({ maxLength: 5 }),
  record({ a: nullable(fc.double()), b: nullable(text) }),
  fc.tuple(fc.double(), record({ x: nullable(fc.boolean()) })),
  fc.constant(null),
];
const chunkOf = (row: fc.Arbitrary<unknown>): fc.Arbitrary<unknown[]> =>
  fc.oneof(fc.array(row, { maxLength: 12 }), fc.array(row, { minLength: 7, maxLength: 9 }));
/** Chunks of rows whose columns have one type. */
const chunks: fc.Arbitrary<unknown[][]> = fc
  .oneof(
    fc.constantFrom(...values.filter((_, i) => i < 11 || i === 13)).map(nullable),
    fc
      .array(fc.constantFrom(...values).map(nullable), { minLength: 1, maxLength: 4 })
      .chain((columns) =>
        fc.constantFrom<fc.Arbitrary<unknown>>(
          record(Object.fromEntries(columns.map((column, i) => [`column ${i}`, column]))),
          fc.tuple(...columns),
        ),
      ),
  )
  .chain((row) => fc.array(chunkOf(row), { maxLength: 4 }));
const format = fc.constantFrom<ArrowFormat>("stream", "file");

/** Values as plain ones: arrays (which may have been written as tuples, structs of _1, _2, ...), objects, milliseconds. */
function plain(value: unknown): unknown {
  if (value instanceof Date) return value.getTime();
  if (value instanceof arrow.Vector) return Array.from(value, plain);
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<unknown>);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value instanceof arrow.StructRow ? value.toJSON() : value);
  if (entries.length > 0 && entries.every(([key], i) => key === `_${i + 1}`))
    return entries.map(([, item]) => plain(item));
  return Object.fromEntries(entries.map(([key, item]) => [key, plain(item)]));
}

describe("tables that were written", () => {
  test("come back as the rows that they were", () => {
    fc.assert(
      fc.property(chunks, format, (rows, as) => {
        expect(readRows(writeRows(rows, as)).flat()).toEqual(rows.flat());
      }),
      { numRuns: RUNS * 3 },
    );
  });

  const objects = fc
    .array(fc.constantFrom(...values).map(nullable), { minLength: 1, maxLength: 4 })
    .chain((columns) =>
      fc.array(chunkOf(record(Object.fromEntries(columns.map((column, i) => [`column ${i}`, column])))), {
        minLength: 1,
        maxLength: 3,
      }),
    );

  test("are read by flechette", () => {
    fc.assert(
      fc.property(objects, format, (rows, as) => {
        const table = flechette.tableFromIPC(writeRows(rows, as), { useBigInt: true });
        expect(plain(table.toArray())).toEqual(rows.flat().map(plain));
      }),
      { numRuns: RUNS },
    );
  });

  test("are read by apache-arrow", () => {
    fc.assert(
      fc.property(objects, format, (rows, as) => {
        const table = arrow.tableFromIPC(writeRows(rows, as));
        expect(table.toArray().map(plain)).toEqual(rows.flat().map(plain));
      }),
      { numRuns: RUNS },
    );
  });

  test("have the columns _1, _2 for pairs, and value for other rows", () => {
    const pairs = flechette.tableFromIPC(writeRows([[["a", 1]]]));
    expect(pairs.toArray()).toEqual([{ _1: "a", _2: 1 }]);
    expect(flechette.tableFromIPC(writeRows([[1, 2]])).toArray()).toEqual([{ value: 1 }, { value: 2 }]);
    expect(flechette.tableFromIPC(writeRows([[{ a: 1 }], [null]])).toArray()).toEqual([
      { value: { a: 1 } },
      { value: null },
    ]);
    expect(flechette.tableFromIPC(writeRows([])).toArray()).toEqual([]);
  });
});

/** Arrow data of columns that `make` builds. */
function writeColumns(
  make: (heap: SharedHeap, arena: ReturnType<SharedHeap["arena"]>) => Column[],
): Uint8Array {
  const heap = SharedHeap.create({ limit: 16 << 20 });
  const arena = heap.arena();
  const bytes = arrowTable(heap, make(heap, arena), "file");
  arena.release();
  expect(heap.used).toBe(0);
  return bytes;
}

describe("chunks of different types", () => {
  test("numbers become doubles", () => {
    const bytes = writeColumns((_, arena) => [
      columnFromTypedArray(Int32Array.of(-1, 2), arena),
      columnFromTypedArray(Uint32Array.of(2 ** 32 - 1), arena),
      columnFromTypedArray(Float32Array.of(0.5), arena),
      buildColumn([-0, null, Number.NaN], arena),
    ]);
    expect(readRows(bytes).flat()).toEqual([-1, 2, 2 ** 32 - 1, 0.5, -0, null, Number.NaN]);
    expect(flechette.tableFromIPC(bytes).getChild("value").type).toMatchObject({
      precision: flechette.Precision.DOUBLE,
    });
  });

  test("numbers of one type stay what they are", () => {
    for (const array of [
      Int32Array.of(-1),
      Uint32Array.of(1),
      Float32Array.of(1),
      BigInt64Array.of(1n),
      BigUint64Array.of(1n),
    ]) {
      const bytes = writeColumns((_, arena) => [columnFromTypedArray(array, arena)]);
      const [column] = flechette.tableFromIPC(bytes, { useBigInt: true }).getChild("value").data;
      expect(column.values.constructor).toBe(array.constructor);
    }
  });

  test("bigints share a type when one holds them all", () => {
    expect(readRows(writeRows([[2n ** 64n - 1n], [5n]])).flat()).toEqual([2n ** 64n - 1n, 5n]);
    expect(readRows(writeRows([[-5n], [5n, null]])).flat()).toEqual([-5n, 5n, null]);
    expect(() => writeRows([[2n ** 64n - 1n], [-5n]])).toThrow(/negative bigints and ones of 2\^63/);
  });

  test("dictionaries become one, and plain strings beside them make all plain", () => {
    const words = (strings: string[]) => (heap: SharedHeap, arena: ReturnType<SharedHeap["arena"]>) => {
      const column = dictionaryFromStrings(strings, arena);
      expect(column.type.kind).toBe("dictionary");
      return sliceColumn(heap, column, 1, column.length, arena);
    };
    const [a, b] = [words(["x", "é", "é", "x"]), words(["z", "x", "z", "z", "x"])];
    const merged = writeColumns((heap, arena) => [a(heap, arena), b(heap, arena)]);
    expect(readRows(merged).flat()).toEqual(["é", "é", "x", "x", "z", "z", "x"]);
    expect(flechette.tableFromIPC(merged).getChild("value").type.typeId).toBe(flechette.Type.Dictionary);
    expect(Array.from(arrow.tableFromIPC(merged).getChild("value")!)).toEqual([
      "é",
      "é",
      "x",
      "x",
      "z",
      "z",
      "x",
    ]);
    const mixed = writeColumns((heap, arena) => [
      a(heap, arena),
      buildColumn(["q", null], arena),
      b(heap, arena),
    ]);
    expect(readRows(mixed).flat()).toEqual(["é", "é", "x", "q", null, "x", "z", "z", "x"]);
  });

  test("arrays that had one length in a chunk are lists like the others", () => {
    const rows = [[[1, 2], [3, 4], null], [[5], [], [6, 7, 8]], [[null, 9]]];
    expect(readRows(writeRows(rows)).flat()).toEqual(rows.flat());
  });

  test("slices at odd places are written as they are", () => {
    fc.assert(
      fc.property(chunks, fc.nat(), fc.nat(), ([rows], a, b) => {
        if (rows === undefined || rows.length === 0) return;
        const [from, to] = [a % (rows.length + 1), b % (rows.length + 1)].sort((x, y) => x - y);
        const bytes = writeColumns((heap, arena) => [
          sliceColumn(heap, buildColumn(rows, arena), from, to, arena),
        ]);
        expect(readRows(bytes).flat()).toEqual(rows.slice(from, to));
      }),
      { numRuns: RUNS },
    );
  });
});

describe("what no Arrow type holds is an error that says so", () => {
  test.each([
    [
      "mixed types in a chunk",
      [[1, "a"]],
      /"value" has values that have no Arrow type together \(number, string\)/,
    ],
    ["mixed types in chunks", [[{ a: 1 }], [{ a: "x" }]], /"a" has rows of different types, f64 and utf8/],
    ["undefined", [[{ a: undefined }]], /object with undefined under "a"/],
    ["lone surrogates", [["\ud800"]], /string with a lone surrogate/],
    ["bigints beyond 64 bits", [[2n ** 64n]], /bigint beyond 64 bits/],
    ["invalid dates", [[new Date(Number.NaN)]], /invalid Date/],
    [
      "objects of different keys in a chunk",
      [[{ a: 1 }, { b: 1 }]],
      /object with the keys a, object with the keys b/,
    ],
    ["maps", [[new Map()]], /Map/],
    ["objects of different keys", [[{ a: 1 }], [{ b: 1 }]], /rows of different types/],
  ] as const)("%s", (_, rows, message) => {
    expect(() => writeRows(rows)).toThrow(message);
    expect(() => writeRows(rows)).toThrow(expect.objectContaining({ code: "UNSUPPORTED_OPERATION" }));
  });
});
