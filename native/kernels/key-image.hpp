// The image of a key: an unsigned integer whose order is the order of the keys, complemented for a descending sort (the low 32 bits for narrow keys).
// A kind of key is a type here; `withKind` makes code for each of them.
#pragma once
#include <type_traits>

#include "../types.hpp"

namespace GNISTA_ISA {

template <typename T>
INLINE u64 floatImage(T value) {
  // Adding 0 makes -0 plain 0.
  const T plain = value + T{0};
  if constexpr (sizeof(T) == 4) {
    const i32 bits = load<i32>(&plain);
    return value == value ? static_cast<u32>(bits ^ ((bits >> 31) | INT32_MIN)) : ~0u;
  } else {
    const i64 bits = load<i64>(&plain);
    return value == value ? static_cast<u64>(bits ^ ((bits >> 63) | INT64_MIN)) : ~0ull;
  }
}

// `Bits` are what of a key is moved.
template <typename Type, typename Moved>
struct KeyKind {
  using Bits = Moved;
  static constexpr u32 WIDTH = sizeof(Moved);

  INLINE_MEMBER static u64 image(const u8* key, u64 flip) {
    const Type value = load<Type>(key);
    u64 image;
    if constexpr (std::is_floating_point_v<Type>) image = floatImage(value);
    else if constexpr (std::is_signed_v<Type>)
      image = static_cast<Moved>(value) ^ (static_cast<Moved>(1) << (8 * WIDTH - 1));
    else image = value;
    return image ^ flip;
  }
};

using U32Key = KeyKind<u32, u32>;
using I32Key = KeyKind<i32, u32>;
using F32Key = KeyKind<f32, u32>;
using U64Key = KeyKind<u64, u64>;
using I64Key = KeyKind<i64, u64>;
using F64Key = KeyKind<f64, u64>;
using BoolKey = KeyKind<u8, u8>;

// The numbers of kernels/key-image.ts.
template <typename Work>
INLINE auto withNumberKind(u32 kind, Work work) {
  switch (kind) {
    case 0: return work(U32Key{});
    case 1: return work(I32Key{});
    case 2: return work(F32Key{});
    case 3: return work(U64Key{});
    case 4: return work(I64Key{});
    default: return work(F64Key{});
  }
}

template <typename Work>
INLINE auto withKind(u32 kind, Work work) {
  return kind == 6 ? work(BoolKey{}) : withNumberKind(kind, work);
}

template <typename K>
INLINE u64 flipOf(K, u32 descending) {
  return descending == 0 ? 0 : K::WIDTH == 8 ? ~0ull : ~0u;
}

// u64 low, u32 shift, u32 last, then a u16 table of last + 1 entries. The bucket of an image is table[(image - low) >> shift], images outside of the
// table counting to its ends.
struct Grid {
  u64 low;
  u32 shift;
  u32 last;

  INLINE_MEMBER u64 step(u64 image) const {
    const u64 step = (image > low ? image - low : 0) >> shift;
    return step < last ? step : last;
  }
  INLINE_MEMBER const u16* table() const { return reinterpret_cast<const u16*>(this + 1); }
  // Whether every step is a bucket, so that the table need not be looked up.
  INLINE_MEMBER bool isEven() const {
    for (u32 i = 0; i <= last; i++)
      if (table()[i] != i) return false;
    return true;
  }
};

// `work` is given what finds the bucket of an image.
template <typename Work>
INLINE void withBuckets(const Grid* at, Work work) {
  const Grid grid = *at;
  const u16* table = at->table();
  if (at->isEven()) work([=](u64 image) { return grid.step(image); });
  else work([=](u64 image) -> u64 { return table[grid.step(image)]; });
}

}  // namespace GNISTA_ISA
