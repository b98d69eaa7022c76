// Copies of strings, most of them short, eight bytes at a time where that stays within both the string and its place.
#pragma once
#include "../types.hpp"

namespace GNISTA_ISA {

INLINE void copyString(const u8* from, u32 size, u8* to) {
  if (size > 64) memcpy(to, from, size);
  else if (size >= 8) {
    for (u32 k = 0; k + 8 < size; k += 8) store(to + k, load<u64>(from + k));
    store(to + size - 8, load<u64>(from + size - 8));
  } else
    for (u32 k = 0; k < size; k++) to[k] = from[k];
}

}  // namespace GNISTA_ISA
