import fc from "fast-check";
import type { AggregateKernels } from "../../../src/kernels/kernels.ts";
import { bits, f32s, f64s, i32s, idsBelow, notEmpty, type Shape, u32s, valuesFor } from "./edges.ts";
import { type KernelCases, kernelCase } from "./kernel-case.ts";

const GROUPS = 50;

/** Keys base + group * step, and what undoes the step: the inverse of its odd part modulo 2^32, and its twos. */
const keyed = (shape: Shape) =>
  fc
    .record({
      groups: idsBelow(shape, GROUPS),
      base: fc.constantFrom(0, 7, 2 ** 31 - 20, 2 ** 31, 2 ** 32 - 30),
      step: fc.constantFrom(1, 2, 3, 8, 12, 31),
    })
    .chain(({ groups, base, step }) => {
      const shift = 31 - Math.clz32(step & -step);
      let inverse = 1;
      for (let i = 0; i < 5; i++) inverse = Math.imul(inverse, 2 - Math.imul(step >>> shift, inverse));
      return valuesFor(groups.length).map((values) => ({
        keys: groups.map((g) => base + g * step),
        values,
        base,
        inverse: inverse >>> 0,
        shift,
      }));
    });

const IDENTITIES = { denseSum: -0, denseMin: Number.POSITIVE_INFINITY, denseMax: Number.NEGATIVE_INFINITY };

const reduced = (name: keyof typeof IDENTITIES) =>
  kernelCase(keyed, (k, m, { keys, values, base, inverse, shift }) => {
    const slots = m.variable(new Float64Array(GROUPS).fill(IDENTITIES[name]));
    const found = k[name](m.input(keys), m.input(values), keys.length, base, inverse, shift, slots);
    return [found === 0 ? 0 : 1, m.doubles(slots, GROUPS)];
  });

const kept = (name: "denseFirst" | "denseLast") =>
  kernelCase(keyed, (k, m, { keys, values, base, inverse, shift }) => {
    const slots = m.zeros(GROUPS, 8);
    const seen = m.zeros(GROUPS, 1);
    k[name](m.input(keys), m.input(values), keys.length, base, inverse, shift, slots, seen);
    return [m.bytes(slots, GROUPS * 8), m.bytes(seen, GROUPS)];
  });

const bounded = (
  name: "boundsU32" | "boundsI32",
  keys: (shape: Shape) => fc.Arbitrary<Uint32Array | Int32Array>,
) =>
  kernelCase(
    (shape) => keys(notEmpty(shape)),
    (k, m, column) => {
      const into = m.room(4, 4);
      k[name](m.input(column), column.length, into);
      return [m.bytes(into, 8)];
    },
  );

const widened = (
  name: "doublesFromI32" | "doublesFromU32" | "doublesFromF32",
  values: (shape: Shape) => fc.Arbitrary<Uint32Array | Int32Array>,
) =>
  kernelCase(values, (k, m, source) => {
    const target = m.room(source.length, 8);
    k[name](m.input(source), source.length, target);
    return [m.doubles(target, source.length)];
  });

/** The slots of one partition among `step`: from, from + step, ... */
const emitted = (shape: Shape) =>
  fc.record({
    slots: f64s(shape),
    identity: fc.constantFrom(-0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
    step: fc.constantFrom(1, 2, 3, 8),
    skip: fc.nat({ max: 3 }),
    base: fc.constantFrom(0, 9, 2 ** 31, 2 ** 32 - 50),
    stride: fc.constantFrom(1, 4, 7),
  });

export const aggregateCases: KernelCases<AggregateKernels> = {
  boundsU32: bounded("boundsU32", u32s),
  boundsI32: bounded("boundsI32", i32s),
  denseSum: reduced("denseSum"),
  denseMin: reduced("denseMin"),
  denseMax: reduced("denseMax"),
  denseCount: kernelCase(keyed, (k, m, { keys, base, inverse, shift }) => {
    const slots = m.zeros(GROUPS, 8);
    k.denseCount(m.input(keys), keys.length, base, inverse, shift, slots);
    return [m.bytes(slots, GROUPS * 8)];
  }),
  denseFirst: kept("denseFirst"),
  denseLast: kept("denseLast"),
  denseMark: kernelCase(keyed, (k, m, { keys, base, inverse, shift }) => {
    const seen = m.zeros(GROUPS, 1);
    k.denseMark(m.input(keys), keys.length, base, inverse, shift, seen);
    return [m.bytes(seen, GROUPS)];
  }),
  fillDoubles: kernelCase(
    (shape) =>
      fc.record({
        length: bits(shape).map((v) => v.length),
        value: fc.constantFrom(-0, 0, 1.5, Number.NaN, Number.NEGATIVE_INFINITY),
      }),
    (k, m, { length, value }) => {
      const target = m.room(length, 8);
      k.fillDoubles(target, length, value);
      return [m.doubles(target, length)];
    },
  ),
  divideDoubles: kernelCase(
    (shape) =>
      f64s(shape).chain((values) => fc.record({ values: fc.constant(values), by: valuesFor(values.length) })),
    (k, m, { values, by }) => {
      const into = m.variable(values);
      k.divideDoubles(into, m.input(by), values.length);
      return [m.doubles(into, values.length)];
    },
  ),
  emitDense: kernelCase(emitted, (k, m, { slots, identity, step, skip, base, stride }) => {
    const outKeys = m.room(slots.length + 1, 4);
    const outValues = m.room(slots.length + 1, 8);
    const from = Math.min(skip, slots.length);
    const count = k.emitDense(
      m.input(slots),
      from,
      slots.length,
      step,
      identity,
      base,
      stride,
      outKeys,
      outValues,
    );
    return [count, m.bytes(outKeys, count * 4), m.bytes(outValues, count * 8)];
  }),
  emitSeen: kernelCase(
    (shape) =>
      emitted(shape).chain((all) =>
        fc.record({
          all: fc.constant(all),
          seen: fc.array(fc.nat({ max: 1 }), { minLength: 140, maxLength: 140 }),
        }),
      ),
    (k, m, { all: { slots, step, skip, base, stride }, seen }) => {
      const outKeys = m.room(slots.length + 1, 4);
      const outValues = m.room(slots.length + 1, 8);
      const from = Math.min(skip, slots.length);
      const flags = m.input(Uint8Array.from(seen));
      const count = k.emitSeen(
        m.input(slots),
        flags,
        from,
        slots.length,
        step,
        base,
        stride,
        outKeys,
        outValues,
      );
      return [count, m.bytes(outKeys, count * 4), m.bytes(outValues, count * 8)];
    },
  ),
  doublesFromI32: widened("doublesFromI32", i32s),
  doublesFromU32: widened("doublesFromU32", u32s),
  doublesFromF32: widened("doublesFromF32", f32s),
};
