/** Sorting an image's bytes from the least significant gives the same order as any other stable sort. */
import type { Segment } from "../../memory/segment.ts";
import type { PairKernels } from "../pair-kernels.ts";
import { bucketReader, imageReader, keyBytes } from "./key-image.ts";

export function pairKernels(segment: Segment): PairKernels {
  const { u8, u32 } = segment;
  const image = imageReader(segment);
  const other = imageReader(segment);

  const copy = (from: number, bytes: number, to: number): void => {
    u32[to / 4] = u32[from / 4];
    if (bytes === 8) u32[to / 4 + 1] = u32[from / 4 + 1];
  };
  /** Row `i` of the output. */
  const write = (
    kind: number,
    width: number,
    from: number,
    i: number,
    outKeys: number,
    outValues: number,
  ): void => {
    const bytes = keyBytes(kind);
    copy(from, bytes, outKeys + i * bytes);
    copy(from + bytes, width, outValues + i * width);
  };
  const unpack = (source: number, stride: number, length: number, bytes: number, target: number): void => {
    for (let i = 0; i < length; i++) copy(source + i * stride, bytes, target + i * bytes);
  };

  return {
    scatterPairs(kind, width, keys, keyStride, values, valueStride, length, descending, grid, next, into) {
      const bucket = bucketReader(segment, image, grid);
      const bytes = keyBytes(kind);
      for (let i = 0; i < length; i++) {
        image.read(kind, keys + i * keyStride, descending);
        const to = into + u32[next / 4 + bucket()]++ * (bytes + width);
        copy(keys + i * keyStride, bytes, to);
        copy(values + i * valueStride, width, to + bytes);
      }
    },
    sortPairs(kind, width, runs, numRuns, descending, _bounds, scratch, outKeys, outValues) {
      const stride = keyBytes(kind) + width;
      const [first, last] = [runs / 4, runs / 4 + numRuns * 2];
      let n = 0;
      for (let r = first; r < last; r += 2) n += u32[r + 1];
      const images = scratch;
      let rows = scratch / 4 + n * 2;
      let others = rows + n;
      const addresses = others + n;
      let i = 0;
      let disorder = false;
      let seams = false;
      let [varyingLow, varyingHigh] = [0, 0];
      for (let r = first; r < last; r += 2)
        for (let row = 0; row < u32[r + 1]; row++, i++) {
          image.read(kind, u32[r] + row * stride, descending);
          const at = images / 4 + i * 2;
          u32[at] = image.low;
          u32[at + 1] = image.high;
          u32[addresses + i] = u32[r] + row * stride;
          u32[rows + i] = i;
          if (i === 0) continue;
          if (image.isBelow(u32[at - 2], u32[at - 1])) {
            if (row > 0) disorder = true;
            else seams = true;
          }
          varyingLow |= image.low ^ u32[images / 4];
          varyingHigh |= image.high ^ u32[images / 4 + 1];
        }
      if (!disorder && !seams) return 1;
      if (!disorder && numRuns === 2) return 2;
      const next = new Uint32Array(256);
      for (let byte = 0; byte < 8; byte++) {
        if ((((byte < 4 ? varyingLow : varyingHigh) >>> ((byte & 3) * 8)) & 255) === 0) continue;
        next.fill(0);
        for (let i = 0; i < n; i++) next[u8[images + i * 8 + byte]]++;
        let sum = 0;
        for (let d = 0; d < 256; d++) {
          const count = next[d];
          next[d] = sum;
          sum += count;
        }
        for (let i = 0; i < n; i++) {
          const row = u32[rows + i];
          u32[others + next[u8[images + row * 8 + byte]]++] = row;
        }
        [rows, others] = [others, rows];
      }
      for (let i = 0; i < n; i++) write(kind, width, u32[addresses + u32[rows + i]], i, outKeys, outValues);
      return 0;
    },
    mergePairs(kind, width, left, leftLength, right, rightLength, descending, outKeys, outValues) {
      const stride = keyBytes(kind) + width;
      const leftEnd = left + leftLength * stride;
      const rightEnd = right + rightLength * stride;
      for (let i = 0; left < leftEnd || right < rightEnd; i++) {
        if (left < leftEnd) image.read(kind, left, descending);
        if (right < rightEnd) other.read(kind, right, descending);
        const takeRight = left === leftEnd || (right < rightEnd && other.isBelow(image.low, image.high));
        write(kind, width, takeRight ? right : left, i, outKeys, outValues);
        if (takeRight) right += stride;
        else left += stride;
      }
    },
    unpack4: (source, stride, length, target) => unpack(source, stride, length, 4, target),
    unpack8: (source, stride, length, target) => unpack(source, stride, length, 8, target),
  };
}
