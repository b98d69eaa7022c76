import type { Segment } from "../../memory/segment.ts";
import type { AggregateKernels } from "../kernels.ts";

export function aggregateKernels({ u8, i32, u32, f32, f64 }: Segment): AggregateKernels {
  const bounds =
    (from: Int32Array | Uint32Array): AggregateKernels["boundsU32"] =>
    (keys, length, into) => {
      let min = from[keys / 4];
      let max = min;
      for (let i = 1; i < length; i++) {
        const key = from[keys / 4 + i];
        if (key < min) min = key;
        if (key > max) max = key;
      }
      from[into / 4] = min;
      from[into / 4 + 1] = max;
    };
  const widen =
    (from: Int32Array | Uint32Array | Float32Array): AggregateKernels["doublesFromI32"] =>
    (source, length, target) => {
      for (let i = 0; i < length; i++) f64[target / 8 + i] = from[source / 4 + i];
    };
  return {
    boundsU32: bounds(u32),
    boundsI32: bounds(i32),
    denseSum(keys, values, length, base, inverse, shift, slots) {
      let found = 0;
      for (let i = 0; i < length; i++) {
        const slot = slots / 8 + (Math.imul(u32[keys / 4 + i] - base, inverse) >>> shift);
        const value = f64[values / 8 + i];
        if (value === 0 && Object.is(value, -0)) found = 1;
        f64[slot] += value;
      }
      return found;
    },
    denseMin(keys, values, length, base, inverse, shift, slots) {
      let found = 0;
      for (let i = 0; i < length; i++) {
        const slot = slots / 8 + (Math.imul(u32[keys / 4 + i] - base, inverse) >>> shift);
        const value = f64[values / 8 + i];
        if (value === Number.POSITIVE_INFINITY) found = 1;
        f64[slot] = Math.min(f64[slot], value);
      }
      return found;
    },
    denseMax(keys, values, length, base, inverse, shift, slots) {
      let found = 0;
      for (let i = 0; i < length; i++) {
        const slot = slots / 8 + (Math.imul(u32[keys / 4 + i] - base, inverse) >>> shift);
        const value = f64[values / 8 + i];
        if (value === Number.NEGATIVE_INFINITY) found = 1;
        f64[slot] = Math.max(f64[slot], value);
      }
      return found;
    },
    denseCount(keys, length, base, inverse, shift, slots) {
      for (let i = 0; i < length; i++)
        f64[slots / 8 + (Math.imul(u32[keys / 4 + i] - base, inverse) >>> shift)]++;
    },
    denseFirst(keys, values, length, base, inverse, shift, slots, seen) {
      for (let i = 0; i < length; i++) {
        const group = Math.imul(u32[keys / 4 + i] - base, inverse) >>> shift;
        if (u8[seen + group] === 1) continue;
        u8[seen + group] = 1;
        f64[slots / 8 + group] = f64[values / 8 + i];
      }
    },
    denseLast(keys, values, length, base, inverse, shift, slots, seen) {
      for (let i = 0; i < length; i++) {
        const group = Math.imul(u32[keys / 4 + i] - base, inverse) >>> shift;
        u8[seen + group] = 1;
        f64[slots / 8 + group] = f64[values / 8 + i];
      }
    },
    denseMark(keys, length, base, inverse, shift, seen) {
      for (let i = 0; i < length; i++)
        u8[seen + (Math.imul(u32[keys / 4 + i] - base, inverse) >>> shift)] = 1;
    },
    fillDoubles(target, length, value) {
      f64.fill(value, target / 8, target / 8 + length);
    },
    divideDoubles(values, by, length) {
      for (let i = 0; i < length; i++) f64[values / 8 + i] /= f64[by / 8 + i];
    },
    emitDense(slots, from, to, step, identity, base, stride, outKeys, outValues) {
      let at = 0;
      for (let slot = from; slot < to; slot += step) {
        const value = f64[slots / 8 + slot];
        if (Object.is(value, identity)) continue;
        u32[outKeys / 4 + at] = base + Math.imul(slot, stride);
        f64[outValues / 8 + at++] = value;
      }
      return at;
    },
    emitSeen(slots, seen, from, to, step, base, stride, outKeys, outValues) {
      let at = 0;
      for (let slot = from; slot < to; slot += step) {
        if (u8[seen + slot] === 0) continue;
        u32[outKeys / 4 + at] = base + Math.imul(slot, stride);
        f64[outValues / 8 + at++] = f64[slots / 8 + slot];
      }
      return at;
    },
    doublesFromI32: widen(i32),
    doublesFromU32: widen(u32),
    doublesFromF32: widen(f32),
  };
}
