/** The part of the kernel table that joins; see `kernels.ts` for what holds for all of it. */

/**
 * Keys as ids: u32, NO_ROW (all ones) for a key that is nowhere. `bits` are a bitmap of ids in u32 words, bit id & 31 of word id >> 5.
 * The tables are those of `HashKernels`, filled there; `rest` is u32[length] to work in.
 */
export interface JoinKernels {
  /** The greatest common divisor of the distances, in 32 bits, of 32-bit keys from `base`; 0 when there are none but 0. */
  commonStep(keys: number, length: number, base: number): number;
  /** ids[i] = (keys[i] - base) / step where that is whole and below `size`, the step being 2^shift times the odd number of that inverse. */
  denseIds(
    keys: number,
    length: number,
    base: number,
    inverse: number,
    shift: number,
    size: number,
    ids: number,
  ): void;
  /** ids[i] = the group of the key in the table. */
  find4(keys: number, length: number, table: number, bits: number, rest: number, ids: number): void;
  find8(keys: number, length: number, table: number, bits: number, rest: number, ids: number): void;
  findDouble(keys: number, length: number, table: number, bits: number, rest: number, ids: number): void;
  findUtf8(
    offsets: number,
    bytes: number,
    length: number,
    table: number,
    bits: number,
    groups: number,
    ids: number,
  ): void;
  /**
   * The runs of equal u64 images in a sorted column: runs[r] = the image (`runs` may be `images`), starts[r] = the first row, and the length
   * after the last. Returns how many.
   */
  imageRuns(images: number, length: number, runs: number, starts: number): number;
  /** ids[i] = the run of images[i], both ascending. */
  mergeIds(images: number, length: number, runs: number, count: number, ids: number): void;
  /** Sets the bits of the ids; returns how many were not set before. */
  markIds(ids: number, length: number, bits: number): number;
  /** Counts to where each begins: counts[i] = the sum of those before, for i up to and with `length`. */
  startsOfCounts(counts: number, length: number): void;
  /** Ids whose bit is not set become NO_ROW. */
  keepMarked(ids: number, length: number, bits: number): void;
  /** The rows i, ascending, whose id is NO_ROW or not marked; returns how many, needs room for one more. */
  selectUnmarked(ids: number, length: number, bits: number, rows: number): number;
  /** lefts = first + i and rights = ids[i] of each row whose id is not NO_ROW, packed; returns how many. `rights` may be `ids`. */
  selectFound(ids: number, length: number, first: number, lefts: number, rights: number): number;
  /**
   * For each row i, first + i with each of starts[ids[i]] up to starts[ids[i] + 1]; with `outer` 1, NO_ROW for a row without an id. Goes on
   * from state (u32 row, u32 matches of it already listed) and stops at `limit` pairs; returns how many. Done when the row is `length`.
   */
  expandMatches(
    ids: number,
    length: number,
    first: number,
    starts: number,
    outer: number,
    state: number,
    limit: number,
    lefts: number,
    rights: number,
  ): number;
  /** indices[i] = rows[indices[i]], but for NO_ROW. */
  followRows(rows: number, length: number, indices: number): void;
  /** mask[i] = 1 where that ids[i] is not NO_ROW is what `found` (1 or 0) says, else 0. */
  foundMask(ids: number, length: number, found: number, mask: number): void;
}
