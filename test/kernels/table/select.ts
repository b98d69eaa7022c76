import fc from "fast-check";
import type { SelectKernels } from "../../../src/kernels/kernels.ts";
import {
  bits,
  bytes,
  column,
  indicesFor,
  notEmpty,
  positionsOf,
  type Shape,
  strings,
  u32s,
  u64s,
  valuesFor,
} from "./edges.ts";
import { type KernelCases, kernelCase } from "./kernel-case.ts";

/** A source of at least a row, and indices into it, more or fewer than it has rows. */
const gathered =
  <T extends { readonly length: number }>(source: (shape: Shape) => fc.Arbitrary<T>) =>
  (shape: Shape) =>
    source(notEmpty(shape)).chain((values) =>
      fc.record({
        source: fc.constant(values),
        indices: (shape === "empty" ? fc.constant(0) : fc.nat({ max: 150 })).chain((rows) =>
          indicesFor(rows, values.length),
        ),
      }),
    );

const gatheredStrings = (shape: Shape) =>
  strings(notEmpty(shape)).chain((source) =>
    fc.record({
      source: fc.constant(source),
      indices: (shape === "empty" ? fc.constant(0) : fc.nat({ max: 150 })).chain((rows) =>
        indicesFor(rows, source.rows),
      ),
    }),
  );

const wide = (shape: Shape) =>
  fc
    .record({ keys: u32s(shape), width: fc.constantFrom(2, 3, 12, 16, 20, 64, 100) })
    .chain(({ keys, width }) =>
      fc.record({
        keys: fc.constant(keys),
        width: fc.constant(width),
        source: fc.uint8Array({ minLength: keys.length * width, maxLength: keys.length * width }),
      }),
    );

const masked =
  <T extends { readonly length: number }>(values: (rows: number) => fc.Arbitrary<T>) =>
  (shape: Shape) =>
    bits(shape).chain((mask) => fc.record({ mask: fc.constant(mask), source: values(mask.length) }));

export const selectCases: KernelCases<SelectKernels> = {
  gather1: kernelCase(gathered(bytes), (k, m, { source, indices }) => {
    const target = m.room(indices.length, 1);
    k.gather1(m.input(source), m.input(indices), indices.length, target);
    return [m.bytes(target, indices.length)];
  }),
  gather4: kernelCase(gathered(u32s), (k, m, { source, indices }) => {
    const target = m.room(indices.length, 4);
    k.gather4(m.input(source), m.input(indices), indices.length, target);
    return [m.bytes(target, indices.length * 4)];
  }),
  gather8: kernelCase(gathered(u64s), (k, m, { source, indices }) => {
    const target = m.room(indices.length, 8);
    k.gather8(m.input(source), m.input(indices), indices.length, target);
    return [m.bytes(target, indices.length * 8)];
  }),
  gatherWide: kernelCase(wide, (k, m, { source, keys, width }) => {
    const target = m.room(source.length, 1);
    k.gatherWide(m.input(source), m.input(positionsOf(keys)), keys.length, width, target);
    return [m.bytes(target, source.length)];
  }),
  gatherOffsets: kernelCase(gatheredStrings, (k, m, { source, indices }) => {
    const target = m.room(indices.length + 1, 4);
    const total = k.gatherOffsets(m.input(source.offsets), m.input(indices), indices.length, target);
    return [total, m.bytes(target, indices.length * 4 + 4)];
  }),
  gatherStrings: kernelCase(gatheredStrings, (k, m, { source, indices }) => {
    const lengths = Array.from(indices, (row) => source.offsets[row + 1] - source.offsets[row]);
    const offsets = new Int32Array(indices.length + 1);
    lengths.forEach((length, i) => {
      offsets[i + 1] = offsets[i] + length;
    });
    const total = offsets[indices.length];
    const target = m.room(total, 1);
    const from = m.input(source.bytes);
    k.gatherStrings(
      m.input(source.offsets),
      from,
      m.input(indices),
      indices.length,
      m.input(offsets),
      target,
    );
    return [m.bytes(target, total)];
  }),
  nullableRows: kernelCase(
    (shape) => column(shape, fc.oneof(fc.nat({ max: 9 }), fc.constant(0xffffffff)), (a, b) => a - b),
    (k, m, indices) => {
      const rows = m.room(indices.length, 4);
      const bytes = (indices.length + 7) >>> 3;
      const validity = m.room(bytes, 1);
      const nulls = k.nullableRows(m.input(Uint32Array.from(indices)), indices.length, rows, validity);
      return [nulls, m.bytes(rows, indices.length * 4), m.bytes(validity, bytes)];
    },
  ),
  scatter1: kernelCase(bytes, (k, m, source) => {
    const target = m.room(source.length, 1);
    k.scatter1(m.input(source), m.input(positionsOf(Uint32Array.from(source))), source.length, target);
    return [m.bytes(target, source.length)];
  }),
  scatterWide: kernelCase(wide, (k, m, { source, keys, width }) => {
    const target = m.room(source.length, 1);
    k.scatterWide(m.input(source), m.input(positionsOf(keys)), keys.length, width, target);
    return [m.bytes(target, source.length)];
  }),
  copyBytes: kernelCase(
    (shape) => fc.record({ source: bytes(shape), distance: fc.nat({ max: 40 }) }),
    (k, m, { source, distance }) => {
      const target = m.room(source.length, 1);
      k.copyBytes(m.input(source), source.length, target);
      // A copy may overlap itself, either way.
      const over = m.variable(Uint8Array.from([...source, ...new Uint8Array(distance)]));
      k.copyBytes(over, source.length, over + distance);
      k.copyBytes(over + distance, source.length, over);
      return [m.bytes(target, source.length), m.bytes(over, source.length + distance)];
    },
  ),
  rowNumbers: kernelCase(
    (shape) =>
      fc.record({
        length: bytes(shape).map((v) => v.length),
        first: fc.constantFrom(0, 1, 2 ** 31 - 3, 2 ** 31, 2 ** 32 - 200),
      }),
    (k, m, { length, first }) => {
      const target = m.room(length, 4);
      k.rowNumbers(first, length, target);
      return [m.bytes(target, length * 4)];
    },
  ),
  countMask: kernelCase(bits, (k, m, mask) => [k.countMask(m.input(mask), mask.length)]),
  // Filters may write one value past the last one kept.
  filter4: kernelCase(
    masked((rows) => indicesFor(rows, 2 ** 31)),
    (k, m, { mask, source }) => {
      const target = m.room(mask.length + 1, 4);
      const kept = k.filter4(m.input(source), m.input(mask), mask.length, target);
      return [kept, m.bytes(target, kept * 4)];
    },
  ),
  filter8: kernelCase(masked(valuesFor), (k, m, { mask, source }) => {
    const target = m.room(mask.length + 1, 8);
    const kept = k.filter8(m.input(source), m.input(mask), mask.length, target);
    return [kept, m.bytes(target, kept * 8)];
  }),
};
