// Grouping by a dense integer key: an f64 slot a group, updated in row order. A slot starts as the identity of its aggregate, so that the loops need
// no test for a first value; they report when a value was the identity itself, as only then an untouched slot cannot be told from a touched one.
#pragma once
#include "../bind.hpp"

namespace GNISTA_ISA {

template <typename T>
INLINE void bounds(const T* keys, u32 length, T* into) {
  T min = keys[0];
  T max = keys[0];
  for (u32 i = 1; i < length; i++) {
    min = keys[i] < min ? keys[i] : min;
    max = keys[i] > max ? keys[i] : max;
  }
  into[0] = min;
  into[1] = max;
}

static void boundsU32(const u32* keys, u32 length, u32* into) { bounds(keys, length, into); }

static void boundsI32(const i32* keys, u32 length, i32* into) { bounds(keys, length, into); }

// The group of a key; keys that are n apart are divided by n exactly, through the inverse of its odd part.
struct Dense {
  u32 base;
  u32 inverse;
  u32 shift;

  INLINE_MEMBER u32 operator()(u32 key) const { return ((key - base) * inverse) >> shift; }
};

struct Direct {
  u32 base;

  INLINE_MEMBER u32 operator()(u32 key) const { return key - base; }
};

// As JavaScript has them: NaN when one is NaN, and -0 below 0. Both orders are tried, without a branch that depends on the data; where their answers
// differ (a zero of each sign, a NaN), the bits of both together keep the sign and the NaN, and less those that differ the zero loses its sign.
INLINE f64 least(f64 a, f64 b) {
  const f64 one = a < b ? a : b;
  const f64 other = b < a ? b : a;
  const u64 both = load<u64>(&one) | load<u64>(&other);
  return load<f64>(&both);
}

INLINE f64 greatest(f64 a, f64 b) {
  const f64 one = a > b ? a : b;
  const f64 other = b > a ? b : a;
  const u64 both = load<u64>(&one) | load<u64>(&other);
  const u64 differ = load<u64>(&one) ^ load<u64>(&other);
  return load<f64>(&both) - load<f64>(&differ);
}

// Values are looked at a block at a time, so that the search for the identity is a loop of its own, over what is then in the cache.
static constexpr u32 VALUE_BLOCK = 512;

template <typename Group, typename Combine>
INLINE u32 accumulate(const u32* keys, const f64* values, u32 length, Group group, f64* slots, f64 identity,
                      Combine combine) {
  const u64 none = load<u64>(&identity);
  u64 found = 0;
  for (u32 from = 0, to; from < length; from = to) {
    to = length - from < VALUE_BLOCK ? length : from + VALUE_BLOCK;
    for (u32 i = from; i < to; i++) found |= load<u64>(values + i) == none;
#pragma GCC unroll 4
    for (u32 i = from; i < to; i++) {
      f64& slot = slots[group(keys[i])];
      slot = combine(slot, values[i]);
    }
  }
  return static_cast<u32>(found);
}

static u32 denseSum(const u32* keys, const f64* values, u32 length, u32 base, u32 inverse, u32 shift, f64* slots) {
  const auto add = [](f64 a, f64 b) { return a + b; };
  if (inverse == 1 && shift == 0) return accumulate(keys, values, length, Direct{base}, slots, -0.0, add);
  return accumulate(keys, values, length, Dense{base, inverse, shift}, slots, -0.0, add);
}

static u32 denseMin(const u32* keys, const f64* values, u32 length, u32 base, u32 inverse, u32 shift, f64* slots) {
  return accumulate(keys, values, length, Dense{base, inverse, shift}, slots, __builtin_inf(),
                    [](f64 a, f64 b) { return least(a, b); });
}

static u32 denseMax(const u32* keys, const f64* values, u32 length, u32 base, u32 inverse, u32 shift, f64* slots) {
  return accumulate(keys, values, length, Dense{base, inverse, shift}, slots, -__builtin_inf(),
                    [](f64 a, f64 b) { return greatest(a, b); });
}

static void denseCount(const u32* keys, u32 length, u32 base, u32 inverse, u32 shift, f64* slots) {
  const Dense group{base, inverse, shift};
  for (u32 i = 0; i < length; i++) slots[group(keys[i])] += 1;
}

static void denseFirst(const u32* keys, const u64* values, u32 length, u32 base, u32 inverse, u32 shift, u64* slots,
                       u8* seen) {
  const Dense group{base, inverse, shift};
  for (u32 i = 0; i < length; i++) {
    const u32 g = group(keys[i]);
    if (seen[g]) continue;
    seen[g] = 1;
    slots[g] = values[i];
  }
}

static void denseLast(const u32* keys, const u64* values, u32 length, u32 base, u32 inverse, u32 shift, u64* slots,
                      u8* seen) {
  const Dense group{base, inverse, shift};
  for (u32 i = 0; i < length; i++) {
    const u32 g = group(keys[i]);
    seen[g] = 1;
    slots[g] = values[i];
  }
}

static void denseMark(const u32* keys, u32 length, u32 base, u32 inverse, u32 shift, u8* seen) {
  const Dense group{base, inverse, shift};
  for (u32 i = 0; i < length; i++) seen[group(keys[i])] = 1;
}

static void fillDoubles(f64* target, u32 length, f64 value) {
  for (u32 i = 0; i < length; i++) target[i] = value;
}

static void divideDoubles(f64* values, const f64* by, u32 length) {
  for (u32 i = 0; i < length; i++) values[i] /= by[i];
}

// Written in any case, kept when the slot counts: no branch depends on the data.
template <typename Counts>
INLINE u32 emit(const u64* slots, u32 from, u32 to, u32 step, u32 base, u32 stride, u32* outKeys, u64* outValues,
                Counts counts) {
  u32 at = 0;
  for (u32 slot = from; slot < to; slot += step) {
    outKeys[at] = base + slot * stride;
    outValues[at] = slots[slot];
    at += counts(slot);
  }
  return at;
}

static u32 emitDense(const u64* slots, u32 from, u32 to, u32 step, f64 identity, u32 base, u32 stride, u32* outKeys,
                     u64* outValues) {
  const u64 none = load<u64>(&identity);
  return emit(slots, from, to, step, base, stride, outKeys, outValues, [=](u32 slot) { return slots[slot] != none; });
}

static u32 emitSeen(const u64* slots, const u8* seen, u32 from, u32 to, u32 step, u32 base, u32 stride, u32* outKeys,
                    u64* outValues) {
  return emit(slots, from, to, step, base, stride, outKeys, outValues, [=](u32 slot) { return seen[slot]; });
}

template <typename T>
INLINE void widen(const T* source, u32 length, f64* target) {
  for (u32 i = 0; i < length; i++) target[i] = source[i];
}

static void doublesFromI32(const i32* source, u32 length, f64* target) { widen(source, length, target); }

static void doublesFromU32(const u32* source, u32 length, f64* target) { widen(source, length, target); }

static void doublesFromF32(const f32* source, u32 length, f64* target) { widen(source, length, target); }

#define AGGREGATE_KERNELS                                                                                        \
  KERNEL(boundsU32), KERNEL(boundsI32), KERNEL(denseSum), KERNEL(denseMin), KERNEL(denseMax), KERNEL(denseCount), \
      KERNEL(denseFirst), KERNEL(denseLast), KERNEL(denseMark), KERNEL(fillDoubles), KERNEL(divideDoubles),       \
      KERNEL(emitDense), KERNEL(emitSeen), KERNEL(doublesFromI32), KERNEL(doublesFromU32), KERNEL(doublesFromF32)

}  // namespace GNISTA_ISA
