// Values of 4 or 8 bytes as planes: all first bytes, then all second ones, and so on; 16 values at a time. The bytes of a plane are alike where those of
// a value are not, so that planes are compressed better and faster. A byte's place in a block is its value's number and its own in the value; a plane
// has them the other way round, and a zip turns the bits of a place by one.
#pragma once
#include "../bind.hpp"

namespace GNISTA_ISA {

typedef u8 Lanes __attribute__((vector_size(16)));

// 16 values of N bytes, or N planes of 16.
template <u32 N>
struct ByteMatrix {
  Lanes rows[N];

  // The halves, byte by byte in turn.
  INLINE_MEMBER ByteMatrix zipped() const {
    ByteMatrix z;
    for (u32 r = 0; r < N / 2; r++) {
      const Lanes a = rows[r], b = rows[r + N / 2];
      z.rows[2 * r] = __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      z.rows[2 * r + 1] = __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    }
    return z;
  }
  INLINE_MEMBER ByteMatrix planes() const { return zipped().zipped().zipped().zipped(); }
  INLINE_MEMBER ByteMatrix values() const {
    if constexpr (N == 4) return zipped().zipped();
    else return zipped().zipped().zipped();
  }
};

// Both return how many of the values they have done.
template <u32 N>
INLINE u64 blocksToPlanes(const u8* source, u64 n, u8* target) {
  u64 i = 0;
  for (; i + 16 <= n; i += 16) {
    ByteMatrix<N> values;
    for (u32 k = 0; k < N; k++) values.rows[k] = load<Lanes>(source + i * N + 16 * k);
    const ByteMatrix<N> planes = values.planes();
    for (u32 k = 0; k < N; k++) store(target + k * n + i, planes.rows[k]);
  }
  return i;
}

template <u32 N>
INLINE u64 blocksFromPlanes(const u8* source, u64 n, u8* target) {
  u64 i = 0;
  for (; i + 16 <= n; i += 16) {
    ByteMatrix<N> planes;
    for (u32 k = 0; k < N; k++) planes.rows[k] = load<Lanes>(source + k * n + i);
    const ByteMatrix<N> values = planes.values();
    for (u32 k = 0; k < N; k++) store(target + i * N + 16 * k, values.rows[k]);
  }
  return i;
}

static void toBytePlanes(const u8* source, u32 length, u32 width, u8* target) {
  const u64 n = length;
  u64 i = width == 4 ? blocksToPlanes<4>(source, n, target) : width == 8 ? blocksToPlanes<8>(source, n, target) : 0;
  for (; i < n; i++)
    for (u32 k = 0; k < width; k++) target[k * n + i] = source[i * width + k];
}

static void fromBytePlanes(const u8* source, u32 length, u32 width, u8* target) {
  const u64 n = length;
  u64 i = width == 4 ? blocksFromPlanes<4>(source, n, target) : width == 8 ? blocksFromPlanes<8>(source, n, target) : 0;
  for (; i < n; i++)
    for (u32 k = 0; k < width; k++) target[i * width + k] = source[k * n + i];
}

#define BYTE_PLANE_KERNELS KERNEL(toBytePlanes), KERNEL(fromBytePlanes)

}  // namespace GNISTA_ISA
