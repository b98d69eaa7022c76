// How keys spread over partitions, and over the slots of open-addressing tables, which grouping and joining share.
#pragma once
#include "../types.hpp"

namespace GNISTA_ISA {

// Without a branch, as half of all hashes are negative.
INLINE u32 floorMod(i32 hash, i32 n) {
  const i32 rest = hash % n;
  return static_cast<u32>(rest + (rest >> 31 & n));
}

INLINE u32 spread4(u32 key, u32 bits) { return (key * 0x9e3779b1u) >> (32 - bits); }

INLINE u64 spread8(u64 key, u32 bits) { return (key * 0x9e3779b97f4a7c15ull) >> (64 - bits); }

// The one form of doubles that are one key: all NaNs, both zeros.
INLINE u64 canonicalDouble(u64 bits) {
  const f64 value = load<f64>(&bits);
  if (value == 0) return 0;
  return value == value ? bits : 0x7ff8000000000000ull;
}

INLINE i32 hashDouble(f64 value) {
  if (value >= -2147483648.0 && value < 4294967296.0) {
    const i64 whole = static_cast<i64>(value);
    if (static_cast<f64>(whole) == value) return static_cast<i32>(whole);
  }
  if (value != value) return 0x7ff80000;
  const u64 bits = load<u64>(&value);
  return static_cast<i32>(static_cast<u32>(bits) ^ static_cast<u32>(bits >> 32));
}

INLINE u64 mixIn(u64 hash, u64 word) {
  const u64 mixed = (hash ^ word) * 0x9e3779b97f4a7c15ull;
  return mixed ^ (mixed >> 32);
}

// The word of a string of up to 8 bytes is the string, that of a longer one its hash. May read up to 7 bytes past a short string.
INLINE u64 wordOf(const u8* at, u32 size) {
  if (size <= 8) return size == 0 ? 0 : load<u64>(at) & (~0ull >> (64 - (size << 3)));
  u64 hash = size * 0xff51afd7ed558ccdull;
  const u8* last = at + size - 8;
  for (const u8* p = at; p < last; p += 8) hash = mixIn(hash, load<u64>(p));
  return mixIn(hash, load<u64>(last));
}

// The first slot of a string.
INLINE u64 homeOf(u64 word, u32 size, u32 bits) {
  const u64 mixed = mixIn(word, static_cast<u64>(size) << 56) * 0xff51afd7ed558ccdull;
  return mixed >> (64 - bits);
}

// Whether strings of one word and one size are the same.
INLINE bool sameBytes(const u8* a, const u8* b, u32 size) { return size <= 8 || memcmp(a, b, size) == 0; }

}  // namespace GNISTA_ISA
