import type { Segment } from "../../memory/segment.ts";
import type { SortKernels } from "../sort-kernels.ts";
import { bucketReader, imageReader, keyBytes } from "./key-image.ts";

export function sortKernels(
  segment: Segment,
): Omit<SortKernels, "stringImages" | "sortTies" | "boundsBelowStrings"> {
  const { u32 } = segment;
  const image = imageReader(segment);

  return {
    keyImages(kind, keys, length, descending, into) {
      const at = into / 4;
      for (let i = 0; i < length; i++) {
        image.read(kind, keys + i * keyBytes(kind), descending);
        u32[at + i * 2] = image.low;
        u32[at + i * 2 + 1] = image.high;
      }
    },
    imageBounds(kind, keys, stride, length, descending, into) {
      const at = into / 4;
      for (let i = 0; i < length; i++) {
        image.read(kind, keys + i * stride, descending);
        if (image.isBelow(u32[at], u32[at + 1])) {
          u32[at] = image.low;
          u32[at + 1] = image.high;
        }
        if (image.isAbove(u32[at + 2], u32[at + 3])) {
          u32[at + 2] = image.low;
          u32[at + 3] = image.high;
        }
      }
    },
    bucketCounts(kind, keys, stride, length, descending, grid, counts) {
      const bucket = bucketReader(segment, image, grid);
      for (let i = 0; i < length; i++) {
        image.read(kind, keys + i * stride, descending);
        u32[counts / 4 + bucket()]++;
      }
    },
    bucketPositions(kind, keys, length, descending, grid, next, positions) {
      const bucket = bucketReader(segment, image, grid);
      for (let i = 0; i < length; i++) {
        image.read(kind, keys + i * keyBytes(kind), descending);
        u32[positions / 4 + i] = u32[next / 4 + bucket()]++;
      }
    },
    boundsBelow(kind, keys, length, descending, bounds, count, into) {
      for (let i = 0; i < length; i++) {
        image.read(kind, keys + i * keyBytes(kind), 0);
        let low = 0;
        let high = count;
        while (low < high) {
          const middle = (low + high) >>> 1;
          if (image.isAbove(u32[bounds / 4 + middle * 2], u32[bounds / 4 + middle * 2 + 1])) low = middle + 1;
          else high = middle;
        }
        u32[into / 4 + i] = descending === 0 ? low : count - low;
      }
    },
  };
}
