// Gather and filter. Filters write every value and advance by the mask, so that no branch depends on the data.
#pragma once
#include "../bind.hpp"
#include "copy-string.hpp"

namespace GNISTA_ISA {

template <typename T>
INLINE void gather(const T* source, const u32* indices, u32 length, T* target) {
  for (u32 i = 0; i < length; i++) target[i] = source[indices[i]];
}

static void gather1(const u8* source, const u32* indices, u32 length, u8* target) {
  gather(source, indices, length, target);
}

static void gather4(const u32* source, const u32* indices, u32 length, u32* target) {
  gather(source, indices, length, target);
}

static void gather8(const u64* source, const u32* indices, u32 length, u64* target) {
  gather(source, indices, length, target);
}

static void gatherWide(const u8* source, const u32* indices, u32 length, u32 width, u8* target) {
  for (u32 i = 0; i < length; i++) memcpy(target + u64{i} * width, source + u64{indices[i]} * width, width);
}

static f64 gatherOffsets(const u32* offsets, const u32* indices, u32 length, u32* target) {
  u64 total = 0;
  for (u32 i = 0; i < length; i++) {
    target[i] = static_cast<u32>(total);
    total += offsets[indices[i] + 1] - offsets[indices[i]];
  }
  target[length] = static_cast<u32>(total);
  return static_cast<f64>(total);
}

static void gatherStrings(const u32* offsets, const u8* values, const u32* indices, u32 length,
                          const u32* targetOffsets, u8* target) {
  for (u32 i = 0; i < length; i++) {
    const u32 row = indices[i];
    copyString(values + offsets[row], offsets[row + 1] - offsets[row], target + targetOffsets[i]);
  }
}

static u32 nullableRows(const u32* indices, u32 length, u32* rows, u8* validity) {
  u32 nulls = 0;
  for (u32 i = 0; i < length; i += 8) {
    const u32 count = length - i < 8 ? length - i : 8;
    u32 byte = 0;
    for (u32 k = 0; k < count; k++) {
      const u32 index = indices[i + k];
      const u32 valid = index != ~0u;
      rows[i + k] = valid ? index : 0;
      byte |= valid << k;
      nulls += 1 - valid;
    }
    validity[i >> 3] = static_cast<u8>(byte);
  }
  return nulls;
}

static void scatter1(const u8* source, const u32* positions, u32 length, u8* target) {
  for (u32 i = 0; i < length; i++) target[positions[i]] = source[i];
}

static void scatterWide(const u8* source, const u32* positions, u32 length, u32 width, u8* target) {
  for (u32 i = 0; i < length; i++) memcpy(target + u64{positions[i]} * width, source + u64{i} * width, width);
}

static void copyBytes(const u8* source, u32 bytes, u8* target) { memmove(target, source, bytes); }

static void rowNumbers(u32 first, u32 length, u32* target) {
  for (u32 i = 0; i < length; i++) target[i] = first + i;
}

static u32 countMask(const u8* mask, u32 length) {
  u32 count = 0;
  for (u32 i = 0; i < length; i++) count += mask[i];
  return count;
}

template <typename T>
INLINE u32 filter(const T* source, const u8* mask, u32 length, T* target) {
  u32 kept = 0;
  for (u32 i = 0; i < length; i++) {
    target[kept] = source[i];
    kept += mask[i];
  }
  return kept;
}

static u32 filter4(const u32* source, const u8* mask, u32 length, u32* target) {
  return filter(source, mask, length, target);
}

static u32 filter8(const u64* source, const u8* mask, u32 length, u64* target) {
  return filter(source, mask, length, target);
}

#define SELECT_KERNELS                                                                                          \
  KERNEL(gather1), KERNEL(gather4), KERNEL(gather8), KERNEL(gatherWide), KERNEL(gatherOffsets),                   \
      KERNEL(gatherStrings), KERNEL(nullableRows), KERNEL(scatter1), KERNEL(scatterWide), KERNEL(copyBytes),      \
      KERNEL(rowNumbers), KERNEL(countMask), KERNEL(filter4), KERNEL(filter8)

}  // namespace GNISTA_ISA
