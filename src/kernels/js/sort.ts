import type { Segment } from "../../memory/segment.ts";
import type { SortKernels } from "../kernels.ts";

export function sortKernels({ u32 }: Segment): SortKernels {
  return {
    radixPass4(keys, indices, length, shift, outKeys, outIndices, counts) {
      const next = starts(u32, counts, length, (i) => (u32[keys / 4 + i] >>> shift) & 255);
      for (let i = 0; i < length; i++) {
        const key = u32[keys / 4 + i];
        const at = u32[next + ((key >>> shift) & 255)]++;
        u32[outKeys / 4 + at] = key;
        u32[outIndices / 4 + at] = u32[indices / 4 + i];
      }
    },
    radixPass8(keys, indices, length, shift, outKeys, outIndices, counts) {
      const word = shift >>> 5;
      const within = shift & 31;
      const next = starts(u32, counts, length, (i) => (u32[keys / 4 + i * 2 + word] >>> within) & 255);
      for (let i = 0; i < length; i++) {
        const at = u32[next + ((u32[keys / 4 + i * 2 + word] >>> within) & 255)]++;
        u32[outKeys / 4 + at * 2] = u32[keys / 4 + i * 2];
        u32[outKeys / 4 + at * 2 + 1] = u32[keys / 4 + i * 2 + 1];
        u32[outIndices / 4 + at] = u32[indices / 4 + i];
      }
    },
  };
}

/** The first position of each digit, as u32[256] at `counts`; returns its index. */
function starts(u32: Uint32Array, counts: number, length: number, digit: (i: number) => number): number {
  const at = counts / 4;
  u32.fill(0, at, at + 256);
  for (let i = 0; i < length; i++) u32[at + digit(i)]++;
  let sum = 0;
  for (let d = 0; d < 256; d++) {
    const count = u32[at + d];
    u32[at + d] = sum;
    sum += count;
  }
  return at;
}
