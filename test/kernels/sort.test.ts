/** Sorting in both backends against a stable sort of plain values by compareValues. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildColumn } from "../../src/column/builder.ts";
import type { Column } from "../../src/column/column.ts";
import { compareValues } from "../../src/column/equality.ts";
import { withoutLasting } from "../../src/column/own-dictionaries.ts";
import { pairColumn } from "../../src/column/pair.ts";
import { readColumn } from "../../src/column/reader.ts";
import { createCompute } from "../../src/kernels/create-compute.ts";
import { imageKind, imageOf, keyOfImage } from "../../src/kernels/key-image.ts";
import { unpackPairs } from "../../src/kernels/packed-pairs.ts";
import { makeGrid } from "../../src/kernels/range-grid.ts";
import { partitionByRange, rangeIndices } from "../../src/kernels/range-partition.ts";
import { sortByKey } from "../../src/kernels/sort.ts";
import { SharedHeap } from "../../src/memory/shared-heap.ts";
import { RangePartitioner } from "../../src/plan/partitioner.ts";
import { columnOf, type KeyType, RUNS, withBackends } from "./support.ts";

type SortType = KeyType | "f32" | "date";

const word = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.constantFrom(
    "",
    "a",
    "a\u0000",
    "a\u0000\u0000",
    "\uE000",
    "\uFFFD",
    "😀",
    "é",
    "z\u{10FFFF}",
    "longer than seven",
  ),
  fc.nat(40).map((n) => `the same long prefix ${n}`),
  fc.string({ unit: "grapheme", maxLength: 9 }).filter((s) => s.isWellFormed()),
);
const double = fc.oneof(
  fc.double(),
  fc.constantFrom(0, -0, NaN, Infinity, -Infinity, 5e-324, -5e-324, 1, -1),
);
const KEYS: Record<SortType, fc.Arbitrary<unknown>> = {
  u32: fc.oneof(fc.nat(5), fc.integer({ min: 0, max: 2 ** 32 - 1 })),
  i32: fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer()),
  f32: double.map(Math.fround),
  f64: double,
  u64: fc.oneof(fc.bigInt(0n, 4n), fc.bigInt(0n, 2n ** 64n - 1n)),
  i64: fc.oneof(fc.bigInt(-3n, 3n), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)),
  bool: fc.boolean(),
  date: fc.oneof(fc.date({ noInvalidDate: true }), fc.constant(new Date(0))),
  utf8: word,
  dictionary: fc.constantFrom("b", "a", "", "longer than eight", "longer than eighty", "é", "😀", "\uFFFD"),
};
const TYPES = Object.keys(KEYS) as SortType[];

function column(type: SortType, values: readonly unknown[], arena: Parameters<typeof columnOf>[2]): Column {
  if (type !== "date") return columnOf(type, values, arena);
  return buildColumn(values.length === 0 ? [] : values, arena);
}

function model(keys: readonly unknown[], ascending: boolean): [unknown, number][] {
  const rows = keys.map((key, i): [unknown, number] => [key, i]);
  return rows.sort((a, b) => (ascending ? 1 : -1) * compareValues(a[0], b[0]));
}

function sorted(
  type: SortType,
  keys: readonly unknown[],
  ascending: boolean,
  cuts: readonly number[] = [],
  memory?: number,
  payload: (rows: readonly number[]) => readonly unknown[] = (rows) => rows,
): { readonly js: unknown[]; readonly wasm: unknown[] } {
  return withBackends((c, arena) => {
    const ends = [...cuts.map((cut) => Math.min(cut, keys.length)), keys.length].sort((a, b) => a - b);
    let from = 0;
    const chunks = ends
      .map((to) => {
        const rows = Array.from({ length: to - from }, (_, i) => from + i);
        const part = keys.slice(from, to);
        from = to;
        return pairColumn({ keys: column(type, part, arena), values: buildColumn(payload(rows), arena) });
      })
      .filter((chunk, i, all) => chunk.length > 0 || all.length === 1 || i < 0);
    if (chunks.length === 0) return [];
    return readColumn(c.heap, sortByKey(c, chunks, ascending, arena));
  }, memory);
}

describe("sortByKey", () => {
  for (const type of TYPES)
    it(`sorts ${type} keys as compareValues does, stable, in both backends`, () => {
      fc.assert(
        fc.property(
          fc.array(KEYS[type], { minLength: type === "date" ? 1 : 0, maxLength: 120 }),
          fc.boolean(),
          fc.array(fc.nat(120), { maxLength: 2 }),
          (keys, ascending, cuts) => {
            // Chunks are of one type: strings in few rows are no dictionary, and an empty date column is none.
            const { js, wasm } = sorted(
              type,
              keys,
              ascending,
              type === "date" || type === "dictionary" ? [] : cuts,
            );
            const expected = model(keys, ascending);
            expect(wasm).toEqual(js);
            expect(wasm.map((row) => (row as [unknown, number])[1])).toEqual(expected.map((row) => row[1]));
            expect(wasm.map((row) => (row as [unknown, number])[0])).toEqual(
              expected.map((row) => (type === "f32" ? Math.fround(row[0] as number) : row[0])),
            );
          },
        ),
        { numRuns: RUNS },
      );
    });

  it("puts nulls first, or last when descending", () => {
    const keys = [3, null, 1, null, 2];
    for (const ascending of [true, false]) {
      const { js, wasm } = withBackends((c, arena) => {
        const rows = pairColumn({
          keys: buildColumn(keys, arena),
          values: buildColumn([0, 1, 2, 3, 4], arena),
        });
        return readColumn(c.heap, sortByKey(c, [rows], ascending, arena));
      });
      expect(wasm).toEqual(js);
      expect(wasm).toEqual(model(keys, ascending));
    }
  });

  it("carries values of any type", () => {
    const keys = [5, 1, 4, 1, 5, 9];
    const payloads: unknown[][] = [
      ["five", "", "four", "é", null, "nine"],
      [true, false, true, true, false, false],
      [[1], [], [2, 3], [4], [], [5]],
      keys.map((key) => [key, `${key}`]),
      keys.map((key) => Float64Array.of(key, key * 2)),
      keys.map((key) => ({ key, more: BigInt(key) })),
      [1, "a", undefined, 2n, null, new Map()],
    ];
    for (const payload of payloads) {
      const { js, wasm } = sorted("u32", keys, true, [], undefined, () => payload);
      expect(wasm).toEqual(js);
      expect(wasm).toEqual(model(keys, true).map(([key, i]) => [key, payload[i]]));
    }
  });

  const many = 70_000;
  const shapes: Record<string, (i: number) => number> = {
    "spread out": (i) => Math.imul(i + 1, 0x9e3779b1) >>> 0,
    "all equal": () => 7,
    "in order": (i) => i * 3,
    "in reverse": (i) => many - i,
    "one heavy value": (i) => (i % 10 === 0 ? Math.imul(i, 0x85ebca6b) >>> 0 : 1000),
    "few values": (i) => (Math.imul(i, 0x9e3779b1) >>> 30) * 1e9,
    skewed: (i) => Math.floor(4e9 / (1 + (Math.imul(i + 7, 0x9e3779b1) >>> 0))),
    "equal but for the low bits": (i) => 0x7fffff00 + (Math.imul(i, 0x9e3779b1) >>> 26),
  };
  for (const [name, key] of Object.entries(shapes))
    it(`sorts more rows than a bucket holds: ${name}`, () => {
      const keys = Array.from({ length: many }, (_, i) => key(i));
      const { js, wasm } = sorted("u32", keys, true, [1234]);
      expect(wasm).toEqual(js);
      expect(wasm).toEqual(model(keys, true));
    });

  it("sorts wide keys that share most of their bits", () => {
    // Two distant values force every bit to count; the rest differ in the low bits only.
    const n = 3000;
    const keys = Array.from({ length: n }, (_, i) =>
      i === 0 ? 0n : i === 1 ? 2n ** 64n - 1n : 2n ** 60n + BigInt(Math.imul(i, 0x9e3779b1) >>> 22),
    );
    for (const ascending of [true, false]) {
      const { js, wasm } = sorted("u64", keys, ascending);
      expect(wasm).toEqual(js);
      expect(wasm).toEqual(model(keys, ascending));
    }
  });

  it("sorts doubles of all magnitudes beyond a bucket", () => {
    const keys = Array.from({ length: 40_000 }, (_, i) => {
      const x = (Math.imul(i + 1, 0x9e3779b1) >>> 0) / 2 ** 32;
      return (i % 2 === 0 ? -1 : 1) * 10 ** (x * 600 - 300);
    });
    const { js, wasm } = sorted("f64", keys, false);
    expect(wasm).toEqual(js);
    expect(wasm).toEqual(model(keys, false));
  });

  it("sorts many strings that begin alike", () => {
    const keys = Array.from({ length: 3000 }, (_, i) =>
      i % 3 === 0
        ? "https://example.org/a/long/path"
        : `https://example.org/${Math.imul(i, 0x9e3779b1) >>> 24}`,
    );
    for (const ascending of [true, false]) {
      const { js, wasm } = sorted("utf8", keys, ascending);
      expect(wasm).toEqual(js);
      expect(wasm).toEqual(model(keys, ascending));
    }
  });
});

describe("key images", () => {
  const kinds = { u32: "u32", i32: "i32", f32: "f32", f64: "f64", u64: "u64", i64: "i64" } as const;
  for (const type of Object.keys(kinds) as (keyof typeof kinds)[])
    it(`of ${type} keep the order and come back`, () => {
      const kind = imageKind({ kind: type })!;
      fc.assert(
        fc.property(KEYS[type], KEYS[type], (a, b) => {
          const [x, y] = [a, b].map((key) => imageOf(kind, key as number));
          expect(Math.sign(Number(x - y))).toBe(Math.sign(compareValues(a, b)));
          if (a === a) expect(compareValues(keyOfImage(kind, x), a)).toBe(0);
        }),
        { numRuns: RUNS },
      );
    });
});

describe("range partitioning", () => {
  for (const type of TYPES)
    it(`places ${type} keys as RangePartitioner does`, () => {
      fc.assert(
        fc.property(
          fc.array(KEYS[type], { minLength: 1, maxLength: 60 }),
          fc.array(KEYS[type], { maxLength: 5 }),
          fc.boolean(),
          (keys, some, ascending) => {
            const bounds = some
              .sort(compareValues)
              .filter((b, i) => i === 0 || compareValues(some[i - 1], b) < 0);
            const { js, wasm } = withBackends((c, arena) => {
              const ids = rangeIndices(c, column(type, keys, arena), bounds, ascending, arena);
              return [...arena.segment.u32.subarray(ids / 4, ids / 4 + keys.length)];
            });
            const partitioner = new RangePartitioner(bounds, ascending);
            expect(wasm).toEqual(js);
            expect(wasm).toEqual(keys.map((key) => partitioner.getPartition(key)));
          },
        ),
        { numRuns: RUNS },
      );
    });

  it("takes bounds that no key can equal", () => {
    const { js, wasm } = withBackends((c, arena) => {
      const ids = rangeIndices(c, columnOf("u32", [0, 1, 2, 3], arena), [-5, 1.5, 1e12], true, arena);
      return [...arena.segment.u32.subarray(ids / 4, ids / 4 + 4)];
    });
    expect(wasm).toEqual([1, 1, 2, 2]);
    expect(js).toEqual(wasm);
  });

  it("a grid over many rows with even keys makes every step a bucket", () => {
    const sample = Uint32Array.from(
      { length: 16384 },
      (_, i) => i * 262144 + (Math.imul(i, 0x9e3779b1) >>> 14),
    );
    const { grid } = makeGrid(0, sample, 2e7, 4, true)!;
    expect([...grid.table]).toEqual(Array.from(grid.table, (_, step) => step));
    expect(grid.table.length).toBeGreaterThan(1000);
    expect([...grid.starts]).toEqual([0, 256, 512, 768, 1024]);
  });

  for (const type of ["u32", "i32", "f32", "f64", "u64", "i64"] as const)
    it(`a grid over ${type} keys agrees with its bounds, bucket after bucket`, () => {
      fc.assert(
        fc.property(
          fc.array(KEYS[type], { minLength: 1, maxLength: 200 }),
          fc.array(KEYS[type], { minLength: 1, maxLength: 100 }),
          fc.integer({ min: 2, max: 6 }),
          fc.boolean(),
          fc.constantFrom(1e3, 1e6, 1e9),
          (keys, sample, n, ascending, rows) => {
            const kind = imageKind({ kind: type })!;
            const made = makeGrid(kind, sample.sort(compareValues) as number[], rows, n, ascending);
            if (made === null) return;
            const partitioner = new RangePartitioner(made.bounds, ascending);
            const { js, wasm } = withBackends((c, arena) => {
              const rows = pairColumn({
                keys: columnOf(type, keys, arena),
                values: buildColumn(
                  keys.map((_, i) => i),
                  arena,
                ),
              });
              const range = { ...made, ascending };
              const { column, offsets, packed } = partitionByRange(
                c,
                rows,
                rows.children[0],
                range,
                n,
                arena,
              );
              const placed = packed === undefined ? column : unpackPairs(c, column, packed, arena);
              return { rows: readColumn(c.heap, placed) as [number, number][], offsets: [...offsets] };
            });
            expect(wasm).toEqual(js);
            expect(wasm.offsets.at(-1)).toBe(keys.length);
            wasm.offsets.slice(1).forEach((end, p) => {
              for (const [key] of wasm.rows.slice(wasm.offsets[p], end))
                expect(partitioner.getPartition(key)).toBe(p);
            });
            expect(wasm.rows.map(([, row]) => row).sort((a, b) => a - b)).toEqual(keys.map((_, i) => i));
          },
        ),
        { numRuns: RUNS },
      );
    });
});

it("what lies in another segment is sorted with a dictionary of its own", () => {
  const heap = SharedHeap.create({ limit: 5 * 2 ** 30 });
  const compute = createCompute(heap, "wasm");
  const [far, out] = [heap.arena(heap.segments[1].id), heap.arena(heap.segments[0].id)];
  const words = Array.from({ length: 5000 }, (_, i) => ["pear", "fig", "apple"][(i * 7) % 3]);
  const rows = pairColumn({
    keys: columnOf("dictionary", words, far),
    values: columnOf("dictionary", words.toReversed(), far),
  });
  const sorted = sortByKey(compute, [withoutLasting(rows)], true, out);
  expect(sorted.children.map(({ type }) => type.kind)).toEqual(["dictionary", "dictionary"]);
  const others = heap.arena(heap.segments[0].id);
  const ptr = others.allocate(60_000);
  out.segment.u8.fill(255, ptr, ptr + 60_000);
  const model = words.map((word, i): [string, string] => [word, words[4999 - i]]);
  expect([...readColumn(heap, sorted)]).toEqual(model.sort(([a], [b]) => compareValues(a, b)));
  for (const arena of [far, out, others]) arena.release();
  expect(heap.used).toBe(0);
});
