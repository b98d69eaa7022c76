/** Which values are one key, and in which order they come, against what they are made of. */
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareValues, keyOf, valuesEqual } from "../../src/column/equality.ts";
import { hashValue } from "../../src/column/hash-value.ts";

const RUNS = Number(process.env["GNISTA_TEST_RUNS"] ?? 100) * 5;

const leaf = fc.oneof(
  fc.constantFrom(null, undefined, true, 0, Number.NaN, "", "1", "\u0000", 1n, new Date(0)),
  fc.constantFrom(
    /a/,
    /a/i,
    new Error("a"),
    new RangeError("a"),
    Uint8Array.of(1).buffer,
    Uint8Array.of(2).buffer,
  ),
  fc.integer(),
  fc.string({ maxLength: 3 }),
);
const value = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 2 },
    leaf,
    fc.array(tie("any"), { maxLength: 3 }),
    fc.dictionary(fc.string({ maxLength: 1 }), tie("any"), { maxKeys: 3, noNullPrototype: true }),
    fc.array(fc.tuple(leaf, tie("any")), { maxLength: 2 }).map((entries) => new Map(entries)),
    fc.array(leaf, { maxLength: 2 }).map((items) => new Set(items)),
    fc.array(fc.integer(), { maxLength: 2 }).map((items) => Float64Array.from(items)),
  ),
})).any;

describe("values as keys", () => {
  it("are equal when their copies are, and have one hash then", () => {
    fc.assert(
      fc.property(value, (a) => {
        const b = structuredClone(a);
        expect(valuesEqual(a, b)).toBe(true);
        expect(hashValue(a)).toBe(hashValue(b));
        expect(compareValues(a, b)).toBe(0);
      }),
      { numRuns: RUNS },
    );
  });

  it("differ when what they are made of differs", () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        if (!isDeepStrictEqual(a, b)) expect(keyOf(a)).not.toBe(keyOf(b));
        expect(Math.sign(compareValues(a, b)) + Math.sign(compareValues(b, a))).toBe(0);
      }),
      { numRuns: RUNS },
    );
  });

  it("are told apart though they have no fields", () => {
    const buffer = (byte: number): ArrayBuffer => Uint8Array.of(byte).buffer;
    const values = [
      /a/,
      /a/i,
      /b/,
      new Error("a"),
      new Error("b"),
      new TypeError("a"),
      buffer(1),
      buffer(2),
      {},
    ];
    expect(new Set(values.map(keyOf)).size).toBe(values.length);
  });
});
