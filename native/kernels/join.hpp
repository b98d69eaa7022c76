// Joining. Keys become ids: places in a dense array, groups of a table, or runs of a sorted column; NO_ROW for a key that is in none. Then pairs of
// rows are listed by id. Look-ups make their first try for all rows without a branch, so that cache misses overlap; the few that must try again
// do so in a second pass.
#pragma once
#include "../bind.hpp"
#include "hash.hpp"
#include "string-table.hpp"

namespace GNISTA_ISA {

static constexpr u32 NO_ROW = ~0u;

INLINE u32 rotateRight(u32 value, u32 by) { return value >> (by & 31) | value << (-by & 31); }

// A multiple of `step` times the inverse of its odd part, rotated by its power of two, is the quotient; other numbers come out above all quotients.
static f64 commonStep(const u32* keys, u32 length, u32 base) {
  u32 step = 0;
  u32 inverse = 0;
  u32 shift = 0;
  u32 most = 0;
  for (u32 i = 0; i < length; i++) {
    const u32 distance = keys[i] - base;
    if (distance == 0 || (step != 0 && rotateRight(distance * inverse, shift) <= most)) continue;
    u32 rest = distance;
    while (rest != 0) {
      const u32 next = step % rest;
      step = rest;
      rest = next;
    }
    if (step == 1) return 1;
    shift = static_cast<u32>(__builtin_ctz(step));
    const u32 odd = step >> shift;
    inverse = odd;
    for (int k = 0; k < 4; k++) inverse *= 2 - odd * inverse;
    most = ~0u / step;
  }
  return step;
}

static void denseIds(const u32* keys, u32 length, u32 base, u32 inverse, u32 shift, u32 size, u32* ids) {
  for (u32 i = 0; i < length; i++) {
    const u32 place = rotateRight((keys[i] - base) * inverse, shift);
    ids[i] = place < size ? place : NO_ROW;
  }
}

template <typename K, bool fetch>
INLINE void findRows(const typename K::Key* keys, u32 length, const typename K::Slot* table, u32 bits, u32* rest,
                     u32* ids) {
  u32 left = 0;
  for (u32 i = 0; i < length; i++) {
    if constexpr (fetch)
      if (i + AHEAD < length) __builtin_prefetch(table + K::home(K::form(keys[i + AHEAD]), bits));
    const typename K::Key key = K::form(keys[i]);
    const typename K::Slot slot = table[K::home(key, bits)];
    const bool same = slot.key == key;
    // An empty slot has the id 0, which becomes NO_ROW.
    ids[i] = same ? slot.id - 1 : NO_ROW;
    rest[left] = i;
    left += !same & (slot.id != 0);
  }
  const u64 mask = (u64{1} << bits) - 1;
  for (u32 r = 0; r < left; r++) {
    const u32 i = rest[r];
    const typename K::Key key = K::form(keys[i]);
    u64 at = K::home(key, bits);
    do at = (at + 1) & mask;
    while (table[at].id != 0 && table[at].key != key);
    ids[i] = table[at].id - 1;
  }
}

template <typename K>
INLINE void find(const typename K::Key* keys, u32 length, const typename K::Slot* table, u32 bits, u32* rest, u32* ids) {
  if (sizeof(typename K::Slot) << bits > CACHE_BYTES) findRows<K, true>(keys, length, table, bits, rest, ids);
  else findRows<K, false>(keys, length, table, bits, rest, ids);
}

static void find4(const u32* keys, u32 length, const Slot4* table, u32 bits, u32* rest, u32* ids) {
  find<Ints>(keys, length, table, bits, rest, ids);
}

static void find8(const u64* keys, u32 length, const Slot8* table, u32 bits, u32* rest, u32* ids) {
  find<Longs>(keys, length, table, bits, rest, ids);
}

static void findDouble(const u64* keys, u32 length, const Slot8* table, u32 bits, u32* rest, u32* ids) {
  find<Doubles>(keys, length, table, bits, rest, ids);
}

static void findUtf8(Memory memory, const u32* offsets, const u8* bytes, u32 length, const StringSlot* table, u32 bits,
                     const StringRef* groups, u32* ids) {
  const u64 mask = (u64{1} << bits) - 1;
  // First all homes, in the place of the ids; then their look-ups, one independent of the other.
  for (u32 i = 0; i < length; i++) {
    const u32 size = offsets[i + 1] - offsets[i];
    ids[i] = static_cast<u32>(homeOf(wordOf(bytes + offsets[i], size), size, bits));
  }
  for (u32 i = 0; i < length; i++) {
    if (i + AHEAD < length) __builtin_prefetch(table + ids[i + AHEAD]);
    const u32 size = offsets[i + 1] - offsets[i];
    const u8* string = bytes + offsets[i];
    ids[i] = table[probe(memory.base, table, mask, ids[i], wordOf(string, size), size, groups, string)].id - 1;
  }
}

static u32 imageRuns(const u64* images, u32 length, u64* runs, u32* starts) {
  u32 count = 0;
  u64 last = 0;
  for (u32 i = 0; i < length; i++) {
    const u64 image = images[i];
    if (count > 0 && image == last) continue;
    runs[count] = last = image;
    starts[count++] = i;
  }
  starts[count] = length;
  return count;
}

static void mergeIds(const u64* images, u32 length, const u64* runs, u32 count, u32* ids) {
  if (length == 0) return;
  u32 at = 0;
  u32 above = count;
  while (at < above) {
    const u32 middle = (at + above) >> 1;
    if (runs[middle] < images[0]) at = middle + 1;
    else above = middle;
  }
  for (u32 i = 0; i < length; i++) {
    while (at < count && runs[at] < images[i]) at++;
    ids[i] = at < count && runs[at] == images[i] ? at : NO_ROW;
  }
}

static u32 markIds(const u32* ids, u32 length, u32* bits) {
  u32 marked = 0;
  for (u32 i = 0; i < length; i++) {
    if (ids[i] == NO_ROW) continue;
    u32& word = bits[ids[i] >> 5];
    const u32 bit = 1u << (ids[i] & 31);
    marked += (word & bit) == 0;
    word |= bit;
  }
  return marked;
}

static void startsOfCounts(u32* counts, u32 length) {
  u32 sum = 0;
  for (u64 i = 0; i <= length; i++) {
    const u32 count = counts[i];
    counts[i] = sum;
    sum += count;
  }
}

// 1 or 0, by arithmetic: rows without an id come in no order that a branch could learn.
INLINE u32 isMarked(const u32* bits, u32 id) {
  const u32 is = id != NO_ROW;
  const u32 safe = id & -is;
  return bits[safe >> 5] >> (safe & 31) & is;
}

static void keepMarked(u32* __restrict ids, u32 length, const u32* __restrict bits) {
  for (u32 i = 0; i < length; i++) ids[i] |= isMarked(bits, ids[i]) - 1;
}

static u32 selectUnmarked(const u32* ids, u32 length, const u32* bits, u32* rows) {
  u32 count = 0;
  for (u32 i = 0; i < length; i++) {
    rows[count] = i;
    count += 1 - isMarked(bits, ids[i]);
  }
  return count;
}

static u32 selectFound(const u32* ids, u32 length, u32 first, u32* lefts, u32* rights) {
  u32 count = 0;
  for (u32 i = 0; i < length; i++) {
    const u32 id = ids[i];
    lefts[count] = first + i;
    rights[count] = id;
    count += id != NO_ROW;
  }
  return count;
}

struct MatchState {
  u32 row;
  u32 listed;
};

static u32 expandMatches(const u32* ids, u32 length, u32 first, const u32* starts, u32 outer, MatchState* state,
                         u32 limit, u32* lefts, u32* rights) {
  u32 i = state->row;
  u32 listed = state->listed;
  u32 count = 0;
  for (; i < length; i++, listed = 0) {
    if (ids[i] == NO_ROW) {
      if (outer == 0) continue;
      if (count == limit) break;
      lefts[count] = first + i;
      rights[count++] = NO_ROW;
      continue;
    }
    const u32 start = starts[ids[i]] + listed;
    const u32 all = starts[ids[i] + 1] - start;
    const u32 some = all < limit - count ? all : limit - count;
    for (u32 k = 0; k < some; k++) {
      lefts[count + k] = first + i;
      rights[count + k] = start + k;
    }
    count += some;
    if (some < all) {
      listed += some;
      break;
    }
  }
  *state = {i, listed};
  return count;
}

static void followRows(const u32* rows, u32 length, u32* indices) {
  for (u32 i = 0; i < length; i++)
    if (indices[i] != NO_ROW) indices[i] = rows[indices[i]];
}

static void foundMask(const u32* ids, u32 length, u32 found, u8* mask) {
  for (u32 i = 0; i < length; i++) mask[i] = (ids[i] != NO_ROW) == found;
}

#define JOIN_KERNELS                                                                                             \
  KERNEL(commonStep), KERNEL(denseIds), KERNEL(find4), KERNEL(find8), KERNEL(findDouble), KERNEL(findUtf8),       \
      KERNEL(imageRuns), KERNEL(mergeIds), KERNEL(markIds), KERNEL(startsOfCounts), KERNEL(keepMarked),           \
      KERNEL(selectUnmarked), KERNEL(selectFound), KERNEL(expandMatches), KERNEL(followRows), KERNEL(foundMask)

}  // namespace GNISTA_ISA
