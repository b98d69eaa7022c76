// How keys spread over the slots of an open-addressing table: grouping and joining share their tables.

// @ts-ignore: decorator
@inline
export function spread4(key: u32, bits: u32): usize {
  return <usize>((key * 0x9e3779b1) >> (32 - bits));
}

// @ts-ignore: decorator
@inline
export function spread8(key: u64, bits: u32): usize {
  return <usize>((key * 0x9e3779b97f4a7c15) >> (64 - <u64>bits));
}

// The one form of doubles that are one key: all NaNs, both zeros.
// @ts-ignore: decorator
@inline
export function canonicalDouble(bits: u64): u64 {
  const value = reinterpret<f64>(bits);
  if (value == 0) return 0;
  return value == value ? bits : 0x7ff8000000000000;
}

// @ts-ignore: decorator
@inline
function mixIn(hash: u64, word: u64): u64 {
  const mixed = (hash ^ word) * 0x9e3779b97f4a7c15;
  return mixed ^ (mixed >> 32);
}

// Reads no byte outside the string.
// @ts-ignore: decorator
@inline
export function bytesHash(ptr: usize, length: u32): u32 {
  let hash: u64 = <u64>length * 0xff51afd7ed558ccd;
  let p = ptr;
  let rest = length;
  for (; rest >= 8; rest -= 8, p += 8) hash = mixIn(hash, load<u64>(p));
  if (rest >= 4) hash = mixIn(hash, <u64>load<u32>(p) | ((<u64>load<u32>(p + <usize>rest - 4)) << 32));
  else if (rest > 0)
    hash = mixIn(hash, <u64>load<u8>(p) | ((<u64>load<u8>(p + <usize>(rest >> 1))) << 8) | ((<u64>load<u8>(p + <usize>rest - 1)) << 16));
  hash *= 0x9e3779b97f4a7c15;
  return <u32>(hash >> 32);
}

// @ts-ignore: decorator
@inline
export function sameBytes(a: usize, b: usize, length: u32): bool {
  let i: usize = 0;
  const n = <usize>length;
  for (; i + 8 <= n; i += 8) if (load<u64>(a + i) != load<u64>(b + i)) return false;
  for (; i < n; i++) if (load<u8>(a + i) != load<u8>(b + i)) return false;
  return true;
}
