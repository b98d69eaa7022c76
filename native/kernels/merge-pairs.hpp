// Two runs of packed pairs, merged from both ends at once: two chains of dependent loads in flight instead of one, and no branch on the data. Of equal
// keys, those on the left come first.
#pragma once
#include "pair-fields.hpp"

namespace GNISTA_ISA {

template <typename K, typename V>
INLINE void mergeInto(const u8* left, const u8* leftEnd, const u8* right, const u8* rightEnd, u64 flip,
                      typename K::Bits* keys, V* values) {
  using Pair = PackedPair<K, V>;
  constexpr i64 stride = Pair::STRIDE;
  i64 first = 0;
  i64 last = (leftEnd - left + (rightEnd - right)) / stride;
  const auto put = [=](i64 row, const u8* pair) {
    keys[row] = Pair::key(pair);
    values[row] = Pair::value(pair);
  };
  for (;;) {
    // So many steps from each end cannot exhaust a run.
    const i64 leftRows = (leftEnd - left) / stride;
    const i64 rightRows = (rightEnd - right) / stride;
    const i64 steps = (leftRows < rightRows ? leftRows : rightRows) / 2;
    if (steps == 0) break;
    for (i64 i = 0; i < steps; i++) {
      const bool takeRight = K::image(right, flip) < K::image(left, flip);
      put(first++, choose(takeRight, right, left));
      left += stride * !takeRight;
      right += stride * takeRight;
      const bool takeLeft = K::image(rightEnd - stride, flip) < K::image(leftEnd - stride, flip);
      put(--last, choose(takeLeft, leftEnd, rightEnd) - stride);
      leftEnd -= stride * takeLeft;
      rightEnd -= stride * !takeLeft;
    }
  }
  while (left < leftEnd || right < rightEnd) {
    const bool takeRight =
        left == leftEnd || (right < rightEnd && K::image(right, flip) < K::image(left, flip));
    put(first++, takeRight ? right : left);
    left += takeRight ? 0 : stride;
    right += takeRight ? stride : 0;
  }
}

static void mergePairs(u32 kind, u32 width, const u8* left, u32 leftLength, const u8* right, u32 rightLength,
                       u32 descending, u8* outKeys, u8* outValues) {
  withPair(kind, width, [=](auto k, auto v) {
    using K = decltype(k);
    using V = decltype(v);
    constexpr u64 stride = PackedPair<K, V>::STRIDE;
    mergeInto<K, V>(left, left + leftLength * stride, right, right + rightLength * stride, flipOf(k, descending),
                    reinterpret_cast<typename K::Bits*>(outKeys), reinterpret_cast<V*>(outValues));
  });
}

}  // namespace GNISTA_ISA
