import type { Segment } from "../../memory/segment.ts";
import type { SelectKernels } from "../kernels.ts";
import { NO_ROW } from "../select.ts";

export function selectKernels({ u8, u32 }: Segment): SelectKernels {
  return {
    gather4(source, indices, length, target) {
      for (let i = 0; i < length; i++) u32[target / 4 + i] = u32[source / 4 + u32[indices / 4 + i]];
    },
    gather8(source, indices, length, target) {
      for (let i = 0; i < length; i++) {
        const from = source / 4 + u32[indices / 4 + i] * 2;
        u32[target / 4 + i * 2] = u32[from];
        u32[target / 4 + i * 2 + 1] = u32[from + 1];
      }
    },
    gather1(source, indices, length, target) {
      for (let i = 0; i < length; i++) u8[target + i] = u8[source + u32[indices / 4 + i]];
    },
    gatherWide(source, indices, length, width, target) {
      for (let i = 0; i < length; i++) {
        const from = source + u32[indices / 4 + i] * width;
        u8.copyWithin(target + i * width, from, from + width);
      }
    },
    gatherOffsets(offsets, indices, length, target) {
      let total = 0;
      for (let i = 0; i < length; i++) {
        u32[target / 4 + i] = total;
        const row = offsets / 4 + u32[indices / 4 + i];
        total += u32[row + 1] - u32[row];
      }
      u32[target / 4 + length] = total;
      return total;
    },
    gatherStrings(offsets, values, indices, length, targetOffsets, target) {
      for (let i = 0; i < length; i++) {
        const row = offsets / 4 + u32[indices / 4 + i];
        u8.copyWithin(target + u32[targetOffsets / 4 + i], values + u32[row], values + u32[row + 1]);
      }
    },
    nullableRows(indices, length, rows, validity) {
      let nulls = 0;
      u8.fill(0, validity, validity + ((length + 7) >>> 3));
      for (let i = 0; i < length; i++) {
        const index = u32[indices / 4 + i];
        u32[rows / 4 + i] = index === NO_ROW ? 0 : index;
        if (index === NO_ROW) nulls++;
        else u8[validity + (i >>> 3)] |= 1 << (i & 7);
      }
      return nulls;
    },
    scatter1(source, positions, length, target) {
      for (let i = 0; i < length; i++) u8[target + u32[positions / 4 + i]] = u8[source + i];
    },
    scatterWide(source, positions, length, width, target) {
      for (let i = 0; i < length; i++) {
        const from = source + i * width;
        u8.copyWithin(target + u32[positions / 4 + i] * width, from, from + width);
      }
    },
    copyBytes(source, bytes, target) {
      u8.copyWithin(target, source, source + bytes);
    },
    rowNumbers(first, length, target) {
      for (let i = 0; i < length; i++) u32[target / 4 + i] = first + i;
    },
    countMask(mask, length) {
      let count = 0;
      for (let i = 0; i < length; i++) count += u8[mask + i];
      return count;
    },
    filter4(source, mask, length, target) {
      let at = target / 4;
      for (let i = 0; i < length; i++) if (u8[mask + i] !== 0) u32[at++] = u32[source / 4 + i];
      return at - target / 4;
    },
    filter8(source, mask, length, target) {
      let at = target / 4;
      for (let i = 0; i < length; i++)
        if (u8[mask + i] !== 0) {
          u32[at++] = u32[source / 4 + i * 2];
          u32[at++] = u32[source / 4 + i * 2 + 1];
        }
      return (at - target / 4) / 2;
    },
  };
}
