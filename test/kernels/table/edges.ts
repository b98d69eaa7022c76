/** The columns on which kernels are compared: every shape that a column can have, filled with values at the edges of their type. */
import { Buffer } from "node:buffer";
import fc from "fast-check";

/** Lengths are no multiples of 2, 4, 8, 16 or 64, or are, or are one beside. */
export const SHAPES = ["empty", "one row", "all equal", "skewed", "sorted", "reversed", "mixed"] as const;
export type Shape = (typeof SHAPES)[number];

const LENGTHS = [2, 3, 4, 5, 7, 8, 9, 13, 15, 16, 17, 31, 33, 63, 64, 65, 67, 127, 131] as const;

/** For kernels that need a row. */
export function notEmpty(shape: Shape): Shape {
  return shape === "empty" ? "one row" : shape;
}

/** Values in this shape; `compare` says what sorted is. */
export function column<T>(
  shape: Shape,
  value: fc.Arbitrary<T>,
  compare: (a: T, b: T) => number,
): fc.Arbitrary<T[]> {
  if (shape === "empty") return fc.constant([]);
  if (shape === "one row") return value.map((v) => [v]);
  return fc.constantFrom(...LENGTHS).chain((length) => {
    if (shape === "all equal") return value.map((v) => new Array<T>(length).fill(v));
    const rows = fc.array(value, { minLength: length, maxLength: length });
    if (shape === "skewed") return rows.map((all) => all.map((v, i) => (i % 7 === 3 ? v : all[0])));
    if (shape === "sorted") return rows.map((all) => all.sort(compare));
    if (shape === "reversed") return rows.map((all) => all.sort((a, b) => compare(b, a)));
    return rows;
  });
}

const ascending = (a: number | bigint, b: number | bigint): number =>
  a < b ? -1 : a > b ? 1 : a === b ? 0 : a !== a ? 1 : -1;

const u32 = fc.oneof(
  fc.nat({ max: 9 }),
  fc.constantFrom(0, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1),
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
);
const i32 = fc.oneof(
  fc.integer({ min: -5, max: 5 }),
  fc.constantFrom(-(2 ** 31), 2 ** 31 - 1, -1),
  fc.integer(),
);
const u64 = fc.oneof(
  fc.bigInt({ min: 0n, max: 9n }),
  fc.constantFrom(0n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 53n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
);
const i64 = u64.map((bits) => BigInt.asIntN(64, bits));

const word = new DataView(new ArrayBuffer(8));
function bitsOfDouble(value: number): bigint {
  word.setFloat64(0, value);
  return word.getBigUint64(0);
}
function doubleOfBits(bits: bigint): number {
  word.setBigUint64(0, bits);
  return word.getFloat64(0);
}
function floatOfBits(bits: number): number {
  word.setUint32(0, bits);
  return word.getFloat32(0);
}

/** As bits, because a number in JavaScript has no NaN but one. Quiet and signalling NaNs, of either sign. */
const NANS = [
  0x7ff8000000000000n,
  0xfff8000000000000n,
  0x7ff8000000000001n,
  0xffffffffffffffffn,
  0x7ff0000000000001n,
  0xfff4deadbeef0000n,
];
const DOUBLES = [
  -0,
  0,
  1,
  -1,
  0.5,
  5e-324,
  -5e-324,
  2.2250738585072014e-308,
  Number.MAX_VALUE,
  -Number.MAX_VALUE,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31),
  -(2 ** 31) - 1,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 53,
  2 ** 53 + 2,
  2147483647.5,
];
const doubleBits = fc.oneof(
  fc.constantFrom(...DOUBLES.map(bitsOfDouble)),
  fc.constantFrom(...NANS),
  fc.integer({ min: -9, max: 9 }).map(bitsOfDouble),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
);
const floatBits = fc.oneof(
  fc.constantFrom(0, 0x80000000, 1, 0x80000001, 0x00800000, 0x7f7fffff, 0x7f800000, 0xff800000),
  fc.constantFrom(0x7fc00000, 0xffc00000, 0x7fc00001, 0x7f800001, 0xffffffff),
  fc.constantFrom(0x3f800000, 0xbf800000, 0x4f000000, 0x4f800000),
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
);

export const u32s = (shape: Shape): fc.Arbitrary<Uint32Array> =>
  column(shape, u32, ascending).map((v) => Uint32Array.from(v));
export const i32s = (shape: Shape): fc.Arbitrary<Int32Array> =>
  column(shape, i32, ascending).map((v) => Int32Array.from(v));
export const u64s = (shape: Shape): fc.Arbitrary<BigUint64Array> =>
  column(shape, u64, ascending).map((v) => BigUint64Array.from(v));
export const i64s = (shape: Shape): fc.Arbitrary<BigInt64Array> =>
  column(shape, i64, ascending).map((v) => BigInt64Array.from(v));
export const bits = (shape: Shape): fc.Arbitrary<Uint8Array> =>
  column(shape, fc.nat({ max: 1 }), ascending).map((v) => Uint8Array.from(v));
export const bytes = (shape: Shape): fc.Arbitrary<Uint8Array> =>
  column(shape, fc.nat({ max: 255 }), ascending).map((v) => Uint8Array.from(v));
/** Doubles as the bits that they are: reading and writing them as numbers could change a NaN. */
export const f64s = (shape: Shape): fc.Arbitrary<BigUint64Array> =>
  column(shape, doubleBits, (a, b) => ascending(doubleOfBits(a), doubleOfBits(b))).map((v) =>
    BigUint64Array.from(v),
  );
export const f32s = (shape: Shape): fc.Arbitrary<Uint32Array> =>
  column(shape, floatBits, (a, b) => ascending(floatOfBits(a), floatOfBits(b))).map((v) =>
    Uint32Array.from(v),
  );

/** Numbers below `n`, such as partition ids. */
export const idsBelow = (shape: Shape, n: number): fc.Arbitrary<Uint32Array> =>
  column(shape, fc.nat({ max: n - 1 }), ascending).map((v) => Uint32Array.from(v));

/** As many 8-byte values as there are rows, of any bits. */
export function valuesFor(rows: number): fc.Arbitrary<BigUint64Array> {
  return fc.array(doubleBits, { minLength: rows, maxLength: rows }).map((v) => BigUint64Array.from(v));
}

/** As many indices below `below` as wanted. */
export function indicesFor(rows: number, below: number): fc.Arbitrary<Uint32Array> {
  return fc
    .array(fc.nat({ max: below - 1 }), { minLength: rows, maxLength: rows })
    .map((v) => Uint32Array.from(v));
}

/** Where the rows of such ids go when they are sorted, stable. */
export function positionsOf(ids: Uint32Array): Uint32Array {
  const order = Array.from(ids, (_, i) => i).sort((a, b) => ids[a] - ids[b] || a - b);
  const positions = new Uint32Array(ids.length);
  order.forEach((row, at) => {
    positions[row] = at;
  });
  return positions;
}

/** Starts of the groups of such ids. */
export function startsOf(ids: Uint32Array, n: number): Uint32Array {
  const counts = new Uint32Array(n);
  for (const id of ids) counts[id]++;
  let sum = 0;
  return counts.map((count) => (sum += count) - count);
}

export interface Strings {
  readonly rows: number;
  readonly offsets: Int32Array;
  readonly bytes: Uint8Array;
}

/** Characters of one to four bytes, at the ends of their ranges and where UTF-16 and UTF-8 order differ. */
const CHARACTERS = [
  "a",
  "b",
  "Z",
  "0",
  " ",
  ",",
  "\u0000",
  "\u007f",
  "\u0080",
  "é",
  "\u07ff",
  "\u0800",
  "€",
  "\ud7ff",
  "\ue000",
  "\ufffd",
  "\uffff",
];
const character = fc.constantFrom(...CHARACTERS, "\u{10000}", "😀", "\u{10ffff}");
const text = fc.oneof(
  fc.constantFrom(
    "",
    "a",
    "0123456",
    "01234567",
    "012345678",
    "0123456789abcdef",
    "0123456789abcdefg",
    "0123456789abcdef,",
    "€".repeat(30),
  ),
  fc.string({ unit: character, maxLength: 12 }),
  fc.string({ unit: character, maxLength: 6 }).map((tail) => `the same long prefix ${tail}`),
  fc.string({ unit: fc.constantFrom("a", ",", " "), maxLength: 40 }),
  // Runs over the ends of the widest vectors, of 64 bytes.
  fc.string({ unit: fc.constantFrom("a", ",", ",,,", "é"), minLength: 60, maxLength: 140 }),
);
const byUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export const strings = (shape: Shape): fc.Arbitrary<Strings> => column(shape, text, byUnits).map(stringsOf);

export function stringsOf(values: readonly string[]): Strings {
  const encoded = values.map((value) => Buffer.from(value));
  const offsets = new Int32Array(values.length + 1);
  encoded.forEach((value, i) => {
    offsets[i + 1] = offsets[i] + value.length;
  });
  return { rows: values.length, offsets, bytes: new Uint8Array(Buffer.concat(encoded)) };
}

/** How many partitions: powers of two and others. */
export const partitions = fc.constantFrom(1, 2, 3, 7, 8, 31, 64);
