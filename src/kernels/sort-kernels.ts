/** Kernels of sorting, merging and range partitioning. Keys are given by their kind (`key-image.ts`) and pointer. */
export interface SortKernels {
  /** The u64 image of every key, complemented when descending is 1. */
  keyImages(kind: number, keys: number, length: number, descending: number, into: number): void;
  /** Widens the u64 [min, max] of images at `into`. */
  imageBounds(kind: number, keys: number, length: number, descending: number, into: number): void;
  /**
   * A grid at `grid` gives each image a bucket: u64 low, u32 shift, u32 last, then u16[last + 1], read at (image - low) >> shift, images beyond
   * its ends counting to them. counts[bucket] += 1.
   */
  bucketCounts(
    kind: number,
    keys: number,
    length: number,
    descending: number,
    grid: number,
    counts: number,
  ): void;
  /** positions[i] = next[bucket]++. */
  bucketPositions(
    kind: number,
    keys: number,
    length: number,
    descending: number,
    grid: number,
    next: number,
    positions: number,
  ): void;
  /** Keys (not bool) and 8-byte values to next[bucket]++. */
  bucketScatter(
    kind: number,
    keys: number,
    values: number,
    length: number,
    descending: number,
    grid: number,
    next: number,
    outKeys: number,
    outValues: number,
  ): void;
  /**
   * The stable permutation that sorts at most 2^15 u64 images, which may be overwritten; 1, and nothing written, when they are in order.
   * `scratch` has 16 bytes a row and 32 KiB.
   */
  sortImages(images: number, length: number, scratch: number, perm: number): number;
  /** into[i] = how many of `count` sorted images (ascending, u64) are below that of keys[i], or the rest of them when descending. */
  boundsBelow(
    kind: number,
    keys: number,
    length: number,
    descending: number,
    bounds: number,
    count: number,
    into: number,
  ): void;
  /**
   * The image of each string rows[i]: seven bytes from `depth` on, made to order as UTF-16 does, then how many bytes were left, at most 8.
   * Complemented when descending.
   */
  stringImages(
    offsets: number,
    bytes: number,
    rows: number,
    length: number,
    depth: number,
    descending: number,
    into: number,
  ): void;
  /**
   * Rows sorted by image: those of one image whose strings go on are sorted by comparison from `depth` on when they are `few`; other runs
   * are written to `runs` as u32 (from, rows). Returns how many.
   */
  sortTies(
    offsets: number,
    bytes: number,
    images: number,
    rows: number,
    length: number,
    depth: number,
    descending: number,
    few: number,
    runs: number,
  ): number;
  /** As boundsBelow, for strings. */
  boundsBelowStrings(
    offsets: number,
    bytes: number,
    length: number,
    descending: number,
    boundOffsets: number,
    boundBytes: number,
    count: number,
    into: number,
  ): void;
}
