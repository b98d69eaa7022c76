/**
 * The kernel table: pure functions over pointers into one segment, the same set in each backend. `js/` is the
 * readable reference and the oracle of the tests; `wasm/` instantiates the modules built from `assembly/`. A family is
 * an interface here, a file in `js/` and a file in `assembly/`, all of one name.
 * Pointers are byte offsets; lengths are in rows. Every result is the same, bit for bit, in every backend.
 */
import type { Backend } from "./compute.ts";

export interface PartitionKernels {
  /** into[i] = floorMod(hash of keys[i], n); keys are 32-bit integers (hash = the bits). */
  partitionInts(keys: number, length: number, n: number, into: number): void;
  /** The same for f64 keys: an integer in [-2^31, 2^32) hashes to its low 32 bits, anything else to the xor of its halves. */
  partitionDoubles(keys: number, length: number, n: number, into: number): void;
  /** into[i] = floorMod(hashes[i], n). */
  partitionHashes(hashes: number, length: number, n: number, into: number): void;
  /** counts[p] += 1 for each partition id; counts are u32. */
  histogram(ids: number, length: number, counts: number): void;
  /** Stable positions: into[i] = next[ids[i]]++; next holds the starts of the partitions. */
  positions(ids: number, length: number, next: number, into: number): void;
  /** target[positions[i]] = source[i], 4- or 8-byte values. */
  scatter4(source: number, positions: number, length: number, target: number): void;
  scatter8(source: number, positions: number, length: number, target: number): void;
}

export interface SelectKernels {
  /** target[i] = source[indices[i]]. */
  gather4(source: number, indices: number, length: number, target: number): void;
  gather8(source: number, indices: number, length: number, target: number): void;
  /** Bytes set in a 0/1 mask. */
  countMask(mask: number, length: number): number;
  /** The values whose mask byte is 1, packed; returns how many. */
  filter4(source: number, mask: number, length: number, target: number): number;
  filter8(source: number, mask: number, length: number, target: number): number;
}

export interface AggregateKernels {
  /** [min, max] of u32 keys written at `into`; length > 0. */
  boundsU32(keys: number, length: number, into: number): void;
  boundsI32(keys: number, length: number, into: number): void;
  /**
   * Dense aggregation by (key - base): a group's slot is `sums + 8 * (key - base)`, `seen` a byte a group. In row order; the first
   * value of a group is stored, not added, so that -0 alone stays -0.
   */
  denseSum(keys: number, values: number, length: number, base: number, sums: number, seen: number): void;
  denseMin(keys: number, values: number, length: number, base: number, sums: number, seen: number): void;
  denseMax(keys: number, values: number, length: number, base: number, sums: number, seen: number): void;
}

export interface SortKernels {
  /** Order-preserving u32 image of i32, f32 or u32 keys, and u64 image (as low, high words) of 8-byte ones, complemented when descending. */
  radixPass4(
    keys: number,
    indices: number,
    length: number,
    shift: number,
    outKeys: number,
    outIndices: number,
    counts: number,
  ): void;
  /** The same for 8-byte keys; shift counts bits from 0 to 56. */
  radixPass8(
    keys: number,
    indices: number,
    length: number,
    shift: number,
    outKeys: number,
    outIndices: number,
    counts: number,
  ): void;
}

export interface Kernels extends PartitionKernels, SelectKernels, AggregateKernels, SortKernels {
  readonly backend: Backend;
}
