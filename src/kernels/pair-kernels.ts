/**
 * Kernels of pairs: a key of 4 or 8 bytes (by its kind, `key-image.ts`) and a value of `width` 4 or 8 bytes. Packed pairs lie row by row, the
 * value right after its key, at a multiple of 4.
 */
export interface PairKernels {
  /** Each pair packed at row next[bucket]++ of `into`, by a grid as of `bucketCounts`. A key (a value) is as many bytes behind the last as the stride says. */
  scatterPairs(
    kind: number,
    width: number,
    keys: number,
    keyStride: number,
    values: number,
    valueStride: number,
    length: number,
    descending: number,
    grid: number,
    next: number,
    into: number,
  ): void;
  /**
   * Packed pairs in runs (at `runs` for each: u32 pointer, u32 length), sorted by key, stable, to a column of keys and one of values. Returns
   * 0; or 1 when they are in order already, one run after the other, or 2 when two runs are, each by itself: then nothing is written.
   * `bounds` are the least and the greatest image, u64, that few are outside of; `scratch` has 24 bytes a row and 16 KiB.
   */
  sortPairs(
    kind: number,
    width: number,
    runs: number,
    numRuns: number,
    descending: number,
    bounds: number,
    scratch: number,
    outKeys: number,
    outValues: number,
  ): number;
  /** Two runs of packed pairs, each in order, merged to a column of keys and one of values; of equal keys, the left ones come first. */
  mergePairs(
    kind: number,
    width: number,
    left: number,
    leftLength: number,
    right: number,
    rightLength: number,
    descending: number,
    outKeys: number,
    outValues: number,
  ): void;
  /** target[i] = the 4- or 8-byte value, at a multiple of 4, i strides after `source`. */
  unpack4(source: number, stride: number, length: number, target: number): void;
  unpack8(source: number, stride: number, length: number, target: number): void;
}
