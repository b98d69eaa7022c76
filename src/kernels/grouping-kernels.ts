/** The part of the kernel table that groups rows by key; see `kernels.ts` for what holds for all of it. */

/**
 * Grouping by dense integer keys. The group of a key is ((key - base) * inverse) >>> shift in 32 bits: with inverse 1 and shift 0 the
 * distance, else the distance divided by the step between keys. A slot is an f64 that starts as the identity of its
 * aggregate (-0, Infinity, -Infinity, 0 for a count); updates come in row order. `seen` is a byte a group.
 */
export interface AggregateKernels {
  /** [min, max] of u32 keys written at `into` (16 bytes of room); length > 0. */
  boundsU32(keys: number, length: number, into: number): void;
  boundsI32(keys: number, length: number, into: number): void;
  /** Adds up; returns nonzero when a value was -0, as a slot that holds -0 may then be a group. */
  denseSum(
    keys: number,
    values: number,
    length: number,
    base: number,
    inverse: number,
    shift: number,
    slots: number,
  ): number;
  /** Returns nonzero when a value was Infinity. */
  denseMin(
    keys: number,
    values: number,
    length: number,
    base: number,
    inverse: number,
    shift: number,
    slots: number,
  ): number;
  /** Returns nonzero when a value was -Infinity. */
  denseMax(
    keys: number,
    values: number,
    length: number,
    base: number,
    inverse: number,
    shift: number,
    slots: number,
  ): number;
  denseCount(keys: number, length: number, base: number, inverse: number, shift: number, slots: number): void;
  denseFirst(
    keys: number,
    values: number,
    length: number,
    base: number,
    inverse: number,
    shift: number,
    slots: number,
    seen: number,
  ): void;
  denseLast(
    keys: number,
    values: number,
    length: number,
    base: number,
    inverse: number,
    shift: number,
    slots: number,
    seen: number,
  ): void;
  /** seen[group] = 1. */
  denseMark(keys: number, length: number, base: number, inverse: number, shift: number, seen: number): void;
  fillDoubles(target: number, length: number, value: number): void;
  /** values[i] /= by[i]. */
  divideDoubles(values: number, by: number, length: number): void;
  /**
   * The groups among slots from, from + step, ... below `to` whose slot is not the identity: keys base + slot * stride, packed. Returns
   * how many; needs room for one more.
   */
  emitDense(
    slots: number,
    from: number,
    to: number,
    step: number,
    identity: number,
    base: number,
    stride: number,
    outKeys: number,
    outValues: number,
  ): number;
  /** The same for the groups that were seen. */
  emitSeen(
    slots: number,
    seen: number,
    from: number,
    to: number,
    step: number,
    base: number,
    stride: number,
    outKeys: number,
    outValues: number,
  ): number;
  doublesFromI32(source: number, length: number, target: number): void;
  doublesFromU32(source: number, length: number, target: number): void;
  doublesFromF32(source: number, length: number, target: number): void;
}

/**
 * Partition hashes, and grouping by an open-addressing table of 1 << bits slots, zero at first: ids[i] is the group of row i, counted up
 * by first appearance; `state` holds the number of groups; the keys of new groups go to `groupKeys`. A grouping stops
 * before group `limit` and returns the rows done. Slots are 8 bytes for 32-bit keys, else 16.
 */
export interface HashKernels {
  groups4(
    keys: number,
    length: number,
    table: number,
    bits: number,
    groupKeys: number,
    state: number,
    limit: number,
    ids: number,
  ): number;
  groups8(
    keys: number,
    length: number,
    table: number,
    bits: number,
    groupKeys: number,
    state: number,
    limit: number,
    ids: number,
  ): number;
  /** As groups8, with all NaNs one key and -0 equal to 0; the key kept is the first one's. */
  groupsDouble(
    keys: number,
    length: number,
    table: number,
    bits: number,
    groupKeys: number,
    state: number,
    limit: number,
    ids: number,
  ): number;
  /** `groups` gets the pointer and the length (u32 each) of a group's first string; `work` is room of 4160 bytes. */
  groupsUtf8(
    offsets: number,
    bytes: number,
    length: number,
    table: number,
    bits: number,
    groups: number,
    state: number,
    limit: number,
    ids: number,
    work: number,
  ): number;
  /**
   * Cells of strings by their partition hash: floorMod(hash, n) << bits | the top `bits` of the hash spread by multiplication.
   * counts[cell] += 1.
   */
  hashCellCounts(hashes: number, length: number, n: number, bits: number, counts: number): void;
  /**
   * Rows to next[cell]++, stable: of each string what `groupsWords` compares (8 bytes, each backend's own) and its pointer and length
   * (u32 each), and the 8-byte values.
   */
  scatterStrings(
    offsets: number,
    bytes: number,
    hashes: number,
    values: number,
    length: number,
    n: number,
    bits: number,
    next: number,
    outWords: number,
    outStrings: number,
    outValues: number,
  ): void;
  /** As groupsUtf8, of strings that were scattered. */
  groupsWords(
    words: number,
    strings: number,
    length: number,
    table: number,
    bits: number,
    groups: number,
    state: number,
    limit: number,
    ids: number,
  ): number;
  /** Moves the groups of a table into a larger one, zeroed. */
  regroup4(table: number, slots: number, into: number, bits: number): void;
  regroup8(table: number, slots: number, into: number, bits: number): void;
  regroupUtf8(table: number, slots: number, into: number, bits: number): void;
  /** Bytes of `count` strings given by pointer and length. */
  stringBytes(strings: number, count: number): number;
  /** Copies those strings to `target`, end to end, and makes the pointers point there. */
  internStrings(strings: number, count: number, target: number): void;
  /** Those strings as a utf8 column: offsets from 0, bytes end to end. */
  copyStrings(strings: number, count: number, offsets: number, bytes: number): void;
  /** The partition hash of 64-bit integers: the xor of their halves. */
  hashLongs(keys: number, length: number, into: number): void;
  /** The partition hash of strings: the 31-polynomial over UTF-16. */
  hashUtf8(offsets: number, bytes: number, length: number, into: number): void;
}
