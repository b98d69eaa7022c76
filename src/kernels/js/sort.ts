/**
 * Images as two 32-bit words, low then high. Sorting an image's bytes from the least significant gives the same permutation as any other
 * stable sort.
 */
import type { Segment } from "../../memory/segment.ts";
import type { SortKernels } from "../sort-kernels.ts";

const SIGN = 0x80000000;

export function sortKernels(
  segment: Segment,
): Omit<SortKernels, "stringImages" | "sortTies" | "boundsBelowStrings"> {
  const { u8, u16, u32 } = segment;
  const image = imageReader(segment);

  const bucketReader = (grid: number): (() => number) => {
    const [low, high] = [u32[grid / 4], u32[grid / 4 + 1]];
    const shift = u32[grid / 4 + 2];
    const last = u32[grid / 4 + 3];
    const table = (grid + 16) / 2;
    return () => {
      if (image.high < high || (image.high === high && image.low <= low)) return u16[table];
      const borrow = image.low < low ? 1 : 0;
      const aboveLow = (image.low - low) >>> 0;
      const aboveHigh = image.high - high - borrow;
      const entry = Math.floor(aboveHigh * 2 ** (32 - shift)) + Math.floor(aboveLow / 2 ** shift);
      return u16[table + Math.min(entry, last)];
    };
  };

  return {
    keyImages(kind, keys, length, descending, into) {
      const at = into / 4;
      for (let i = 0; i < length; i++) {
        image.read(kind, keys, i, descending);
        u32[at + i * 2] = image.low;
        u32[at + i * 2 + 1] = image.high;
      }
    },
    imageBounds(kind, keys, length, descending, into) {
      const at = into / 4;
      for (let i = 0; i < length; i++) {
        image.read(kind, keys, i, descending);
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
    bucketCounts(kind, keys, length, descending, grid, counts) {
      const bucket = bucketReader(grid);
      for (let i = 0; i < length; i++) {
        image.read(kind, keys, i, descending);
        u32[counts / 4 + bucket()]++;
      }
    },
    bucketPositions(kind, keys, length, descending, grid, next, positions) {
      const bucket = bucketReader(grid);
      for (let i = 0; i < length; i++) {
        image.read(kind, keys, i, descending);
        u32[positions / 4 + i] = u32[next / 4 + bucket()]++;
      }
    },
    bucketScatter(kind, keys, values, length, descending, grid, next, outKeys, outValues) {
      const bucket = bucketReader(grid);
      const words = kind >= 3 ? 2 : 1;
      for (let i = 0; i < length; i++) {
        image.read(kind, keys, i, descending);
        const at = u32[next / 4 + bucket()]++;
        for (let w = 0; w < words; w++) u32[outKeys / 4 + at * words + w] = u32[keys / 4 + i * words + w];
        u32[outValues / 4 + at * 2] = u32[values / 4 + i * 2];
        u32[outValues / 4 + at * 2 + 1] = u32[values / 4 + i * 2 + 1];
      }
    },
    boundsBelow(kind, keys, length, descending, bounds, count, into) {
      for (let i = 0; i < length; i++) {
        image.read(kind, keys, i, 0);
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
    sortImages(images, length, scratch, perm) {
      const at = images / 4;
      let ordered = true;
      let varyingLow = 0;
      let varyingHigh = 0;
      for (let i = 1; i < length; i++) {
        const [low, high] = [u32[at + i * 2], u32[at + i * 2 + 1]];
        const [lastLow, lastHigh] = [u32[at + i * 2 - 2], u32[at + i * 2 - 1]];
        if (high < lastHigh || (high === lastHigh && low < lastLow)) ordered = false;
        varyingLow |= low ^ u32[at];
        varyingHigh |= high ^ u32[at + 1];
      }
      if (ordered) return 1;
      let rows = perm / 4;
      let others = scratch / 4;
      for (let i = 0; i < length; i++) u32[rows + i] = i;
      const next = new Uint32Array(256);
      for (let byte = 0; byte < 8; byte++) {
        if ((((byte < 4 ? varyingLow : varyingHigh) >>> ((byte & 3) * 8)) & 255) === 0) continue;
        next.fill(0);
        for (let i = 0; i < length; i++) next[u8[images + i * 8 + byte]]++;
        let sum = 0;
        for (let d = 0; d < 256; d++) {
          const count = next[d];
          next[d] = sum;
          sum += count;
        }
        for (let i = 0; i < length; i++) {
          const row = u32[rows + i];
          u32[others + next[u8[images + row * 8 + byte]]++] = row;
        }
        [rows, others] = [others, rows];
      }
      if (rows !== perm / 4) u32.copyWithin(perm / 4, rows, rows + length);
      return 0;
    },
  };
}

/** The image of the key read last. */
function imageReader({ u8, i32, u32, f32, f64 }: Segment) {
  const image = {
    low: 0,
    high: 0,
    isBelow: (low: number, high: number): boolean =>
      image.high < high || (image.high === high && image.low < low),
    isAbove: (low: number, high: number): boolean =>
      image.high > high || (image.high === high && image.low > low),
    read(kind: number, keys: number, i: number, descending: number): void {
      let low: number;
      let high = 0;
      switch (kind) {
        case 0:
          low = u32[keys / 4 + i];
          break;
        case 1:
          low = i32[keys / 4 + i] ^ SIGN;
          break;
        case 2: {
          const value = f32[keys / 4 + i];
          low = value === 0 ? SIGN : value !== value ? -1 : ordered(u32[keys / 4 + i]);
          break;
        }
        case 3:
        case 4:
          low = u32[keys / 4 + i * 2];
          high = u32[keys / 4 + i * 2 + 1] ^ (kind === 4 ? SIGN : 0);
          break;
        case 5: {
          const value = f64[keys / 8 + i];
          low = u32[keys / 4 + i * 2];
          high = u32[keys / 4 + i * 2 + 1];
          if (value === 0) {
            low = 0;
            high = SIGN;
          } else if (value !== value) low = high = -1;
          else {
            if (high >>> 31 === 1) low = ~low;
            high = ordered(high);
          }
          break;
        }
        default:
          low = u8[keys + i];
      }
      const flip = descending === 0 ? 0 : -1;
      image.low = (low ^ flip) >>> 0;
      image.high = (high ^ (kind >= 3 && kind <= 5 ? flip : 0)) >>> 0;
    },
  };
  return image;
}

function ordered(bits: number): number {
  return bits >>> 31 === 1 ? ~bits : bits | SIGN;
}
