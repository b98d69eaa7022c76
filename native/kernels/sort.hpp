// Kernels over the images of keys: their bounds, and the buckets of a grid or among bounds.
#pragma once
#include "../bind.hpp"
#include "key-image.hpp"

namespace GNISTA_ISA {

static void keyImages(u32 kind, const u8* keys, u32 length, u32 descending, u64* into) {
  withKind(kind, [=](auto k) {
    const u64 flip = flipOf(k, descending);
    for (u64 i = 0; i < length; i++) into[i] = k.image(keys + i * k.WIDTH, flip);
  });
}

static void imageBounds(u32 kind, const u8* keys, u32 stride, u32 length, u32 descending, u64* into) {
  withKind(kind, [=](auto k) {
    const u64 flip = flipOf(k, descending);
    u64 min = into[0];
    u64 max = into[1];
    for (u64 i = 0; i < length; i++) {
      const u64 image = k.image(keys + i * stride, flip);
      min = image < min ? image : min;
      max = image > max ? image : max;
    }
    into[0] = min;
    into[1] = max;
  });
}

static void bucketCounts(u32 kind, const u8* keys, u32 stride, u32 length, u32 descending, const Grid* grid,
                         u32* counts) {
  withKind(kind, [=](auto k) {
    const u64 flip = flipOf(k, descending);
    withBuckets(grid, [=](auto bucketOf) {
      for (u64 i = 0; i < length; i++) counts[bucketOf(k.image(keys + i * stride, flip))]++;
    });
  });
}

static void bucketPositions(u32 kind, const u8* keys, u32 length, u32 descending, const Grid* grid, u32* next,
                            u32* positions) {
  withKind(kind, [=](auto k) {
    const u64 flip = flipOf(k, descending);
    withBuckets(grid, [=](auto bucketOf) {
      for (u64 i = 0; i < length; i++) positions[i] = next[bucketOf(k.image(keys + i * k.WIDTH, flip))]++;
    });
  });
}

static void boundsBelow(u32 kind, const u8* keys, u32 length, u32 descending, const u64* bounds, u32 count, u32* into) {
  withKind(kind, [=](auto k) {
    for (u64 i = 0; i < length; i++) {
      const u64 image = k.image(keys + i * k.WIDTH, 0);
      const u64* base = bounds;
      // Halving without a branch on the data.
      for (u32 rest = count; rest > 0;) {
        const u32 half = (rest + 1) >> 1;
        base += choose(base[half - 1] < image, half, 0);
        rest -= half;
      }
      const u32 low = static_cast<u32>(base - bounds);
      into[i] = descending == 0 ? low : count - low;
    }
  });
}

#define SORT_KERNELS \
  KERNEL(keyImages), KERNEL(imageBounds), KERNEL(bucketCounts), KERNEL(bucketPositions), KERNEL(boundsBelow)

}  // namespace GNISTA_ISA
