/** Joins of every kind, key type and shape of keys against nested loops, in both backends. */
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { buildColumn } from "../../src/column/builder.ts";
import type { Column } from "../../src/column/column.ts";
import { compareValues } from "../../src/column/equality.ts";
import { pairColumn } from "../../src/column/pair.ts";
import { readColumn } from "../../src/column/reader.ts";
import { type JoinHow, joinByKey } from "../../src/kernels/join.ts";
import { canJoin } from "../../src/kernels/join-sides.ts";
import { semiJoin } from "../../src/kernels/semi-join.ts";
import { sortByKey } from "../../src/kernels/sort.ts";
import type { Arena } from "../../src/memory/arena.ts";
import { columnOf, type KeyType, RUNS, withBackends } from "./support.ts";

type Pair = readonly [unknown, unknown];
type Rows = readonly Pair[];

const HOWS: readonly JoinHow[] = ["inner", "left", "right", "full"];

/** What joining means. */
function model(left: Rows, right: Rows, how: JoinHow): unknown[] {
  const rows: unknown[] = [];
  const matched = new Set<number>();
  const byKey = new Map<unknown, number[]>();
  right.forEach(([key], i) => byKey.set(key, [...(byKey.get(key) ?? []), i]));
  for (const [key, v] of left) {
    const matches = byKey.get(key) ?? [];
    for (const i of matches) {
      matched.add(i);
      rows.push([key, [v, right[i][1]]]);
    }
    if (matches.length === 0 && (how === "left" || how === "full")) rows.push([key, [v, null]]);
  }
  if (how === "right" || how === "full")
    right.forEach(([key, w], i) => {
      if (!matched.has(i)) rows.push([key, [null, w]]);
    });
  return rows;
}

function join(
  left: readonly Rows[],
  right: readonly Rows[],
  how: JoinHow,
  make: (rows: Rows, arena: Arena, side: 0 | 1) => Column,
): unknown[] {
  const { js, wasm } = withBackends((c, arena) => {
    const lefts = left.map((rows) => make(rows, arena, 0));
    const rights = right.map((rows) => make(rows, arena, 1));
    expect(canJoin(lefts[0].children[0].type, rights[0].children[0].type)).toBe(true);
    const scratch = c.heap.arena(arena.segment.id);
    const out = c.heap.arena(arena.segment.id);
    const rows: unknown[] = [];
    for (const chunk of joinByKey(c, lefts, rights, how, scratch, () => out))
      rows.push(...readColumn(c.heap, chunk));
    scratch.release();
    out.release();
    return rows;
  }, 256 << 20);
  expectSame(wasm, js);
  return js;
}

/** Long lists are not worth their difference. */
function expectSame(rows: unknown[], wanted: unknown[]): void {
  if (wanted.length < 1000) expect(rows).toEqual(wanted);
  else expect(isDeepStrictEqual(rows, wanted)).toBe(true);
}

/** Pairs with keys of this type; values are numbers on the left, of the given form on the right. */
function pairs(
  type: KeyType | "f32" | "date",
  values: readonly ("f64" | "utf8" | "nullable" | "tuple")[],
): (rows: Rows, arena: Arena, side: 0 | 1) => Column {
  return (rows, arena, side) => {
    const keys = rows.map(([key]) => key);
    const own = rows.map(([, value]) => value);
    const keyColumn =
      type === "date"
        ? typed({ kind: "date" }, keys, arena)
        : type === "dictionary"
          ? // Each string twice, or it would not become one.
            { ...columnOf(type, [...keys, ...keys], arena), length: keys.length }
          : columnOf(type, keys, arena);
    return pairColumn({
      keys: keyColumn,
      values: values[side] === "f64" ? columnOf("f64", own, arena) : buildColumn(own, arena),
    });
  };
}

function typed(type: Column["type"], values: readonly unknown[], arena: Arena): Column {
  return { ...(values.length > 0 ? buildColumn(values, arena) : columnOf("f64", [], arena)), type };
}

const KEYS: Readonly<Record<Exclude<KeyType, "dictionary"> | "f32" | "date", fc.Arbitrary<unknown>>> = {
  u32: fc.oneof(
    fc.nat({ max: 20 }),
    fc.integer({ min: 2 ** 31 - 3, max: 2 ** 31 + 3 }),
    fc.nat({ max: 30 }).map((n) => n * 12),
  ),
  i32: fc.oneof(fc.integer({ min: -10, max: 10 }), fc.integer()),
  f64: fc.oneof(
    fc.constantFrom(-0, 0, Number.NaN, 0.5, Number.POSITIVE_INFINITY),
    fc.double(),
    fc.integer({ min: 0, max: 9 }),
  ),
  f32: fc.oneof(fc.constantFrom(-0, 0, Number.NaN, 0.5), fc.integer({ min: 0, max: 9 })),
  i64: fc.oneof(fc.bigInt({ min: -5n, max: 5n }), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  u64: fc.oneof(fc.bigInt({ min: 0n, max: 5n }), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
  bool: fc.boolean(),
  date: fc.nat({ max: 9 }).map((n) => new Date(n * 86400000)),
  utf8: fc.oneof(
    fc.constantFrom("", "a", "b", "äöü", "\u{1f600}", "a\u0000"),
    fc.string({ unit: "binary", maxLength: 40 }),
  ),
};

/** Values are row numbers, so that the order of matches shows. */
function numbered(keys: readonly unknown[], start = 0): Rows {
  return keys.map((key, i): Pair => [key, start + i]);
}

const dateless = (rows: Rows): Rows =>
  rows.map(([key, v]): Pair => [key instanceof Date ? key.getTime() : key, v]);

for (const type of Object.keys(KEYS) as (keyof typeof KEYS)[])
  test(`keys of type ${type}: generated, in chunks, one side small or not`, () => {
    const side = fc.array(KEYS[type], { maxLength: 60 });
    fc.assert(
      fc.property(side, side, side, fc.constantFrom(...HOWS), (a, b, c, how) => {
        const [first, second, right] = [numbered(a), numbered(b, 1000), numbered(c, 5000)];
        const plain = (rows: unknown[]): unknown[] =>
          rows.map((row) => {
            const [key, values] = row as [unknown, unknown];
            return [key instanceof Date ? key.getTime() : key, values];
          });
        const result = join([first, second], [right], how, pairs(type, ["f64", "f64"]));
        expect(plain(result)).toEqual(model(dateless([...first, ...second]), dateless(right), how));
      }),
      { numRuns: RUNS },
    );
  });

test("values of every form: nullable, strings, tuples", () => {
  const key = fc.nat({ max: 12 });
  const form = fc.constantFrom(
    (i: number): unknown => (i % 3 === 0 ? null : i),
    (i: number): unknown => "s".repeat(i % 70) + i,
    (i: number): unknown => (i % 4 === 0 ? null : `n${i}`),
    (i: number): unknown => [i, `t${i}`],
    (i: number): unknown => [i, i / 2],
    (i: number): unknown => Array.from({ length: i % 5 }, (_, k) => i + k),
    (i: number): unknown => ({ id: i, when: i % 2 === 0 ? undefined : "odd" }),
    (i: number): unknown => i % 2 === 0,
  );
  const side = fc.tuple(fc.array(key, { minLength: 1, maxLength: 30 }), form);
  fc.assert(
    fc.property(side, side, fc.constantFrom(...HOWS), ([a, f], [b, g], how) => {
      const left = a.map((k, i): Pair => [k, f(i)]);
      const right = b.map((k, i): Pair => [k, g(i + 100)]);
      const made = join([left], [right], how, (rows, arena) =>
        pairColumn({
          keys: columnOf(
            "u32",
            rows.map(([k]) => k),
            arena,
          ),
          values: buildColumn(
            rows.map(([, v]) => v),
            arena,
          ),
        }),
      );
      expect(made).toEqual(model(left, right, how));
    }),
    { numRuns: RUNS * 2 },
  );
});

test("keys in steps, with and without holes, unique or not, within and beyond the index", () => {
  const steps = fc.constantFrom(1, 2, 3, 6, 7, 12, 1024, 1 << 20, 0x10000001, 2 ** 31);
  fc.assert(
    fc.property(
      steps,
      fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      fc.array(fc.nat({ max: 40 }), { minLength: 1, maxLength: 40 }),
      fc.array(fc.tuple(fc.nat({ max: 45 }), fc.constantFrom(0, 0, 0, 1)), { maxLength: 80 }),
      fc.boolean(),
      fc.constantFrom(...HOWS),
      (step, base, places, probes, unique, how) => {
        const own = unique ? [...new Set(places)] : places;
        const right = numbered(
          own.map((place) => (base + place * step) | 0),
          500,
        );
        const left = numbered(probes.map(([place, off]) => (base + place * step + off) | 0));
        expect(join([left], [right], how, pairs("i32", ["f64", "f64"]))).toEqual(model(left, right, how));
      },
    ),
    { numRuns: RUNS * 2 },
  );
});

test("strings and dictionaries, the same dictionary or another", () => {
  const word = fc.constantFrom("", "a", "b", "c", "dd", "äöü", "long enough to pass sixteen bytes");
  const side = fc.array(word, { minLength: 1, maxLength: 40 });
  const type = fc.constantFrom("utf8" as const, "dictionary" as const);
  fc.assert(
    fc.property(side, side, side, type, type, fc.constantFrom(...HOWS), (a, b, c, own, other, how) => {
      const [first, second, right] = [numbered(a), numbered(b, 1000), numbered(c, 5000)];
      const make = (rows: Rows, arena: Arena, s: 0 | 1): Column =>
        pairs(s === 0 ? own : other, ["f64", "f64"])(rows, arena, s);
      expect(join([first, second], [right], how, make)).toEqual(model([...first, ...second], right, how));
    }),
    { numRuns: RUNS },
  );
  // One column cut in two shares its dictionary.
  const rows = numbered(["x", "y", "x", "z"]);
  const shared = withBackends((c, arena) => {
    const keys = columnOf(
      "dictionary",
      rows.map(([k]) => k),
      arena,
    );
    const pair = pairColumn({ keys, values: columnOf("f64", [0, 1, 2, 3], arena) });
    const scratch = c.heap.arena(arena.segment.id);
    const joined = [...joinByKey(c, [pair], [pair], "inner", scratch, () => arena)].flatMap((chunk) =>
      readColumn(c.heap, chunk),
    );
    scratch.release();
    return joined;
  });
  expect(shared.wasm).toEqual(model(rows, rows, "inner"));
  expect(shared.js).toEqual(shared.wasm);
});

test("numbers of different types are the same keys when they are equal", () => {
  const number = fc.oneof(fc.nat({ max: 9 }), fc.constantFrom(2 ** 31 - 1));
  const side = fc.array(number, { minLength: 1, maxLength: 40 });
  const type = fc.constantFrom("u32" as const, "i32" as const, "f64" as const);
  fc.assert(
    fc.property(side, side, type, type, fc.constantFrom(...HOWS), (a, b, own, other, how) => {
      const [left, right] = [numbered(a), numbered(b, 5000)];
      const make = (rows: Rows, arena: Arena, s: 0 | 1): Column =>
        pairs(s === 0 ? own : other, ["f64", "f64"])(rows, arena, s);
      expect(join([left], [right], how, make)).toEqual(model(left, right, how));
    }),
    { numRuns: RUNS },
  );
});

for (const type of ["u32", "i32", "f64", "i64", "u64"] as const)
  test(`sorted keys of type ${type} are merged, and the result is sorted`, () => {
    const side = fc.array(KEYS[type], { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(side, side, side, fc.boolean(), fc.constantFrom(...HOWS), (a, a2, b, two, how) => {
        const sorted = (keys: readonly unknown[]): readonly unknown[] => keys.toSorted(compareValues);
        const [left, right] = [numbered(sorted(a)), numbered(sorted(b), 5000)];
        // Two sorted chunks are not one.
        const more = two ? numbered(sorted(a2), 1000) : [];
        const { js, wasm } = withBackends((c, arena) => {
          const make = (rows: Rows): Column =>
            sortByKey(c, [pairs(type, ["f64", "f64"])(rows, arena, 0)], true, arena);
          const scratch = c.heap.arena(arena.segment.id);
          const chunks = [
            ...joinByKey(
              c,
              two ? [make(left), make(more)] : [make(left)],
              [make(right)],
              how,
              scratch,
              () => arena,
            ),
          ];
          if (!two && (how === "inner" || how === "left"))
            for (const chunk of chunks) expect(chunk.children[0].stats?.sorted).toBe("ascending");
          const rows = chunks.flatMap((chunk) => readColumn(c.heap, chunk));
          scratch.release();
          return rows;
        });
        expect(wasm).toEqual(js);
        expect(js).toEqual(model([...left, ...more], right, how));
      }),
      { numRuns: RUNS },
    );
  });

/** More rows than a batch or a chunk holds, at lengths around them. */
for (const how of HOWS)
  test(`${how} join over many chunks: all match, few match, one key, keys far apart`, () => {
    const cases: readonly (readonly [readonly number[], readonly number[]])[] = [
      [ints(70001, (i) => (i * 7919) % 5000), ints(5000, (i) => i)],
      [ints(66000, (i) => i % 9999), ints(1000, (i) => i * 10)],
      [ints(131072, (i) => i % 256), ints(256, (i) => i)],
      [ints(300, () => 7), ints(500, () => 7)],
      [ints(9000, (i) => (i % 3 === 0 ? 5 : i)), ints(40, (i) => (i % 2 === 0 ? 5 : i))],
      [
        ints(20000, (i) => Math.imul(i % 6000, 0x9e3779b1) >>> 0),
        ints(9000, (i) => Math.imul(i % 5000, 0x9e3779b1) >>> 0),
      ],
      [ints(100, (i) => i * 3), ints(70000, (i) => i % 40000)],
      [
        ints(10, (i) => Math.imul(i, 0x9e3779b1) >>> 0),
        ints(70000, (i) => Math.imul(i % 30000, 0x9e3779b1) >>> 0),
      ],
    ];
    for (const [a, b] of cases) {
      const [left, right] = [numbered(a), numbered(b, 1e6)];
      const rows = join([left], [right], how, pairs("u32", ["f64", "f64"]));
      const wanted = model(left, right, how);
      expect(rows.length).toBe(wanted.length);
      expectSame(rows, wanted);
    }
  });

function ints(n: number, key: (i: number) => number): number[] {
  return Array.from({ length: n }, (_, i) => key(i));
}

for (const type of ["u32", "f64", "i64", "utf8", "dictionary"] as const)
  test(`semi and anti joins on keys of type ${type}`, () => {
    const side = fc.array(type === "dictionary" ? KEYS.utf8 : KEYS[type], { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(side, side, side, fc.constantFrom("semi" as const, "anti" as const), (a, b, c, how) => {
        const [first, second] = [numbered(a), numbered(b, 1000)];
        const make = pairs(type, ["f64", "f64"]);
        const { js, wasm } = withBackends((compute, arena) => {
          const scratch = compute.heap.arena(arena.segment.id);
          const lefts = [first, second].map((rows) => make(rows, arena, 0));
          const right = make(numbered(c), arena, 1).children[0];
          const rows = [];
          for (const chunk of semiJoin(compute, lefts, [right], how, scratch, () => arena))
            rows.push(...readColumn(compute.heap, chunk));
          scratch.release();
          return rows;
        });
        expect(wasm).toEqual(js);
        const others = new Set(c);
        expect(js).toEqual([...first, ...second].filter(([key]) => others.has(key) === (how === "semi")));
      }),
      { numRuns: RUNS },
    );
  });
