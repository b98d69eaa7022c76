// Pairs: a 4- or 8-byte key and a 4- or 8-byte value. Packed, they lie row by row, the value right after its key, at a multiple of 4: a scatter then
// writes one place a row, and a gather reads one.
#pragma once
#include "../bind.hpp"
#include "key-image.hpp"

namespace GNISTA_ISA {

template <typename K, typename V>
struct PackedPair {
  static constexpr u32 STRIDE = K::WIDTH + sizeof(V);

  INLINE_MEMBER static typename K::Bits key(const u8* pair) { return load<typename K::Bits>(pair); }
  INLINE_MEMBER static V value(const u8* pair) { return load<V>(pair + K::WIDTH); }
};

// `work` is given the kind of key and a value of the width.
template <typename Work>
INLINE auto withPair(u32 kind, u32 width, Work work) {
  return withNumberKind(kind, [=](auto k) { return width == 4 ? work(k, u32{}) : work(k, u64{}); });
}

template <typename T>
INLINE void unpack(const u8* source, u32 stride, u32 length, T* target) {
#pragma GCC unroll 4
  for (u64 i = 0; i < length; i++) target[i] = load<T>(source + i * stride);
}

static void unpack4(const u8* source, u32 stride, u32 length, u32* target) { unpack(source, stride, length, target); }

static void unpack8(const u8* source, u32 stride, u32 length, u64* target) { unpack(source, stride, length, target); }

}  // namespace GNISTA_ISA
