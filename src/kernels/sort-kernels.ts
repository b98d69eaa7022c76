/**
 * Kernels over the images of keys, given by their kind (`key-image.ts`) and pointer, and of sorting strings. With a stride, a key is that many
 * bytes behind the last.
 */
export interface SortKernels {
  /** The u64 image of every key of a column, complemented when descending is 1. */
  keyImages(kind: number, keys: number, length: number, descending: number, into: number): void;
  /** Widens the u64 [min, max] of images at `into`. */
  imageBounds(
    kind: number,
    keys: number,
    stride: number,
    length: number,
    descending: number,
    into: number,
  ): void;
  /**
   * A grid at `grid` gives each image a bucket: u64 low, u32 shift, u32 last, then u16[last + 1], read at (image - low) >> shift, images beyond
   * its ends counting to them. counts[bucket] += 1.
   */
  bucketCounts(
    kind: number,
    keys: number,
    stride: number,
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
