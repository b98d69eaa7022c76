// Grouping strings by an open-addressing table, as `hash.hpp` does numbers. A group's string is its pointer and length, in the memory of the row where
// it first appeared. Rows go in blocks: words and homes first, so that the slots of a block are fetched while others are worked on.
#pragma once
#include "../bind.hpp"
#include "copy-string.hpp"
#include "string-table.hpp"

namespace GNISTA_ISA {

static constexpr u32 STRING_BLOCK = 256;

struct Home {
  u64 word;
  u32 at;
  u32 unused;
};

// The id of the group of a string, which may be new; 0 when there are `limit` already.
INLINE u32 groupOf(const u8* base, StringSlot* table, u64 mask, u64 home, u64 word, u32 size, const u8* string,
                   StringRef* groups, u32& count, u32 limit) {
  StringSlot& slot = table[probe(base, table, mask, home, word, size, groups, string)];
  if (slot.id == 0) {
    if (count == limit) return 0;
    groups[count] = {static_cast<u32>(string - base), size};
    slot = {word, size, ++count};
  }
  return slot.id;
}

static u32 groupsUtf8(Memory memory, const u32* offsets, const u8* bytes, u32 length, StringSlot* table, u32 bits,
                      StringRef* groups, u32* state, u32 limit, u32* ids, Home* work) {
  const u64 mask = (u64{1} << bits) - 1;
  u32 count = state[0];
  for (u32 done = 0; done < length; done += STRING_BLOCK) {
    const u32 rows = length - done < STRING_BLOCK ? length - done : STRING_BLOCK;
    for (u32 i = 0; i < rows; i++) {
      const u32 start = offsets[done + i];
      const u32 size = offsets[done + i + 1] - start;
      const u64 word = wordOf(bytes + start, size);
      const u64 home = homeOf(word, size, bits);
      __builtin_prefetch(table + home, 1);
      work[i] = {word, static_cast<u32>(home), 0};
    }
    for (u32 i = 0; i < rows; i++) {
      const u32 start = offsets[done + i];
      const u32 size = offsets[done + i + 1] - start;
      const u32 id =
          groupOf(memory.base, table, mask, work[i].at, work[i].word, size, bytes + start, groups, count, limit);
      if (id == 0) {
        state[0] = count;
        return done + i;
      }
      ids[done + i] = id - 1;
    }
  }
  state[0] = count;
  return length;
}

// The table stays in the cache: rows one by one.
static u32 groupsWords(Memory memory, const u64* words, const StringRef* strings, u32 length, StringSlot* table,
                       u32 bits, StringRef* groups, u32* state, u32 limit, u32* ids) {
  const u64 mask = (u64{1} << bits) - 1;
  u32 count = state[0];
  u32 i = 0;
  for (; i < length; i++) {
    const auto [at, size] = strings[i];
    const u32 id = groupOf(memory.base, table, mask, homeOf(words[i], size, bits), words[i], size, memory.base + at,
                           groups, count, limit);
    if (id == 0) break;
    ids[i] = id - 1;
  }
  state[0] = count;
  return i;
}

static void regroupUtf8(const StringSlot* table, u32 slots, StringSlot* into, u32 bits) {
  const u64 mask = (u64{1} << bits) - 1;
  for (u32 i = 0; i < slots; i++) {
    if (table[i].id == 0) continue;
    u64 at = homeOf(table[i].word, table[i].size, bits);
    while (into[at].id != 0) at = (at + 1) & mask;
    into[at] = table[i];
  }
}

// Calls `visit(row, cell)`: the partition of the hash, then its top bits once it is spread by multiplication.
template <typename Visit>
INLINE void eachHashCell(const u32* hashes, u32 length, i32 n, u32 bits, Visit visit) {
  const bool power = (n & (n - 1)) == 0;
  for (u32 i = 0; i < length; i++) {
    const u32 hash = hashes[i];
    const u32 partition = power ? hash & static_cast<u32>(n - 1) : floorMod(static_cast<i32>(hash), n);
    visit(i, partition << bits | static_cast<u32>(u64{hash * 0x9e3779b1u} >> (32 - bits)));
  }
}

static void hashCellCounts(const u32* hashes, u32 length, i32 n, u32 bits, u32* counts) {
  eachHashCell(hashes, length, n, bits, [=](u32, u32 cell) { counts[cell]++; });
}

static void scatterStrings(Memory memory, const u32* offsets, const u8* bytes, const u32* hashes, const u64* values,
                           u32 length, i32 n, u32 bits, u32* next, u64* outWords, StringRef* outStrings,
                           u64* outValues) {
  eachHashCell(hashes, length, n, bits, [=](u32 i, u32 cell) {
    const u8* string = bytes + offsets[i];
    const u32 size = offsets[i + 1] - offsets[i];
    const u32 row = next[cell]++;
    outWords[row] = wordOf(string, size);
    outStrings[row] = {static_cast<u32>(string - memory.base), size};
    outValues[row] = values[i];
  });
}

static f64 stringBytes(const StringRef* strings, u32 count) {
  u64 total = 0;
  for (u32 i = 0; i < count; i++) total += strings[i].size;
  return static_cast<f64>(total);
}

static void internStrings(Memory memory, StringRef* strings, u32 count, u8* target) {
  for (u32 i = 0; i < count; i++) {
    const auto [at, size] = strings[i];
    copyString(memory.base + at, size, target);
    strings[i].at = static_cast<u32>(target - memory.base);
    target += size;
  }
}

static void copyStrings(Memory memory, const StringRef* strings, u32 count, u32* offsets, u8* bytes) {
  u32 to = 0;
  for (u32 i = 0; i < count; i++) {
    offsets[i] = to;
    copyString(memory.base + strings[i].at, strings[i].size, bytes + to);
    to += strings[i].size;
  }
  offsets[count] = to;
}

#define GROUP_STRINGS_KERNELS                                                                               \
  KERNEL(groupsUtf8), KERNEL(groupsWords), KERNEL(regroupUtf8), KERNEL(hashCellCounts), KERNEL(scatterStrings), \
      KERNEL(stringBytes), KERNEL(internStrings), KERNEL(copyStrings)

}  // namespace GNISTA_ISA
