import fc from "fast-check";
import { expect, test } from "vitest";
import { nonNegativeMod } from "../../src/column/hash-value.ts";
import { readColumn } from "../../src/column/reader.ts";
import { mergeKind } from "../../src/kernels/aggregate.ts";
import { aggregateCells, toCells } from "../../src/kernels/cells.ts";
import { denseRange, exactDivision } from "../../src/kernels/dense.ts";
import { columnOf, RUNS, withBackends } from "./support.ts";

test("exact division", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5000 }), fc.nat({ max: 100_000 }), (n, quotient) => {
      const { inverse, shift } = exactDivision(n);
      expect(Math.imul(quotient * n, inverse) >>> shift).toBe(quotient);
    }),
    { numRuns: RUNS * 10 },
  );
});

/** Map outputs of several tasks, then every reduce partition: as one Map over all rows would have it. */
function roundTrip(
  type: "u32" | "i32",
  tasks: readonly (readonly number[])[],
  n: number,
  kind: "sum" | "count" | "min" | "max" | "first" | "last",
): void {
  const { js, wasm } = withBackends((c, arena) => {
    const pieces = tasks.map((keys, t) => {
      const column = columnOf(type, keys, arena);
      const values = columnOf(
        "f64",
        keys.map((_, i) => (i % 5 === 0 ? -0 : t + i / 8)),
        arena,
      );
      const range = denseRange(c, [column]);
      expect(range).not.toBeNull();
      return toCells(c, [{ keys: column, values }], kind, range!, n, arena);
    });
    return Array.from({ length: n }, (_, p) => {
      const { keys, values } = aggregateCells(c, pieces, p, n, mergeKind(kind), arena);
      const numbers = readColumn(c.heap, values) as number[];
      return readColumn(c.heap, keys).map((key, i): [number, number] => [key as number, numbers[i]]);
    });
  });
  expect(JSON.stringify(wasm)).toBe(JSON.stringify(js));
  const expected = new Map<number, number>();
  tasks.forEach((keys, t) => {
    const partial = new Map<number, number>();
    keys.forEach((key, i) => {
      const value = i % 5 === 0 ? -0 : t + i / 8;
      const old = partial.get(key);
      const next = kind === "count" ? (old ?? 0) + 1 : value;
      partial.set(key, old === undefined || kind === "count" ? next : merge(kind, old, value));
    });
    for (const [key, value] of partial) {
      const old = expected.get(key);
      expected.set(key, old === undefined ? value : merge(mergeKind(kind), old, value));
    }
  });
  const all = js.flat();
  expect(all.length).toBe(expected.size);
  expect(all.filter(([key, value]) => !Object.is(value, expected.get(key)))).toEqual([]);
  js.forEach((rows, p) => {
    expect(rows.every(([key]) => nonNegativeMod(key | 0, n) === p)).toBe(true);
    expect(rows.every(([key], i) => i === 0 || rows[i - 1][0] < key)).toBe(true);
  });
}

function merge(kind: string, a: number, b: number): number {
  switch (kind) {
    case "sum":
      return a + b;
    case "min":
      return Math.min(a, b);
    case "max":
      return Math.max(a, b);
    case "first":
      return a;
    default:
      return b;
  }
}

const KINDS = ["sum", "count", "min", "max", "first", "last"] as const;

test("cells over a shuffle give what one grouping gives", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...KINDS),
      fc.integer({ min: 1, max: 9 }),
      fc.array(
        fc.record({
          start: fc.constantFrom(-70_000, -5, 0, 2 ** 31 - 40),
          steps: fc.array(fc.nat({ max: 30 }), { minLength: 1, maxLength: 60 }),
        }),
        { minLength: 1, maxLength: 3 },
      ),
      (kind, n, tasks) => {
        const signed = tasks.map(({ start, steps }) => steps.map((s) => Math.min(2 ** 31 - 1, start + s)));
        roundTrip("i32", signed, n, kind);
        roundTrip(
          "u32",
          tasks.map(({ start, steps }) => steps.map((s) => Math.max(0, start) + s)),
          n,
          kind,
        );
      },
    ),
    { numRuns: Math.max(10, Math.ceil(RUNS / 4)) },
  );
});

test("sparse ranges are scattered and aggregated run by run", () => {
  for (const n of [1, 2, 3, 8])
    for (const kind of KINDS) {
      const keys = Array.from({ length: 30_000 }, (_, i) => 2 ** 31 - 100_000 + (Math.imul(i, 7919) >>> 15));
      const half = keys.length / 2;
      roundTrip("u32", [keys.slice(0, half), keys.slice(half)], n, kind);
      roundTrip("i32", [keys.slice(0, half).map((k) => k - 2 ** 31), [-3, 7]], n, kind);
    }
});
