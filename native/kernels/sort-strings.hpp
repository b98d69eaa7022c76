// Strings in the order of their UTF-16 code units, from UTF-8. Byte order differs from that only in that characters beyond U+FFFF (first byte F0 to
// F4) come before U+E000 to U+FFFF (EE and EF), so these first bytes trade places.
#pragma once
#include "../bind.hpp"

namespace GNISTA_ISA {

INLINE u32 orderedByte(u32 byte) { return byte < 0xee ? byte : byte < 0xf0 ? byte + 5 : byte - 2; }

// Seven bytes from `from` on, then how many bytes are left, at most 8: strings of equal images that end within them are equal.
INLINE u64 stringImage(const u8* from, const u8* end) {
  const u64 left = from < end ? static_cast<u64>(end - from) : 0;
  if (left >= 8) {
    const u64 word = load<u64>(from);
    if ((word & 0x0080808080808080ull) == 0) return (__builtin_bswap64(word) & ~255ull) | 8;
  }
  u64 image = 0;
  for (u64 i = 0; i < 7; i++) image = image << 8 | (i < left ? orderedByte(from[i]) : 0);
  return image << 8 | (left < 8 ? left : 8);
}

static void stringImages(const u32* offsets, const u8* bytes, const u32* rows, u32 length, u32 depth, u32 descending,
                         u64* into) {
  const u64 flip = descending == 0 ? 0 : ~0ull;
  for (u32 i = 0; i < length; i++)
    into[i] = stringImage(bytes + offsets[rows[i]] + depth, bytes + offsets[rows[i] + 1]) ^ flip;
}

// Negative, 0 or positive.
INLINE i32 compareBytes(const u8* p, const u8* pEnd, const u8* q, const u8* qEnd) {
  while (pEnd - p >= 8 && qEnd - q >= 8 && load<u64>(p) == load<u64>(q)) {
    p += 8;
    q += 8;
  }
  for (; p < pEnd && q < qEnd; p++, q++)
    if (*p != *q) return static_cast<i32>(orderedByte(*p)) - static_cast<i32>(orderedByte(*q));
  return p < pEnd ? 1 : q < qEnd ? -1 : 0;
}

struct Run {
  u32 from;
  u32 rows;
};

static u32 sortTies(const u32* offsets, const u8* bytes, const u64* images, u32* rows, u32 length, u32 depth,
                    u32 descending, u32 few, Run* runs) {
  const u64 flip = descending == 0 ? 0 : ~0ull;
  const auto isAfter = [=](u32 a, u32 b) {
    const i32 order = compareBytes(bytes + offsets[a] + depth, bytes + offsets[a + 1], bytes + offsets[b] + depth,
                                   bytes + offsets[b + 1]);
    return descending == 0 ? order > 0 : order < 0;
  };
  u32 found = 0;
  for (u32 from = 0, to; from < length; from = to) {
    for (to = from + 1; to < length && images[to] == images[from];) to++;
    if (to - from == 1 || ((images[from] ^ flip) & 255) != 8) continue;
    if (to - from > few) {
      runs[found++] = {from, to - from};
      continue;
    }
    for (u32 i = from + 1; i < to; i++) {
      const u32 row = rows[i];
      u32 p = i;
      for (; p > from && isAfter(rows[p - 1], row); p--) rows[p] = rows[p - 1];
      rows[p] = row;
    }
  }
  return found;
}

static void boundsBelowStrings(const u32* offsets, const u8* bytes, u32 length, u32 descending, const u32* boundOffsets,
                               const u8* boundBytes, u32 count, u32* into) {
  for (u32 i = 0; i < length; i++) {
    u32 low = 0;
    u32 high = count;
    while (low < high) {
      const u32 middle = (low + high) >> 1;
      const i32 order = compareBytes(boundBytes + boundOffsets[middle], boundBytes + boundOffsets[middle + 1],
                                     bytes + offsets[i], bytes + offsets[i + 1]);
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    into[i] = descending == 0 ? low : count - low;
  }
}

#define SORT_STRINGS_KERNELS KERNEL(stringImages), KERNEL(sortTies), KERNEL(boundsBelowStrings)

}  // namespace GNISTA_ISA
