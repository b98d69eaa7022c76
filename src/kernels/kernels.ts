/**
 * The kernel table: pure functions over pointers into one segment, the same set in each backend. `js/` is the
 * readable reference and the oracle of the tests; `wasm/` instantiates the modules built from `assembly/`. A family is
 * an interface here, a file in `js/` and a file in `assembly/`, all of one name.
 * Pointers are byte offsets; lengths are in rows. Every result is the same, bit for bit, in every backend.
 */

import type { CompressKernels } from "./compress-kernels.ts";
import type { Backend } from "./compute.ts";
import type { AggregateKernels, HashKernels } from "./grouping-kernels.ts";
import type { JoinKernels } from "./join-kernels.ts";
import type { PairKernels } from "./pair-kernels.ts";
import type { SortKernels } from "./sort-kernels.ts";

export type { AggregateKernels, HashKernels } from "./grouping-kernels.ts";
export type { JoinKernels } from "./join-kernels.ts";

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
  /**
   * Cells: the rows of a partition by runs of keys. The cell of a 32-bit key is floorMod(key, n) * runs + ((key - base) >>> shift).
   * counts[cell] += 1.
   */
  cellCounts(
    keys: number,
    length: number,
    n: number,
    base: number,
    shift: number,
    runs: number,
    counts: number,
  ): void;
  /** Keys and 8-byte values to next[cell]++, stable. */
  scatterCells(
    keys: number,
    values: number,
    length: number,
    n: number,
    base: number,
    shift: number,
    runs: number,
    next: number,
    outKeys: number,
    outValues: number,
  ): void;
  /** The same for codes whose partition a table says: the cell is partitions[code] * runs + (code >>> shift). */
  codeCellCounts(
    codes: number,
    length: number,
    partitions: number,
    shift: number,
    runs: number,
    counts: number,
  ): void;
  scatterCodeCells(
    codes: number,
    values: number,
    length: number,
    partitions: number,
    shift: number,
    runs: number,
    next: number,
    outKeys: number,
    outValues: number,
  ): void;
}

export interface SelectKernels {
  /** target[i] = source[indices[i]]. */
  gather4(source: number, indices: number, length: number, target: number): void;
  gather8(source: number, indices: number, length: number, target: number): void;
  gather1(source: number, indices: number, length: number, target: number): void;
  gatherWide(source: number, indices: number, length: number, width: number, target: number): void;
  /** The i32 offsets, from 0, of strings gathered by index; returns the bytes they take. */
  gatherOffsets(offsets: number, indices: number, length: number, target: number): number;
  /** The bytes of those strings, end to end. */
  gatherStrings(
    offsets: number,
    values: number,
    indices: number,
    length: number,
    targetOffsets: number,
    target: number,
  ): void;
  /** rows[i] = indices[i], but 0 for NO_ROW; writes the `validity` of the rows; returns how many NO_ROW there are. */
  nullableRows(indices: number, length: number, rows: number, validity: number): number;
  /** target[positions[i]] = source[i]; see `scatter4` and `scatter8` for the widths between. */
  scatter1(source: number, positions: number, length: number, target: number): void;
  scatterWide(source: number, positions: number, length: number, width: number, target: number): void;
  copyBytes(source: number, bytes: number, target: number): void;
  /** target[i] = first + i, u32. */
  rowNumbers(first: number, length: number, target: number): void;
  /** Bytes set in a 0/1 mask. */
  countMask(mask: number, length: number): number;
  /** The values whose mask byte is 1, packed; returns how many. */
  filter4(source: number, mask: number, length: number, target: number): number;
  filter8(source: number, mask: number, length: number, target: number): number;
}

/**
 * Strings are UTF-8 bytes at `values`, row i from i32 offsets[i] to offsets[i + 1]. `table` is a set of ASCII characters: 16 bytes, one for each low
 * nibble, with a bit for each high nibble; `others` says whether all other characters are in it.
 */
export interface StringKernels {
  /** How many pieces splitPieces makes; with `repeat`, a run of separators is one (and `others` may be set only then). */
  countPieces(
    offsets: number,
    values: number,
    rows: number,
    table: number,
    others: number,
    repeat: number,
  ): number;
  /** The pieces between separators; `outValues` has 64 bytes to spare; `parents` gets each piece's row, or is 0. */
  splitPieces(
    offsets: number,
    values: number,
    rows: number,
    table: number,
    others: number,
    repeat: number,
    outOffsets: number,
    outValues: number,
    parents: number,
  ): void;
  /** Copies with A-Z made a-z; 1 when a byte is not ASCII. */
  lowerAscii(source: number, bytes: number, target: number): number;
  /** into[i] = i32 UTF-16 code units of row i. */
  utf16Lengths(offsets: number, values: number, rows: number, into: number): void;
  /** Bytes 0 or 1: row i equals (test 0), starts with (1), ends with (2), includes (3) the text; flipped when negate is 1. */
  testStrings(
    offsets: number,
    values: number,
    rows: number,
    text: number,
    length: number,
    test: number,
    negate: number,
    into: number,
  ): void;
  /** Line ends among the bytes: LF, CRLF, or a lone CR. */
  countLines(source: number, bytes: number): number;
  /**
   * The lines that end among the bytes, copied to `target` (which may be `source`), with offsets from 0. Returns how many source bytes
   * they and their ends take.
   */
  splitLines(source: number, bytes: number, offsets: number, target: number): number;
}

export interface Kernels
  extends PartitionKernels,
    SelectKernels,
    AggregateKernels,
    HashKernels,
    JoinKernels,
    SortKernels,
    PairKernels,
    StringKernels,
    CompressKernels {
  readonly backend: Backend;
}
