import type { Segment } from "../../memory/segment.ts";
import type { AggregateKernels } from "../kernels.ts";

export function aggregateKernels({ u8, i32, u32, f64 }: Segment): AggregateKernels {
  const dense =
    (merge: (a: number, b: number) => number): AggregateKernels["denseSum"] =>
    (keys, values, length, base, sums, seen) => {
      for (let i = 0; i < length; i++) {
        const group = (u32[keys / 4 + i] - base) >>> 0;
        const value = f64[values / 8 + i];
        f64[sums / 8 + group] = u8[seen + group] === 0 ? value : merge(f64[sums / 8 + group], value);
        u8[seen + group] = 1;
      }
    };
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
  return {
    boundsU32: bounds(u32),
    boundsI32: bounds(i32),
    denseSum: dense((a, b) => a + b),
    denseMin: dense(Math.min),
    denseMax: dense(Math.max),
  };
}
