// Partition hashes, and grouping by an open-addressing table: linear probing, a power of two of slots, at most half full. Rows get the id of their
// group, ids count up by first appearance. A slot holds the key, then the id plus one; 0 is empty.
#pragma once
#include "../bind.hpp"
#include "hash-functions.hpp"

namespace GNISTA_ISA {

// Rows ahead whose slots are fetched, when the table is larger than a core's own cache.
static constexpr u32 AHEAD = 16;
static constexpr u64 CACHE_BYTES = 1 << 19;

struct Slot4 {
  u32 key;
  u32 id;
};

struct Slot8 {
  u64 key;
  u32 id;
  u32 unused;
};

struct Ints {
  using Key = u32;
  using Slot = Slot4;
  INLINE_MEMBER static u32 form(u32 key) { return key; }
  INLINE_MEMBER static u64 home(u32 key, u32 bits) { return spread4(key, bits); }
};

struct Longs {
  using Key = u64;
  using Slot = Slot8;
  INLINE_MEMBER static u64 form(u64 key) { return key; }
  INLINE_MEMBER static u64 home(u64 key, u32 bits) { return spread8(key, bits); }
};

struct Doubles : Longs {
  INLINE_MEMBER static u64 form(u64 key) { return canonicalDouble(key); }
};

template <typename K, bool fetch>
INLINE u32 groupRows(const typename K::Key* keys, u32 length, typename K::Slot* table, u32 bits,
                     typename K::Key* groupKeys, u32* state, u32 limit, u32* ids) {
  const u64 mask = (u64{1} << bits) - 1;
  u32 count = state[0];
  u32 i = 0;
  for (; i < length; i++) {
    if constexpr (fetch)
      if (i + AHEAD < length) __builtin_prefetch(table + K::home(K::form(keys[i + AHEAD]), bits), 1);
    const typename K::Key key = K::form(keys[i]);
    u64 at = K::home(key, bits);
    while (table[at].id != 0 && table[at].key != key) at = (at + 1) & mask;
    u32 id = table[at].id;
    if (id == 0) {
      if (count == limit) break;
      groupKeys[count] = keys[i];
      id = ++count;
      table[at].key = key;
      table[at].id = id;
    }
    ids[i] = id - 1;
  }
  state[0] = count;
  return i;
}

template <typename K>
INLINE u32 groups(const typename K::Key* keys, u32 length, typename K::Slot* table, u32 bits,
                  typename K::Key* groupKeys, u32* state, u32 limit, u32* ids) {
  if (sizeof(typename K::Slot) << bits > CACHE_BYTES)
    return groupRows<K, true>(keys, length, table, bits, groupKeys, state, limit, ids);
  return groupRows<K, false>(keys, length, table, bits, groupKeys, state, limit, ids);
}

static u32 groups4(const u32* keys, u32 length, Slot4* table, u32 bits, u32* groupKeys, u32* state, u32 limit, u32* ids) {
  return groups<Ints>(keys, length, table, bits, groupKeys, state, limit, ids);
}

static u32 groups8(const u64* keys, u32 length, Slot8* table, u32 bits, u64* groupKeys, u32* state, u32 limit, u32* ids) {
  return groups<Longs>(keys, length, table, bits, groupKeys, state, limit, ids);
}

static u32 groupsDouble(const u64* keys, u32 length, Slot8* table, u32 bits, u64* groupKeys, u32* state, u32 limit,
                        u32* ids) {
  return groups<Doubles>(keys, length, table, bits, groupKeys, state, limit, ids);
}

template <typename K>
INLINE void regroup(const typename K::Slot* table, u32 slots, typename K::Slot* into, u32 bits) {
  const u64 mask = (u64{1} << bits) - 1;
  for (u32 i = 0; i < slots; i++) {
    if (table[i].id == 0) continue;
    u64 at = K::home(table[i].key, bits);
    while (into[at].id != 0) at = (at + 1) & mask;
    into[at] = table[i];
  }
}

static void regroup4(const Slot4* table, u32 slots, Slot4* into, u32 bits) { regroup<Ints>(table, slots, into, bits); }

static void regroup8(const Slot8* table, u32 slots, Slot8* into, u32 bits) { regroup<Longs>(table, slots, into, bits); }

static void hashLongs(const u64* keys, u32 length, u32* into) {
  for (u32 i = 0; i < length; i++) into[i] = static_cast<u32>(keys[i]) ^ static_cast<u32>(keys[i] >> 32);
}

// The 31-polynomial over UTF-16 of any UTF-8.
INLINE u32 hashCharacters(const u8* p, const u8* end) {
  u32 hash = 0;
  const auto rest = [&](u32 i) { return static_cast<u32>(p[i] & 63); };
  while (p < end) {
    const u32 byte = *p;
    if (byte < 0x80) {
      hash = hash * 31 + byte;
      p++;
    } else if (byte < 0xe0) {
      hash = hash * 31 + ((byte & 31) << 6 | rest(1));
      p += 2;
    } else if (byte < 0xf0) {
      hash = hash * 31 + ((byte & 15) << 12 | rest(1) << 6 | rest(2));
      p += 3;
    } else {
      const u32 code = ((byte & 7) << 18 | rest(1) << 12 | rest(2) << 6 | rest(3)) - 0x10000;
      hash = hash * 31 + (0xd800 | code >> 10);
      hash = hash * 31 + (0xdc00 | (code & 1023));
      p += 4;
    }
  }
  return hash;
}

// Eight characters by 31 to the powers 7 to 0: pairs in lanes of 16 bits, then fours in lanes of 32, neither of which can overflow.
INLINE u32 weighed(u64 word) {
  const u64 pairs = (word & 0x00ff00ff00ff00ffull) * 31 + (word >> 8 & 0x00ff00ff00ff00ffull);
  const u64 fours = (pairs & 0x0000ffff0000ffffull) * 961 + (pairs >> 16 & 0x0000ffff0000ffffull);
  return static_cast<u32>(fours) * 923521u + static_cast<u32>(fours >> 32);
}

// ASCII goes eight characters at a time; the first of them are what is left over, behind zeros, which weigh nothing.
static void hashUtf8(const u32* offsets, const u8* bytes, u32 length, u32* into) {
  for (u32 i = 0; i < length; i++) {
    const u8* start = bytes + offsets[i];
    const u8* end = bytes + offsets[i + 1];
    u32 hash = 0;
    if (start < end) {
      const u32 first = static_cast<u32>(end - start - 1) & 7;
      u64 word = load<u64>(start) << ((7 - first) << 3);
      u64 all = word;
      hash = weighed(word);
      for (const u8* p = start + first + 1; p < end; p += 8) {
        word = load<u64>(p);
        all |= word;
        hash = hash * 0x94446f01u + weighed(word);
      }
      if ((all & 0x8080808080808080ull) != 0) hash = hashCharacters(start, end);
    }
    into[i] = hash;
  }
}

#define HASH_KERNELS                                                                                            \
  KERNEL(groups4), KERNEL(groups8), KERNEL(groupsDouble), KERNEL(regroup4), KERNEL(regroup8), KERNEL(hashLongs), \
      KERNEL(hashUtf8)

}  // namespace GNISTA_ISA
