// Strings as UTF-8 bytes with offsets, a block of bytes at a time.
#pragma once
#include "../bind.hpp"
#include "byte-block.hpp"

namespace GNISTA_ISA {

INLINE u32 countBits(u64 bits) { return static_cast<u32>(__builtin_popcountll(bits)); }

static u32 countPieces(const u32* offsets, const u8* values, u32 rows, const u8* table, u32 others, u32 repeat) {
  const ByteSet separators(table, others != 0);
  u32 pieces = rows;
  for (u32 row = 0; row < rows; row++) {
    const u8* at = values + offsets[row];
    u64 before = 0;
    for (u64 left = offsets[row + 1] - offsets[row]; left > 0;) {
      const u64 size = left < ByteBlock::SIZE ? left : ByteBlock::SIZE;
      const u64 mask = separators.has(ByteBlock::at(at, left)) & firstBits(size);
      pieces += countBits(repeat != 0 ? mask & ~(mask << 1 | before) : mask);
      before = (mask >> (ByteBlock::SIZE - 1)) & 1;
      at += size;
      left -= size;
    }
  }
  return pieces;
}

// Pieces are copied with up to 15 bytes of what follows them, which the next one overwrites.
INLINE u8* putPiece(u8* to, const u8* from, const u8* end) {
  const u64 size = static_cast<u64>(end - from);
  if (size <= 16) memcpy(to, from, 16);
  else memcpy(to, from, size);
  return to + size;
}

static void splitPieces(const u32* offsets, const u8* values, u32 rows, const u8* table, u32 others, u32 repeat,
                        u32* outOffsets, u8* outValues, u32* parents) {
  const ByteSet separators(table, others != 0);
  u8* to = outValues;
  u32* next = outOffsets;
  *next = 0;
  const auto end = [&](const u8* start, const u8* here) {
    to = putPiece(to, start, here);
    *++next = static_cast<u32>(to - outValues);
  };
  for (u32 row = 0; row < rows; row++) {
    const u8* at = values + offsets[row];
    const u8* last = values + offsets[row + 1];
    const u8* start = at;
    const u32* first = next;
    u64 before = 0;
    for (u64 left = static_cast<u64>(last - at); left > 0;) {
      const u64 size = left < ByteBlock::SIZE ? left : ByteBlock::SIZE;
      const u64 valid = firstBits(size);
      const u64 mask = separators.has(ByteBlock::at(at, left)) & valid;
      // With runs, what counts are the places where the class changes, one after the other; else every separator.
      u64 places = repeat != 0 ? (mask ^ (mask << 1 | before)) & valid : mask;
      for (; places != 0; places &= places - 1) {
        const u32 bit = static_cast<u32>(__builtin_ctzll(places));
        if (repeat != 0 && ((mask >> bit) & 1) == 0) {
          start = at + bit;
          continue;
        }
        end(start, at + bit);
        start = at + bit + 1;
      }
      before = (mask >> (ByteBlock::SIZE - 1)) & 1;
      // A run of separators that reaches the row's end leaves an empty piece.
      if (size == left && repeat != 0 && ((mask >> (left - 1)) & 1) != 0) start = last;
      at += size;
      left -= size;
    }
    end(start, last);
    if (parents != nullptr)
      for (; first < next; first++) *parents++ = row;
  }
}

static u32 lowerAscii(const u8* source, u32 bytes, u8* target) {
  u8 all = 0;
  for (u32 i = 0; i < bytes; i++) {
    const u8 byte = source[i];
    all |= byte;
    target[i] = static_cast<u8>(byte + (static_cast<u8>(byte - 65) < 26 ? 32 : 0));
  }
  return all >> 7;
}

// A unit a lead byte, two for leads of four bytes.
static void utf16Lengths(const u32* offsets, const u8* values, u32 rows, u32* into) {
  for (u32 row = 0; row < rows; row++) {
    const u8* at = values + offsets[row];
    u32 units = 0;
    for (u64 left = offsets[row + 1] - offsets[row]; left > 0;) {
      const u64 size = left < ByteBlock::SIZE ? left : ByteBlock::SIZE;
      const ByteBlock block = ByteBlock::at(at, left);
      const u64 continuation = block.atLeast(0x80) & ~block.atLeast(0xc0);
      units += countBits(~continuation & firstBits(size)) + countBits(block.atLeast(0xf0) & firstBits(size));
      at += size;
      left -= size;
    }
    into[row] = units;
  }
}

INLINE bool includes(const u8* bytes, u32 size, const u8* text, u32 length) {
  if (length == 0) return true;
  for (const u8 *at = bytes, *last = bytes + size - length; at <= last; at++) {
    at = static_cast<const u8*>(memchr(at, text[0], static_cast<u64>(last - at) + 1));
    if (at == nullptr) return false;
    if (memcmp(at, text, length) == 0) return true;
  }
  return false;
}

static void testStrings(const u32* offsets, const u8* values, u32 rows, const u8* text, u32 length, u32 test,
                        u32 negate, u8* into) {
  const auto same = [=](const u8* at) { return length == 0 || memcmp(at, text, length) == 0; };
  for (u32 row = 0; row < rows; row++) {
    const u8* start = values + offsets[row];
    const u32 size = offsets[row + 1] - offsets[row];
    bool result = false;
    if (test == 0) result = size == length && same(start);
    else if (size >= length)
      result = test == 1   ? same(start)
               : test == 2 ? same(start + size - length)
                           : includes(start, size, text, length);
    into[row] = static_cast<u8>(result ^ negate);
  }
}

static u32 countLines(const u8* source, u32 bytes) {
  u32 lines = 0;
  u64 before = 0;
  for (u64 i = 0; i < bytes; i += ByteBlock::SIZE) {
    const ByteBlock block = ByteBlock::at(source + i, bytes - i);
    const u64 valid = firstBits(bytes - i);
    const u64 feeds = block.equal(10) & valid;
    const u64 returns = block.equal(13) & valid;
    lines += countBits(returns) + countBits(feeds & ~(returns << 1 | before));
    before = (returns >> (ByteBlock::SIZE - 1)) & 1;
  }
  return lines;
}

static u32 splitLines(const u8* source, u32 bytes, u32* offsets, u8* target) {
  u8* to = target;
  u32* next = offsets;
  const u8* start = source;
  bool afterReturn = false;
  *next = 0;
  for (u64 i = 0; i < bytes; i += ByteBlock::SIZE) {
    const ByteBlock block = ByteBlock::at(source + i, bytes - i);
    u64 ends = (block.equal(10) | block.equal(13)) & firstBits(bytes - i);
    for (; ends != 0; ends &= ends - 1) {
      const u8* here = source + i + __builtin_ctzll(ends);
      // What is copied lies before, and may lie in the same place.
      const bool feed = *here == 10;
      if (afterReturn && feed && here == start) {
        // The LF of a CRLF whose line ended at the CR.
        start = here + 1;
        afterReturn = false;
        continue;
      }
      const u64 size = static_cast<u64>(here - start);
      memmove(to, start, size);
      to += size;
      *++next = static_cast<u32>(to - target);
      start = here + 1;
      afterReturn = !feed;
    }
  }
  return static_cast<u32>(start - source);
}

#define STRING_KERNELS                                                                                        \
  KERNEL(countPieces), KERNEL(splitPieces), KERNEL(lowerAscii), KERNEL(utf16Lengths), KERNEL(testStrings), \
      KERNEL(countLines), KERNEL(splitLines)

}  // namespace GNISTA_ISA
