// The LZ4 block format. Compression is greedy: a table remembers where five bytes were last seen, and the longer nothing is found, the larger the
// steps, so that what cannot be compressed costs little. Copies go 16 bytes at a time wherever what they write too much stays within the room.
// https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md
#pragma once
#include "../bind.hpp"

namespace GNISTA_ISA {

// No copy begins in the last 12 bytes of a block, and the last 5 are literals.
static constexpr i64 LAST_START = 12;
static constexpr i64 LAST_LITERALS = 5;
static constexpr i64 MOST_BACK = 65535;
static constexpr u64 LZ4_TABLE_BYTES = 16384;

INLINE u32 lz4Slot(const u8* at) {
  return ((load<u32>(at) * 0x9e3779b1u) ^ (at[4] * 0x85ebca77u)) >> 20;
}

// What a length takes beyond its four bits.
INLINE i64 moreBytes(i64 length) { return length < 15 ? 0 : (length - 15) / 255 + 1; }

INLINE u8* storeMore(u8* to, i64 length) {
  if (length < 15) return to;
  i64 rest = length - 15;
  for (; rest >= 255; rest -= 255) *to++ = 255;
  *to++ = static_cast<u8>(rest);
  return to;
}

typedef u8 Bytes16 __attribute__((vector_size(16)));

INLINE void copy16(u8* to, const u8* from) { store(to, load<Bytes16>(from)); }

INLINE Bytes16 pick(Bytes16 bytes, Bytes16 lanes) {
#if defined(__clang__)
  Bytes16 picked;
  for (u32 i = 0; i < 16; i++) picked[i] = bytes[lanes[i]];
  return picked;
#else
  return __builtin_shuffle(bytes, lanes);
#endif
}

// Copies that do not overlap; up to 15 bytes behind them may be read and written, if the ends allow.
INLINE void copyLiterals(u8* to, const u8* toEnd, const u8* from, const u8* fromEnd, i64 bytes) {
  if (bytes > 256 || toEnd - to < bytes + 15 || fromEnd - from < bytes + 15)
    memcpy(to, from, static_cast<u64>(bytes));
  else
    for (i64 i = 0; i < bytes; i += 16) copy16(to + i, from + i);
}

// The end of what is equal to what begins at `candidate`, which comes before.
INLINE const u8* endOfMatch(const u8* at, const u8* candidate, const u8* end) {
  const i64 back = at - candidate;
  for (; end - at >= 8; at += 8) {
    const u64 different = load<u64>(at) ^ load<u64>(at - back);
    if (different != 0) return at + (__builtin_ctzll(different) >> 3);
  }
  while (at < end && *at == *(at - back)) at++;
  return at;
}

static u32 lz4Compress(const u8* src, u32 srcBytes, u8* dst, u32 dstRoom, u32* table) {
  const u8* end = src + srcBytes;
  const u8* toEnd = dst + dstRoom;
  u8* to = dst;
  const u8* literals = src;
  if (srcBytes > LAST_START) {
    memset(table, 0, LZ4_TABLE_BYTES);
    const u8* lastStart = end - LAST_START;
    const u8* at = src + 1;
    while (at <= lastStart) {
      u64 step = 64;
      const u8* candidate = src;
      while (at <= lastStart) {
        u32& slot = table[lz4Slot(at)];
        candidate = src + slot;
        slot = static_cast<u32>(at - src);
        if (load<u32>(candidate) == load<u32>(at) && at - candidate <= MOST_BACK) break;
        at += step++ >> 6;
      }
      if (at > lastStart) break;
      const u8* matchEnd = endOfMatch(at + 4, candidate + 4, end - LAST_LITERALS);
      while (at > literals && candidate > src && at[-1] == candidate[-1]) {
        at--;
        candidate--;
      }
      const i64 count = at - literals;
      const i64 extra = matchEnd - at - 4;
      if (toEnd - to < 3 + count + moreBytes(count) + moreBytes(extra)) return 0;
      *to = static_cast<u8>((count < 15 ? count : 15) << 4 | (extra < 15 ? extra : 15));
      to = storeMore(to + 1, count);
      copyLiterals(to, toEnd, literals, end, count);
      to += count;
      store(to, static_cast<u16>(at - candidate));
      to = storeMore(to + 2, extra);
      literals = at = matchEnd;
      table[lz4Slot(at - 2)] = static_cast<u32>(at - 2 - src);
    }
  }
  const i64 count = end - literals;
  if (toEnd - to < 1 + count + moreBytes(count)) return 0;
  *to = static_cast<u8>((count < 15 ? count : 15) << 4);
  to = storeMore(to + 1, count);
  if (count > 0) memcpy(to, literals, static_cast<u64>(count));
  return static_cast<u32>(to + count - dst);
}

// Lane i of row p is i % p.
struct Periods {
  u8 lanes[16][16];

  constexpr Periods() : lanes() {
    for (u32 p = 1; p < 16; p++)
      for (u32 i = 0; i < 16; i++) lanes[p][i] = static_cast<u8>(i % p);
  }
};
static constexpr Periods PERIODS;

// Copies from `back` bytes before, which may overlap what is written. Of a distance below 16, whole periods are written.
INLINE void copyBack(u8* to, u64 back, u8* stop, u8* end) {
  if (back == 1 && stop - to > 64) {
    memset(to, to[-1], static_cast<u64>(stop - to));
    return;
  }
  u8* wide = stop < end - 15 ? stop : end - 15;
  if (back >= 16)
    for (; to < wide; to += 16) copy16(to, to - back);
  else if (to < wide) {
    const Bytes16 periods = pick(load<Bytes16>(to - back), load<Bytes16>(PERIODS.lanes[back]));
    const u32 step = 16 - 16 % static_cast<u32>(back);
    for (; to < wide; to += step) store(to, periods);
  }
  for (; to < stop; to++) *to = *(to - back);
}

static i32 lz4Decompress(const u8* src, u32 srcBytes, u8* dst, u32 written, u32 dstBytes) {
  const u8* end = src + srcBytes;
  u8* toEnd = dst + dstBytes;
  const u8* from = src;
  u8* to = dst + written;
  // A length goes on as long as its bytes are 255; false when that is beyond what there is, or more than there is room for.
  const auto readMore = [&](i64& length) {
    for (u8 more = 255; more == 255; length += more) {
      if (from == end || length > toEnd - to) return false;
      more = *from++;
    }
    return true;
  };
  while (from < end) {
    const u8 token = *from++;
    i64 count = token >> 4;
    if (count < 15 && end - from >= 17 && toEnd - to >= 32) {
      // The most frequent sequence, few literals and a short copy, without a loop.
      copy16(to, from);
      from += count;
      to += count;
      const i64 back = load<u16>(from);
      if ((token & 15) < 15 && back >= 16 && back <= to - dst) {
        copy16(to, to - back);
        store(to + 16, load<u16>(to - back + 16));
        from += 2;
        to += (token & 15) + 4;
        continue;
      }
    } else {
      if (count == 15 && !readMore(count)) return -1;
      if (count > end - from || count > toEnd - to) return -1;
      copyLiterals(to, toEnd, from, end, count);
      from += count;
      to += count;
      if (from == end) return static_cast<i32>(to - dst);
      if (end - from < 2) return -1;
    }
    const i64 back = load<u16>(from);
    from += 2;
    i64 copied = (token & 15) + 4;
    if (copied == 19 && !readMore(copied)) return -1;
    if (back == 0 || back > to - dst || copied > toEnd - to) return -1;
    copyBack(to, static_cast<u64>(back), to + copied, toEnd);
    to += copied;
  }
  return -1;
}

#define LZ4_KERNELS KERNEL(lz4Compress), KERNEL(lz4Decompress)

}  // namespace GNISTA_ISA
