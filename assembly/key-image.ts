// The image of a key: an unsigned 64-bit integer whose order is the order of the keys (32-bit for narrow keys), complemented for a
// descending sort. Kinds are as in kernels/key-image.ts.

// @ts-ignore: decorator
@inline export const U32 = 0;
// @ts-ignore: decorator
@inline export const I32 = 1;
// @ts-ignore: decorator
@inline export const F32 = 2;
// @ts-ignore: decorator
@inline export const U64 = 3;
// @ts-ignore: decorator
@inline export const I64 = 4;
// @ts-ignore: decorator
@inline export const F64 = 5;
// @ts-ignore: decorator
@inline export const BOOL = 6;

// @ts-ignore: decorator
@inline
export function keyWidth(kind: i32): usize {
  return kind == BOOL ? 1 : kind == U64 || kind == I64 || kind == F64 ? 8 : 4;
}

// @ts-ignore: decorator
@inline
export function imageAt(kind: i32, key: usize, flip: u64): u64 {
  if (kind == U32) return <u64>load<u32>(key) ^ flip;
  if (kind == I32) return <u64>(load<u32>(key) ^ 0x80000000) ^ flip;
  if (kind == F32) {
    const value = load<f32>(key);
    // Adding 0 makes -0 plain 0.
    const bits = reinterpret<i32>(value + <f32>0);
    const image = <u32>(bits ^ ((bits >> 31) | <i32>0x80000000));
    return <u64>(value == value ? image : <u32>0xffffffff) ^ flip;
  }
  if (kind == U64) return load<u64>(key) ^ flip;
  if (kind == I64) return load<u64>(key) ^ 0x8000000000000000 ^ flip;
  if (kind == F64) {
    const value = load<f64>(key);
    const bits = reinterpret<i64>(value + 0.0);
    const image = <u64>(bits ^ ((bits >> 63) | <i64>0x8000000000000000));
    return (value == value ? image : <u64>0xffffffffffffffff) ^ flip;
  }
  return <u64>load<u8>(key) ^ flip;
}

// @ts-ignore: decorator
@inline
export function flipOf(kind: i32, descending: i32): u64 {
  if (descending == 0) return 0;
  return kind == U64 || kind == I64 || kind == F64 ? <u64>0xffffffffffffffff : <u64>0xffffffff;
}

// A grid: u64 low, u32 shift, u32 last, then a u16 table of last + 1 entries. The bucket of an image is table[(image - low) >> shift],
// images outside of the table counting to its ends.
// @ts-ignore: decorator
@inline
export function bucketOf(image: u64, low: u64, shift: u64, last: u64, table: usize): usize {
  return <usize>load<u16>(table + (stepOf(image, low, shift, last) << 1));
}

// @ts-ignore: decorator
@inline
export function stepOf(image: u64, low: u64, shift: u64, last: u64): usize {
  const step = (image > low ? image - low : 0) >> shift;
  return <usize>(step < last ? step : last);
}

// Whether every step is a bucket, so that the table need not be looked up.
export function isEven(grid: usize): bool {
  const last = <usize>load<u32>(grid, 12);
  for (let step: usize = 0; step <= last; step++) if (<usize>load<u16>(grid + 16 + (step << 1)) != step) return false;
  return true;
}
