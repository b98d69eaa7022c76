/** Random programs and the tables that they run on, for fast-check. */
import fc from "fast-check";
import type { Kind, Tables } from "./programs.ts";

export const starts = fc.constantFrom<Kind>("number", "mixed", "pair");

const key = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -3, max: 6 }) },
  { weight: 3, arbitrary: fc.constantFrom("", "a", "b", "aa", "\u{1f600}", "\ud800", "1") },
  fc.constantFrom(null, undefined, true, false, Number.NaN, -0, 0.5, 2 ** 40, 1n, 2n ** 70n),
  fc.tuple(fc.integer({ min: 0, max: 1 }), fc.constantFrom("x", "y")),
  fc.record({ id: fc.integer({ min: 0, max: 2 }) }),
  fc.constantFrom(new Date(0), new Date(1e12)),
);
const uniformKey = fc.oneof(
  fc.constant(fc.integer({ min: -3, max: 6 })),
  fc.constant(fc.constantFrom("", "a", "b", "aa", "c")),
  fc.constant(fc.double({ noNaN: true, min: -2, max: 2 })),
  fc.constant(key),
);
const value = fc.integer({ min: -100, max: 1000 });
const numbers = fc.oneof(
  fc.array(value, { maxLength: 40 }),
  fc.array(fc.oneof(value, fc.constantFrom(0.25, -0, Number.NaN, 1e300, Number.POSITIVE_INFINITY)), {
    maxLength: 40,
  }),
);
const slices = fc.integer({ min: 1, max: 5 });
export const tables: fc.Arbitrary<Tables> = fc.record({
  number: fc.record({ rows: numbers, slices }),
  mixed: fc.record({ rows: fc.array(key, { maxLength: 30 }), slices }),
  pair: fc.record({
    rows: uniformKey.chain((keys) => fc.array(fc.tuple(keys, value), { maxLength: 30 })),
    slices,
  }),
});
export const steps = fc.array(fc.record({ op: fc.nat(1000), n: fc.integer({ min: 1, max: 5 }) }), {
  minLength: 1,
  maxLength: 6,
});
