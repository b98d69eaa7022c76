// Keys and values as packed pairs, scattered to the buckets of a grid by one look-up, stable.
#pragma once
#include "pair-fields.hpp"

namespace GNISTA_ISA {

static void scatterPairs(u32 kind, u32 width, const u8* keys, u32 keyStride, const u8* values, u32 valueStride,
                         u32 length, u32 descending, const Grid* grid, u32* next, u8* into) {
  withPair(kind, width, [=](auto k, auto v) {
    using K = decltype(k);
    using V = decltype(v);
    const u64 flip = flipOf(k, descending);
    withBuckets(grid, [=](auto bucketOf) {
      for (u64 i = 0; i < length; i++) {
        const u8* key = keys + i * keyStride;
        const u64 at = next[bucketOf(K::image(key, flip))]++;
        u8* to = into + at * PackedPair<K, V>::STRIDE;
        store(to, load<typename K::Bits>(key));
        store(to + K::WIDTH, load<V>(values + i * valueStride));
      }
    });
  });
}

}  // namespace GNISTA_ISA
