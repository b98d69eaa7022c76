/** Images as two 32-bit words, low then high, and the buckets that grids give them. */
import type { Segment } from "../../memory/segment.ts";

const SIGN = 0x80000000;

export interface Image {
  readonly low: number;
  readonly high: number;
  isBelow(low: number, high: number): boolean;
  isAbove(low: number, high: number): boolean;
  /** Reads the image of the key at `key`. */
  read(kind: number, key: number, descending: number): void;
}

export function keyBytes(kind: number): number {
  return kind === 6 ? 1 : kind >= 3 ? 8 : 4;
}

/** The image of the key read last. */
export function imageReader({ u8, u32 }: Segment): Image {
  const word = new DataView(new ArrayBuffer(8));
  const image = {
    low: 0,
    high: 0,
    isBelow: (low: number, high: number): boolean =>
      image.high < high || (image.high === high && image.low < low),
    isAbove: (low: number, high: number): boolean =>
      image.high > high || (image.high === high && image.low > low),
    read(kind: number, key: number, descending: number): void {
      let low = kind === 6 ? u8[key] : u32[key / 4];
      let high = kind >= 3 && kind <= 5 ? u32[key / 4 + 1] : 0;
      switch (kind) {
        case 1:
          low ^= SIGN;
          break;
        case 2: {
          word.setUint32(0, low);
          const value = word.getFloat32(0);
          low = value === 0 ? SIGN : value !== value ? -1 : ordered(low);
          break;
        }
        case 4:
          high ^= SIGN;
          break;
        case 5: {
          word.setUint32(0, high);
          word.setUint32(4, low);
          const value = word.getFloat64(0);
          if (value === 0) {
            low = 0;
            high = SIGN;
          } else if (value !== value) low = high = -1;
          else {
            if (high >>> 31 === 1) low = ~low;
            high = ordered(high);
          }
        }
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

/** Gives the bucket of `image` as it is then, by the grid at `grid`. */
export function bucketReader({ u16, u32 }: Segment, image: Image, grid: number): () => number {
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
}
