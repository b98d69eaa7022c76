/** UTF-8 in the order of UTF-16: first bytes EE and EF (U+E000 to U+FFFF) come after F0 to F4 (beyond U+FFFF). */
import type { Segment } from "../../memory/segment.ts";
import type { SortKernels } from "../sort-kernels.ts";

export function sortStringKernels({
  u8,
  u32,
}: Segment): Pick<SortKernels, "stringImages" | "sortTies" | "boundsBelowStrings"> {
  const compare = (p: number, pEnd: number, q: number, qEnd: number): number => {
    for (; p < pEnd && q < qEnd; p++, q++) if (u8[p] !== u8[q]) return ordered(u8[p]) - ordered(u8[q]);
    return p < pEnd ? 1 : q < qEnd ? -1 : 0;
  };
  return {
    stringImages(offsets, bytes, rows, length, depth, descending, into) {
      const flip = descending === 0 ? 0 : -1;
      for (let i = 0; i < length; i++) {
        const row = offsets / 4 + u32[rows / 4 + i];
        const from = bytes + u32[row] + depth;
        const left = Math.min(8, Math.max(0, bytes + u32[row + 1] - from));
        let high = 0;
        let low = 0;
        for (let b = 0; b < 4; b++) high = (high << 8) | (b < left ? ordered(u8[from + b]) : 0);
        for (let b = 4; b < 7; b++) low = (low << 8) | (b < left ? ordered(u8[from + b]) : 0);
        u32[into / 4 + i * 2] = ((low << 8) | left) ^ flip;
        u32[into / 4 + i * 2 + 1] = high ^ flip;
      }
    },
    sortTies(offsets, bytes, images, rows, length, depth, descending, few, runs) {
      const sign = descending === 0 ? 1 : -1;
      const order = (a: number, b: number): number => {
        const [first, second] = [offsets / 4 + a, offsets / 4 + b];
        return (
          sign *
          compare(
            bytes + u32[first] + depth,
            bytes + u32[first + 1],
            bytes + u32[second] + depth,
            bytes + u32[second + 1],
          )
        );
      };
      let found = 0;
      for (let from = 0, to = 0; from < length; from = to) {
        const low = u32[images / 4 + from * 2];
        const high = u32[images / 4 + from * 2 + 1];
        for (to = from + 1; to < length; to++)
          if (u32[images / 4 + to * 2] !== low || u32[images / 4 + to * 2 + 1] !== high) break;
        if (to - from === 1 || ((descending === 0 ? low : ~low) & 255) !== 8) continue;
        if (to - from > few) {
          u32[runs / 4 + found * 2] = from;
          u32[runs / 4 + found * 2 + 1] = to - from;
          found++;
        } else {
          const run = Array.from(u32.subarray(rows / 4 + from, rows / 4 + to));
          u32.set(run.sort(order), rows / 4 + from);
        }
      }
      return found;
    },
    boundsBelowStrings(offsets, bytes, length, descending, boundOffsets, boundBytes, count, into) {
      for (let i = 0; i < length; i++) {
        const start = bytes + u32[offsets / 4 + i];
        const end = bytes + u32[offsets / 4 + i + 1];
        let low = 0;
        let high = count;
        while (low < high) {
          const middle = (low + high) >>> 1;
          const at = boundOffsets / 4 + middle;
          if (compare(boundBytes + u32[at], boundBytes + u32[at + 1], start, end) < 0) low = middle + 1;
          else high = middle;
        }
        u32[into / 4 + i] = descending === 0 ? low : count - low;
      }
    },
  };
}

function ordered(byte: number): number {
  return byte < 0xee ? byte : byte < 0xf0 ? byte + 5 : byte - 2;
}
