// Packed pairs in order, stable: their addresses are sorted by the top bits that vary, in two passes, and what is then still out of order is inserted
// as the pairs are written. Keys that crowd together are sorted by all their bytes instead.
#pragma once
#include "pair-fields.hpp"

namespace GNISTA_ISA {

struct PairRun {
  u32 at;
  u32 length;
};

struct PairRuns {
  u8* base;
  const PairRun* runs;
  u32 count;

  INLINE_MEMBER u64 rows() const {
    u64 rows = 0;
    for (u32 r = 0; r < count; r++) rows += runs[r].length;
    return rows;
  }
  template <typename Visit>
  INLINE_MEMBER void each(u32 stride, Visit visit) const {
    for (u32 r = 0; r < count; r++) {
      const u8* end = base + runs[r].at + u64{runs[r].length} * stride;
      for (const u8* pair = base + runs[r].at; pair < end; pair += stride) visit(pair);
    }
  }
  // Addresses are multiples of 4, in 30 bits.
  INLINE_MEMBER u32 addressOf(const u8* pair) const { return static_cast<u32>((pair - base) >> 2); }
  INLINE_MEMBER const u8* pairAt(u32 address) const { return base + (u64{address} << 2); }
};

static constexpr u32 MOST_DIGITS = 2048;
static constexpr u32 ADDRESS_BITS = 30;

struct DigitCounts {
  u32 lower[MOST_DIGITS];
  u32 upper[MOST_DIGITS];
};

// The top bits of an image within its bounds, in two digits; images outside count to the ends.
struct Digits {
  u64 low;
  u32 bits;
  u32 shift;
  u64 most;

  INLINE_MEMBER u64 of(u64 image) const {
    // Of few values, half may be the lowest.
    const u64 digits = choose(image > low, image - low, 0) >> shift;
    return digits < most ? digits : most;
  }
  INLINE_MEMBER u64 lower(u64 digits) const { return digits & ((1ull << bits) - 1); }
  INLINE_MEMBER u64 upper(u64 digits) const { return digits >> bits; }
};

INLINE void toStarts(u32* counts, u32 digits) {
  u32 sum = 0;
  for (u32 d = 0; d < digits; d++) {
    const u32 count = counts[d];
    counts[d] = sum;
    sum += count;
  }
}

// Counts both digits of every key. Returns 1 when all pairs are in order, 2 when two runs are, each by itself, else 0.
template <typename K>
INLINE u32 countDigits(PairRuns all, u32 stride, u64 flip, Digits digits, DigitCounts& counts) {
  u64 previous = 0;
  u32 disorder = 0;
  u32 seams = 0;
  for (u32 r = 0; r < all.count; r++) {
    const u8* pair = all.base + all.runs[r].at;
    const u8* end = pair + u64{all.runs[r].length} * stride;
    if (pair < end) {
      const u64 first = K::image(pair, flip);
      seams += first < previous;
      previous = first;
    }
    for (; pair < end; pair += stride) {
      const u64 image = K::image(pair, flip);
      disorder |= image < previous;
      previous = image;
      const u64 both = digits.of(image);
      counts.lower[digits.lower(both)]++;
      counts.upper[digits.upper(both)]++;
    }
  }
  return disorder != 0 ? 0 : seams == 0 ? 1 : all.count == 2 ? 2 : 0;
}

// Writes the pairs at `addresses` in this order, but for those that come after a greater one: these are inserted, behind all that are not greater.
// Returns false when that was too much work, with the output in disorder.
template <typename K, typename V>
INLINE bool writeSorted(PairRuns all, const u32* addresses, u64 n, u64 flip, typename K::Bits* keys, V* values) {
  using Pair = PackedPair<K, V>;
  const auto imageOf = [=](u64 row) { return K::image(reinterpret_cast<const u8*>(keys + row), flip); };
  u64 previous = 0;
  i64 budget = static_cast<i64>(n) * 4;
  for (u64 i = 0; i < n; i++) {
    const u8* pair = all.pairAt(addresses[i]);
    const u64 image = K::image(pair, flip);
    u64 row = i;
    if (image >= previous) previous = image;
    else {
      do {
        keys[row] = keys[row - 1];
        values[row] = values[row - 1];
        row--;
      } while (row > 0 && imageOf(row - 1) > image);
      budget -= static_cast<i64>(i - row);
    }
    keys[row] = Pair::key(pair);
    values[row] = Pair::value(pair);
    if (budget < 0) return false;
  }
  return true;
}

// The addresses of all pairs in order, whatever their keys: byte by byte from the least significant, bytes that do not vary left out.
template <typename K>
INLINE const u32* sortAllBytes(PairRuns all, u32 stride, u64 n, u64 flip, u8* scratch) {
  u32* counts = reinterpret_cast<u32*>(scratch);
  u32* rows = counts + 256;
  u32* otherRows = rows + n;
  u64* images = reinterpret_cast<u64*>(otherRows + n);
  u64* otherImages = images + n;
  u64 varying = 0;
  u64 at = 0;
  all.each(stride, [&](const u8* pair) {
    images[at] = K::image(pair, flip);
    rows[at] = all.addressOf(pair);
    varying |= images[at++] ^ images[0];
  });
  for (u32 shift = 0; shift < 64; shift += 8) {
    if (((varying >> shift) & 255) == 0) continue;
    memset(counts, 0, 1024);
    for (u64 i = 0; i < n; i++) counts[(images[i] >> shift) & 255]++;
    toStarts(counts, 256);
    for (u64 i = 0; i < n; i++) {
      const u32 to = counts[(images[i] >> shift) & 255]++;
      otherImages[to] = images[i];
      otherRows[to] = rows[i];
    }
    u64* const sorted = otherImages;
    otherImages = images;
    images = sorted;
    u32* const moved = otherRows;
    otherRows = rows;
    rows = moved;
  }
  return rows;
}

// Sorts by the top 22 bits that vary, or fewer for fewer pairs, from the lower digit to the upper, and leaves the rest to the writing.
template <typename K, typename V>
INLINE u32 sortInto(PairRuns all, u64 flip, const u64* bounds, u8* scratch, typename K::Bits* keys, V* values) {
  constexpr u32 stride = PackedPair<K, V>::STRIDE;
  const u64 n = all.rows();
  const u64 range = bounds[1] - bounds[0];
  const u32 varying = range == 0 ? 0 : 64 - static_cast<u32>(__builtin_clzll(range));
  const u32 rowBits = n == 0 ? 0 : 32 - static_cast<u32>(__builtin_clz(static_cast<u32>(n)));
  u32 wanted = rowBits + 6 < 22 ? rowBits + 6 : 22;
  wanted = varying < wanted ? varying : wanted;
  const u32 bits = (wanted + 1) >> 1;
  const Digits digits{bounds[0], bits, varying - wanted, (1ull << wanted) - 1};
  DigitCounts& counts = *reinterpret_cast<DigitCounts*>(scratch);
  u32* addresses = reinterpret_cast<u32*>(scratch + sizeof(DigitCounts));
  u8* entries = scratch + sizeof(DigitCounts) + n * 4;
  memset(counts.lower, 0, 4ull << bits);
  memset(counts.upper, 0, 4ull << bits);
  const u32 order = countDigits<K>(all, stride, flip, digits, counts);
  if (order != 0) return order;
  toStarts(counts.lower, 1u << bits);
  toStarts(counts.upper, 1u << bits);
  all.each(stride, [&](const u8* pair) {
    const u64 both = digits.of(K::image(pair, flip));
    const u64 at = counts.lower[digits.lower(both)]++;
    store(entries + at * 8, digits.upper(both) << ADDRESS_BITS | all.addressOf(pair));
  });
  for (u64 i = 0; i < n; i++) {
    const u64 entry = load<u64>(entries + i * 8);
    addresses[counts.upper[entry >> ADDRESS_BITS]++] = static_cast<u32>(entry & ((1u << ADDRESS_BITS) - 1));
  }
  if (!writeSorted<K, V>(all, addresses, n, flip, keys, values))
    writeSorted<K, V>(all, sortAllBytes<K>(all, stride, n, flip, scratch), n, flip, keys, values);
  return 0;
}

static u32 sortPairs(Memory memory, u32 kind, u32 width, const PairRun* runs, u32 numRuns, u32 descending,
                     const u64* bounds, u8* scratch, u8* outKeys, u8* outValues) {
  return withPair(kind, width, [=](auto k, auto v) {
    using K = decltype(k);
    using V = decltype(v);
    return sortInto<K, V>({memory.base, runs, numRuns}, flipOf(k, descending), bounds, scratch,
                          reinterpret_cast<typename K::Bits*>(outKeys), reinterpret_cast<V*>(outValues));
  });
}

}  // namespace GNISTA_ISA
