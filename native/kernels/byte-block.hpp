// A block of bytes at a time, as many as a vector of the instruction set has, and questions about them that are answered with a bit a byte.
#pragma once
#include "../types.hpp"

#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace GNISTA_ISA {

// Bits for the first so many bytes.
INLINE u64 firstBits(u64 bytes) { return bytes >= 64 ? ~0ull : (1ull << bytes) - 1; }

#if defined(__AVX512BW__)

struct ByteBlock {
  static constexpr u32 SIZE = 64;
  __m512i bytes;

  // Reads nothing beyond `left`; what is not read is 0.
  INLINE_MEMBER static ByteBlock at(const u8* from, u64 left) {
    return {_mm512_maskz_loadu_epi8(firstBits(left), from)};
  }
  INLINE_MEMBER u64 equal(u8 byte) const { return _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(static_cast<char>(byte))); }
  INLINE_MEMBER u64 atLeast(u8 byte) const {
    return _mm512_cmpge_epu8_mask(bytes, _mm512_set1_epi8(static_cast<char>(byte)));
  }
};

struct ByteSet {
  __m512i low;
  __m512i high;
  u64 others;

  INLINE_MEMBER ByteSet(const u8* table, bool others)
      : low(_mm512_maskz_broadcast_i32x4(0xffff, _mm_loadu_si128(reinterpret_cast<const __m128i*>(table)))),
        high(_mm512_maskz_broadcast_i32x4(0xffff, _mm_setr_epi8(1, 2, 4, 8, 16, 32, 64, -128, 0, 0, 0, 0, 0, 0, 0, 0))),
        others(others ? ~0ull : 0) {}
  INLINE_MEMBER u64 has(ByteBlock block) const {
    const __m512i nibble = _mm512_set1_epi8(15);
    const __m512i lows = _mm512_shuffle_epi8(low, _mm512_and_si512(block.bytes, nibble));
    const __m512i highs = _mm512_shuffle_epi8(high, _mm512_and_si512(_mm512_srli_epi16(block.bytes, 4), nibble));
    return _mm512_test_epi8_mask(lows, highs) | (_mm512_movepi8_mask(block.bytes) & others);
  }
};

#elif defined(__AVX2__)

struct ByteBlock {
  static constexpr u32 SIZE = 32;
  __m256i bytes;

  // May read up to 31 bytes beyond `left`, which is never beyond the segment.
  INLINE_MEMBER static ByteBlock at(const u8* from, u64) {
    return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from))};
  }
  INLINE_MEMBER static u64 mask(__m256i found) { return static_cast<u32>(_mm256_movemask_epi8(found)); }
  INLINE_MEMBER u64 equal(u8 byte) const {
    return mask(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(static_cast<char>(byte))));
  }
  INLINE_MEMBER u64 atLeast(u8 byte) const {
    return mask(_mm256_cmpeq_epi8(_mm256_max_epu8(bytes, _mm256_set1_epi8(static_cast<char>(byte))), bytes));
  }
};

struct ByteSet {
  __m256i low;
  __m256i high;
  u64 others;

  INLINE_MEMBER ByteSet(const u8* table, bool others)
      : low(_mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(table)))),
        high(_mm256_broadcastsi128_si256(_mm_setr_epi8(1, 2, 4, 8, 16, 32, 64, -128, 0, 0, 0, 0, 0, 0, 0, 0))),
        others(others ? ~0ull : 0) {}
  INLINE_MEMBER u64 has(ByteBlock block) const {
    const __m256i nibble = _mm256_set1_epi8(15);
    const __m256i lows = _mm256_shuffle_epi8(low, _mm256_and_si256(block.bytes, nibble));
    const __m256i highs = _mm256_shuffle_epi8(high, _mm256_and_si256(_mm256_srli_epi16(block.bytes, 4), nibble));
    const __m256i none = _mm256_cmpeq_epi8(_mm256_and_si256(lows, highs), _mm256_setzero_si256());
    return static_cast<u32>(~ByteBlock::mask(none)) | (ByteBlock::mask(block.bytes) & others);
  }
};

#else

struct ByteBlock {
  static constexpr u32 SIZE = 16;
  u8 bytes[SIZE];

  INLINE_MEMBER static ByteBlock at(const u8* from, u64 left) {
    ByteBlock block{};
    if (left >= SIZE) memcpy(block.bytes, from, SIZE);
    else memcpy(block.bytes, from, left);
    return block;
  }
  template <typename Test>
  INLINE_MEMBER u64 mask(Test test) const {
    u64 found = 0;
    for (u32 i = 0; i < SIZE; i++) found |= u64{test(bytes[i])} << i;
    return found;
  }
  INLINE_MEMBER u64 equal(u8 byte) const {
    return mask([=](u8 b) { return b == byte; });
  }
  INLINE_MEMBER u64 atLeast(u8 byte) const {
    return mask([=](u8 b) { return b >= byte; });
  }
};

struct ByteSet {
  bool in[256];

  INLINE_MEMBER ByteSet(const u8* table, bool others) {
    for (u32 b = 0; b < 256; b++) in[b] = b < 128 ? (table[b & 15] >> (b >> 4)) & 1 : others;
  }
  INLINE_MEMBER u64 has(const ByteBlock& block) const {
    return block.mask([this](u8 b) { return in[b]; });
  }
};

#endif

}  // namespace GNISTA_ISA
