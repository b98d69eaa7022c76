// The table of strings by which rows are grouped and looked up. The word of a string of up to 8 bytes is the string, so that the slot alone says
// whether it is the same; that of a longer one is its hash, and the bytes of the group's string are compared.
#pragma once
#include "hash-functions.hpp"

namespace GNISTA_ISA {

struct StringSlot {
  u64 word;
  u32 size;
  // Of the group, plus one; 0 is empty.
  u32 id;
};

struct StringRef {
  u32 at;
  u32 size;
};

// The slot of a string, looked for from `home` on; an empty one where it has none.
INLINE u64 probe(const u8* base, const StringSlot* table, u64 mask, u64 home, u64 word, u32 size,
                 const StringRef* groups, const u8* string) {
  u64 at = home;
  for (; table[at].id != 0; at = (at + 1) & mask)
    if (table[at].word == word && table[at].size == size &&
        sameBytes(base + groups[table[at].id - 1].at, string, size))
      break;
  return at;
}

}  // namespace GNISTA_ISA
