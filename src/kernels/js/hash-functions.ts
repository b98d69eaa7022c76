/** How keys spread over the slots of an open-addressing table: grouping and joining share their tables. */

const word = new DataView(new ArrayBuffer(8));

/** The two words of a double, low then high, all NaNs and both zeros alike. */
export function canonicalDouble(low: number, high: number): readonly [number, number] {
  word.setUint32(0, high);
  word.setUint32(4, low);
  const value = word.getFloat64(0);
  if (value === 0) return [0, 0];
  return Number.isNaN(value) ? [0, 0x7ff80000] : [low, high];
}

export function spread(low: number, high: number, bits: number): number {
  return Math.imul(low ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1) >>> (32 - bits);
}

export function bytesHash(u8: Uint8Array, ptr: number, size: number): number {
  let hash = size;
  for (let i = 0; i < size; i++) hash = Math.imul(hash ^ u8[ptr + i], 0x01000193);
  return Math.imul(hash, 0x9e3779b1) >>> 0;
}

export function sameBytes(u8: Uint8Array, a: number, b: number, size: number): boolean {
  for (let i = 0; i < size; i++) if (u8[a + i] !== u8[b + i]) return false;
  return true;
}
