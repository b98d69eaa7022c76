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

// The word of a string of up to 8 bytes is the string, that of a longer one its hash. May read up to 7 bytes past a short string.
// @ts-ignore: decorator
@inline
export function wordOf(ptr: usize, size: u32): u64 {
  if (size <= 8) {
    const word = load<u64>(ptr) & (0xffffffffffffffff >> <u64>((64 - (size << 3)) & 63));
    return size == 0 ? 0 : word;
  }
  let hash: u64 = <u64>size * 0xff51afd7ed558ccd;
  const last = ptr + <usize>size - 8;
  for (let p = ptr; p < last; p += 8) hash = mixIn(hash, load<u64>(p));
  return mixIn(hash, load<u64>(last));
}

// The distance of a string's first slot, of 16 bytes, from the table's start.
// @ts-ignore: decorator
@inline
export function homeOf(word: u64, size: u32, bits: u32): usize {
  const mixed = mixIn(word, <u64>size << 56) * 0xff51afd7ed558ccd;
  return <usize>(mixed >> (64 - <u64>bits)) << 4;
}

// Whether strings of one word and one size are the same.
// @ts-ignore: decorator
@inline
export function sameBytes(a: usize, b: usize, size: u32): bool {
  if (size <= 8) return true;
  const last = <usize>size - 8;
  for (let i: usize = 0; i < last; i += 8) if (load<u64>(a + i) != load<u64>(b + i)) return false;
  return load<u64>(a + last) == load<u64>(b + last);
}

// @ts-ignore: decorator
@inline
export function floorMod(hash: i32, n: i32): i32 {
  const rest = hash % n;
  return rest < 0 ? rest + n : rest;
}
