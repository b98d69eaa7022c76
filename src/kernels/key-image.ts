/**
 * Images: unsigned integers (32 bits for narrow keys, else 64) in the order of the keys, so that one sort serves all types. -0 has the
 * image of 0; every NaN has the greatest. A descending sort goes by the complement.
 */
import type { DataType } from "../column/type.ts";

/** The codes of the kernels; see `assembly/sort.ts`. */
const KINDS = { u32: 0, dictionary: 0, i32: 1, f32: 2, u64: 3, i64: 4, f64: 5, date: 5, bool: 6 } as const;

export type ImageKind = (typeof KINDS)[keyof typeof KINDS];

/** How keys of this type become images, or null when they do not. A dictionary's codes count as they are. */
export function imageKind(type: DataType): ImageKind | null {
  return type.kind in KINDS ? KINDS[type.kind as keyof typeof KINDS] : null;
}

export function isWideImage(kind: ImageKind): boolean {
  return kind >= 3 && kind <= 5;
}

const word = new DataView(new ArrayBuffer(8));
const ALL = 2n ** 64n - 1n;
const TOP = 2n ** 63n;

/** The image of one key, ascending. */
export function imageOf(kind: ImageKind, key: number | bigint): bigint {
  switch (kind) {
    case 0:
    case 6:
      return BigInt(key);
    case 1:
      return BigInt(key) + 0x80000000n;
    case 2: {
      const value = Number(key);
      if (value !== value) return 0xffffffffn;
      word.setFloat32(0, value + 0);
      const bits = BigInt(word.getUint32(0));
      return bits >= 0x80000000n ? bits ^ 0xffffffffn : bits | 0x80000000n;
    }
    case 3:
      return BigInt(key);
    case 4:
      return BigInt(key) + TOP;
    case 5: {
      const value = Number(key);
      if (value !== value) return ALL;
      word.setFloat64(0, value + 0);
      const bits = word.getBigUint64(0);
      return bits >= TOP ? bits ^ ALL : bits | TOP;
    }
  }
}

/** The greatest key whose image is at most `image`, which is not NaN's; the inverse of imageOf. */
export function keyOfImage(kind: ImageKind, image: bigint): number | bigint {
  switch (kind) {
    case 0:
    case 6:
      return Number(image);
    case 1:
      return Number(image - 0x80000000n);
    case 2:
      // The place of -0 is empty.
      if (image === 0x7fffffffn) image--;
      word.setUint32(0, Number(image >= 0x80000000n ? image ^ 0x80000000n : image ^ 0xffffffffn));
      return word.getFloat32(0);
    case 3:
      return image;
    case 4:
      return image - TOP;
    case 5:
      if (image === TOP - 1n) image--;
      word.setBigUint64(0, image >= TOP ? image ^ TOP : image ^ ALL);
      return word.getFloat64(0);
  }
}

/** The image, ascending, rounded to a double. */
export function roundedImage(kind: ImageKind, key: number | bigint): number {
  switch (kind) {
    case 1:
      return Number(key) + 2 ** 31;
    case 2:
    case 5: {
      const value = Number(key) + 0;
      if (kind === 2) word.setFloat32(0, value);
      else word.setFloat64(0, value);
      const high = word.getUint32(0);
      const low = kind === 2 ? 0 : word.getUint32(4);
      const image =
        high >= 2 ** 31 ? (~high >>> 0) * 2 ** 32 + (~low >>> 0) : (high + 2 ** 31) * 2 ** 32 + low;
      return kind === 2 ? Math.floor(image / 2 ** 32) : image;
    }
    case 4:
      return Number(key) + 2 ** 63;
    default:
      return Number(key);
  }
}
