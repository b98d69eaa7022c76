/** Any JavaScript value that structured clone can carry, rows of one shape and of many, and what it means that a value came out equal. */
import { inspect } from "node:util";
import fc from "fast-check";

export const RUNS = Number(process.env["GNISTA_TEST_RUNS"] ?? 100);

const numbers = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom(
    0,
    -0,
    Number.NaN,
    Infinity,
    -Infinity,
    2 ** 53,
    2 ** 53 + 2,
    -(2 ** 53),
    5e-324,
    2 ** 31,
    2 ** 32,
  ),
);
const strings = fc.oneof(
  fc.string({ maxLength: 10 }),
  fc.string({ unit: "grapheme", maxLength: 60 }),
  fc.string({ unit: "binary", maxLength: 5 }),
  fc.constantFrom(
    "",
    "\u0000",
    "a\u0000b",
    "\ufeffbom",
    "é".repeat(100),
    "long ".repeat(2000),
    "__proto__",
    "𝄞",
  ),
);
const surrogates = fc.constantFrom("\ud800", "a\udc00", "\udc00\ud800", "𝄞\ud834");
const bigints = fc.oneof(
  fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
  fc.bigInt(0n, 2n ** 64n - 1n),
  fc.constantFrom(2n ** 63n, -(2n ** 63n), 2n ** 64n - 1n, 0n),
);
const wideBigints = fc.bigInt(-(2n ** 200n), 2n ** 200n);
const dates = fc.date({ noInvalidDate: false });
const TYPED = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
] as const;
const typed: fc.Arbitrary<unknown> = fc.oneof(
  fc
    .tuple(fc.constantFrom(...TYPED), fc.array(fc.nat(100), { maxLength: 5 }))
    .map(([Type, items]) => Type.from(items)),
  fc.float32Array({ maxLength: 5 }),
  fc.float64Array({ maxLength: 5 }),
  fc.bigInt64Array({ maxLength: 3 }),
  fc.bigUint64Array({ maxLength: 3 }),
  fc.uint8Array({ maxLength: 5 }).map((bytes) => bytes.buffer.slice(0, bytes.length)),
);
const keys = fc.oneof(
  fc.constantFrom("a", "b", "10", "2", "", "constructor", "toString", "length"),
  fc.string({ maxLength: 3 }),
);
const record = (value: fc.Arbitrary<unknown>): fc.Arbitrary<object> =>
  fc
    .array(fc.tuple(keys, value), { maxLength: 4 })
    .map((entries) => Object.fromEntries(entries.filter(([key]) => key !== "__proto__")));
const holed = fc.array(fc.option(fc.integer(), { freq: 3 }), { maxLength: 5 }).map((items) => {
  const sparse: unknown[] = new Array<unknown>(items.length + 1);
  items.forEach((item, i) => {
    if (item !== null) sparse[i] = item;
  });
  return sparse;
});

export const anyValue: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown; leaf: unknown }>((tie) => ({
  leaf: fc.oneof(
    fc.constantFrom(null, undefined, true, false),
    numbers,
    strings,
    surrogates,
    bigints,
    wideBigints,
    dates,
    typed,
    holed,
    fc.constantFrom(/a+/giu, /^$/m),
  ),
  value: fc.oneof(
    { maxDepth: 3 },
    { weight: 3, arbitrary: tie("leaf") },
    { weight: 1, arbitrary: fc.array(tie("value"), { maxLength: 4 }) },
    { weight: 1, arbitrary: record(tie("value")) },
    {
      weight: 1,
      arbitrary: fc
        .array(fc.tuple(tie("value"), tie("value")), { maxLength: 3 })
        .map((entries) => new Map(entries)),
    },
    { weight: 1, arbitrary: fc.array(tie("value"), { maxLength: 3 }).map((items) => new Set(items)) },
  ),
})).value;

/** Values that have a column type together, with nulls at any depth. */
const shape: fc.Arbitrary<fc.Arbitrary<unknown>> = fc.letrec<{
  shape: fc.Arbitrary<unknown>;
  leaf: fc.Arbitrary<unknown>;
}>((tie) => ({
  leaf: fc.constantFrom<fc.Arbitrary<unknown>>(
    numbers,
    fc.boolean(),
    strings.filter((text) => text.isWellFormed()),
    fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
    fc.bigInt(2n ** 63n, 2n ** 64n - 1n),
    dates,
    fc.float32Array({ minLength: 3, maxLength: 3 }),
    fc.float64Array({ minLength: 2, maxLength: 2 }),
    anyValue,
    fc.constant(null),
  ),
  shape: fc.oneof(
    { maxDepth: 3 },
    { weight: 2, arbitrary: tie("leaf") },
    { weight: 1, arbitrary: tie("shape").map((item) => fc.option(item, { freq: 4 })) },
    { weight: 1, arbitrary: tie("shape").map((item) => fc.array(item, { maxLength: 10 })) },
    {
      weight: 1,
      arbitrary: fc.array(tie("shape"), { minLength: 1, maxLength: 3 }).map((items) => fc.tuple(...items)),
    },
    {
      weight: 1,
      arbitrary: fc
        .array(tie("shape"), { minLength: 1, maxLength: 3 })
        .map((items) =>
          fc.record(Object.fromEntries(items.map((item, i) => [`k${i}`, item])), { noNullPrototype: true }),
        ),
    },
  ),
})).shape;

/** Lists of rows of one shape: all of one, or as many as asked for. */
export const rowsOfOneShape = (lists: number): fc.Arbitrary<unknown[][]> =>
  shape.chain((row) =>
    fc.array(
      fc.oneof(
        { weight: 5, arbitrary: fc.array(row, { maxLength: 20 }) },
        { weight: 1, arbitrary: fc.array(row, { minLength: 63, maxLength: 65 }) },
      ),
      {
        minLength: lists,
        maxLength: lists,
      },
    ),
  );

export const mixedRows: fc.Arbitrary<unknown[]> = fc.array(anyValue, { maxLength: 12 });

/** Where two values differ, as a path; null when one is what went in and the other what should come out. */
export function difference(a: unknown, b: unknown, path = "value"): string | null {
  if (Object.is(a, b)) return null;
  const differ = `${path}: ${show(a)} became ${show(b)}`;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return differ;
  const prototype = Object.getPrototypeOf(a) as unknown;
  if (prototype !== Object.getPrototypeOf(b)) return `${differ} (of another class)`;
  if (a instanceof Date) return difference(a.getTime(), (b as Date).getTime(), `${path}.getTime()`);
  if (a instanceof RegExp) return String(a) === String(b) ? null : differ;
  if (a instanceof ArrayBuffer) return difference(new Uint8Array(a), new Uint8Array(b as ArrayBuffer), path);
  if (a instanceof Map) return difference([...a], [...(b as Map<unknown, unknown>)], path);
  if (a instanceof Set) return difference([...a], [...(b as Set<unknown>)], path);
  const [mine, yours] = [Object.keys(a), Object.keys(b)];
  // Holes are keys that are missing; a length counts what is behind the last key.
  if (String(mine) !== String(yours) || (Array.isArray(a) && a.length !== (b as unknown[]).length))
    return differ;
  for (const key of mine) {
    const found = difference(a[key as never], b[key as never], `${path}[${JSON.stringify(key)}]`);
    if (found !== null) return found;
  }
  return null;
}

function show(value: unknown): string {
  return inspect(value, { depth: 1, breakLength: 200 });
}
