// Partition ids, histograms and stable scatters. Positions are computed once and used for every column of a row.
#pragma once
#include "../bind.hpp"
#include "hash-functions.hpp"

namespace GNISTA_ISA {

static void partitionInts(const i32* keys, u32 length, i32 n, u32* into) {
  if ((n & (n - 1)) == 0)
    for (u32 i = 0; i < length; i++) into[i] = static_cast<u32>(keys[i] & (n - 1));
  else
    for (u32 i = 0; i < length; i++) into[i] = floorMod(keys[i], n);
}

static void partitionDoubles(const f64* keys, u32 length, i32 n, u32* into) {
  for (u32 i = 0; i < length; i++) into[i] = floorMod(hashDouble(keys[i]), n);
}

static void partitionHashes(const i32* hashes, u32 length, i32 n, u32* into) {
  partitionInts(hashes, length, n, into);
}

static void histogram(const u32* ids, u32 length, u32* counts) {
  for (u32 i = 0; i < length; i++) counts[ids[i]]++;
}

static void positions(const u32* ids, u32 length, u32* next, u32* into) {
  for (u32 i = 0; i < length; i++) into[i] = next[ids[i]]++;
}

static void scatter4(const u32* source, const u32* positions, u32 length, u32* target) {
  for (u32 i = 0; i < length; i++) target[positions[i]] = source[i];
}

static void scatter8(const u64* source, const u32* positions, u32 length, u64* target) {
  for (u32 i = 0; i < length; i++) target[positions[i]] = source[i];
}

// Cells: the rows of a reduce partition by runs of keys, so that a run's groups fit a cache.
struct Cells {
  u32 n;
  u32 base;
  u32 shift;
  u32 runs;

  INLINE_MEMBER u32 run(u32 key) const { return (key - base) >> shift; }
};

template <typename Visit>
INLINE void eachCell(const u32* keys, u32 length, Cells cells, Visit visit) {
  const u32 mask = cells.n - 1;
  if ((cells.n & mask) == 0)
    for (u32 i = 0; i < length; i++) visit(i, (keys[i] & mask) * cells.runs + cells.run(keys[i]));
  else
    for (u32 i = 0; i < length; i++)
      visit(i, floorMod(static_cast<i32>(keys[i]), static_cast<i32>(cells.n)) * cells.runs + cells.run(keys[i]));
}

static void cellCounts(const u32* keys, u32 length, u32 n, u32 base, u32 shift, u32 runs, u32* counts) {
  eachCell(keys, length, {n, base, shift, runs}, [=](u32, u32 cell) { counts[cell]++; });
}

static void scatterCells(const u32* keys, const u64* values, u32 length, u32 n, u32 base, u32 shift, u32 runs,
                         u32* next, u32* outKeys, u64* outValues) {
  eachCell(keys, length, {n, base, shift, runs}, [=](u32 i, u32 cell) {
    const u32 at = next[cell]++;
    outKeys[at] = keys[i];
    outValues[at] = values[i];
  });
}

static void codeCellCounts(const u32* codes, u32 length, const u32* partitions, u32 shift, u32 runs, u32* counts) {
  for (u32 i = 0; i < length; i++) counts[partitions[codes[i]] * runs + (codes[i] >> shift)]++;
}

static void scatterCodeCells(const u32* codes, const u64* values, u32 length, const u32* partitions, u32 shift,
                             u32 runs, u32* next, u32* outKeys, u64* outValues) {
  for (u32 i = 0; i < length; i++) {
    const u32 at = next[partitions[codes[i]] * runs + (codes[i] >> shift)]++;
    outKeys[at] = codes[i];
    outValues[at] = values[i];
  }
}

#define PARTITION_KERNELS                                                                                       \
  KERNEL(partitionInts), KERNEL(partitionDoubles), KERNEL(partitionHashes), KERNEL(histogram), KERNEL(positions), \
      KERNEL(scatter4), KERNEL(scatter8), KERNEL(cellCounts), KERNEL(scatterCells), KERNEL(codeCellCounts),       \
      KERNEL(scatterCodeCells)

}  // namespace GNISTA_ISA
