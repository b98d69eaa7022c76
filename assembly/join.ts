// Joining. Keys become ids: places in a dense array, groups of a table, or runs of a sorted column; NONE for a key that is in none. Then
// pairs of rows are listed by id. Look-ups make their first try for all rows without a branch, so that cache misses overlap; the
// few that must try again do so in a second pass.

import { canonicalDouble, homeOf, spread4, spread8, wordOf } from "./hash-functions";
import { probe } from "./string-table";

// @ts-ignore: decorator
@inline const NONE: u32 = 0xffffffff;

// @ts-ignore: decorator
@inline
function get(at: usize, i: usize): u32 {
  return load<u32>(at + (i << 2));
}

// @ts-ignore: decorator
@inline
function put(at: usize, i: usize, value: u32): void {
  store<u32>(at + (i << 2), value);
}

// A multiple of `step` times the inverse of its odd part, rotated by its power of two, is the quotient; other numbers come out above all quotients.
export function commonStep(keys: usize, length: i32, base: u32): f64 {
  let step: u32 = 0;
  let inverse: u32 = 0;
  let shift: u32 = 0;
  let most: u32 = 0;
  for (let i: usize = 0; i < <usize>length; i++) {
    const distance = get(keys, i) - base;
    if (distance == 0 || (step != 0 && rotr<u32>(distance * inverse, shift) <= most)) continue;
    let rest = distance;
    while (rest != 0) {
      const next = step % rest;
      step = rest;
      rest = next;
    }
    if (step == 1) return 1;
    shift = ctz<u32>(step);
    const odd = step >> shift;
    inverse = odd;
    for (let k = 0; k < 4; k++) inverse *= 2 - odd * inverse;
    most = 0xffffffff / step;
  }
  return <f64>step;
}

export function denseIds(keys: usize, length: i32, base: u32, inverse: u32, shift: u32, size: u32, ids: usize): void {
  const bases = i32x4.splat(base);
  const inverses = i32x4.splat(inverse);
  const sizes = i32x4.splat(size);
  const n = <usize>length;
  let i: usize = 0;
  for (; i + 4 <= n; i += 4) {
    const product = i32x4.mul(i32x4.sub(v128.load(keys + (i << 2)), bases), inverses);
    const place = v128.or(i32x4.shr_u(product, shift), i32x4.shl(product, 32 - shift));
    v128.store(ids + (i << 2), v128.or(place, i32x4.ge_u(place, sizes)));
  }
  for (; i < n; i++) {
    const place = rotr<u32>((get(keys, i) - base) * inverse, shift);
    put(ids, i, place < size ? place : NONE);
  }
}

export function find4(keys: usize, length: i32, table: usize, bits: u32, rest: usize, ids: usize): void {
  let left: usize = 0;
  for (let i: usize = 0; i < <usize>length; i++) {
    const key = get(keys, i);
    const slot = load<u64>(table + (spread4(key, bits) << 3));
    const id = <u32>(slot >> 32);
    const same = <u32>slot == key;
    put(ids, i, same ? id - 1 : NONE);
    put(rest, left, <u32>i);
    left += <usize>(<i32>!same & <i32>(id != 0));
  }
  const mask = ((<usize>1) << bits) - 1;
  for (let r: usize = 0; r < left; r++) {
    const i = <usize>get(rest, r);
    const key = get(keys, i);
    let at = spread4(key, bits);
    let id: u32 = 0;
    do {
      at = (at + 1) & mask;
      const slot = load<u64>(table + (at << 3));
      id = <u32>(slot >> 32);
      if (<u32>slot == key) break;
    } while (id != 0);
    put(ids, i, id - 1);
  }
}

// @ts-ignore: decorator
@inline
function wideKey(double: bool, keys: usize, i: usize): u64 {
  const key = load<u64>(keys + (i << 3));
  return double ? canonicalDouble(key) : key;
}

// @ts-ignore: decorator
@inline
function findWide(double: bool, keys: usize, length: i32, table: usize, bits: u32, rest: usize, ids: usize): void {
  let left: usize = 0;
  for (let i: usize = 0; i < <usize>length; i++) {
    const key = wideKey(double, keys, i);
    const slot = table + (spread8(key, bits) << 4);
    const id = load<u32>(slot, 8);
    const same = load<u64>(slot) == key;
    put(ids, i, same ? id - 1 : NONE);
    put(rest, left, <u32>i);
    left += <usize>(<i32>!same & <i32>(id != 0));
  }
  const mask = ((<usize>1) << bits) - 1;
  for (let r: usize = 0; r < left; r++) {
    const i = <usize>get(rest, r);
    const key = wideKey(double, keys, i);
    let at = spread8(key, bits);
    let id: u32 = 0;
    do {
      at = (at + 1) & mask;
      id = load<u32>(table + (at << 4), 8);
      if (load<u64>(table + (at << 4)) == key) break;
    } while (id != 0);
    put(ids, i, id - 1);
  }
}

export function find8(keys: usize, length: i32, table: usize, bits: u32, rest: usize, ids: usize): void {
  findWide(false, keys, length, table, bits, rest, ids);
}

export function findDouble(keys: usize, length: i32, table: usize, bits: u32, rest: usize, ids: usize): void {
  findWide(true, keys, length, table, bits, rest, ids);
}

export function findUtf8(offsets: usize, bytes: usize, length: i32, table: usize, bits: u32, groups: usize, ids: usize): void {
  const mask = ((<usize>16) << bits) - 1;
  // First all homes, which need no table, in the place of the ids; then their look-ups, one independent of the other.
  for (let i: usize = 0; i < <usize>length; i++) {
    const start = get(offsets, i);
    const size = get(offsets, i + 1) - start;
    put(ids, i, <u32>homeOf(wordOf(bytes + <usize>start, size), size, bits));
  }
  for (let i: usize = 0; i < <usize>length; i++) {
    const start = get(offsets, i);
    const size = get(offsets, i + 1) - start;
    const ptr = bytes + <usize>start;
    const at = probe(table, mask, <usize>get(ids, i), wordOf(ptr, size), size, groups, ptr);
    put(ids, i, load<u32>(table + at, 12) - 1);
  }
}

export function imageRuns(images: usize, length: i32, runs: usize, starts: usize): i32 {
  let count: usize = 0;
  for (let i: usize = 0; i < <usize>length; i++) {
    const image = load<u64>(images + (i << 3));
    if (count > 0 && load<u64>(runs + ((count - 1) << 3)) == image) continue;
    store<u64>(runs + (count << 3), image);
    put(starts, count++, <u32>i);
  }
  put(starts, count, <u32>length);
  return <i32>count;
}

export function mergeIds(images: usize, length: i32, runs: usize, count: i32, ids: usize): void {
  if (length == 0) return;
  let at: usize = 0;
  let above = <usize>count;
  const first = load<u64>(images);
  while (at < above) {
    const middle = (at + above) >> 1;
    if (load<u64>(runs + (middle << 3)) < first) at = middle + 1;
    else above = middle;
  }
  for (let i: usize = 0; i < <usize>length; i++) {
    const image = load<u64>(images + (i << 3));
    while (at < <usize>count && load<u64>(runs + (at << 3)) < image) at++;
    put(ids, i, at < <usize>count && load<u64>(runs + (at << 3)) == image ? <u32>at : NONE);
  }
}

export function markIds(ids: usize, length: i32, bits: usize): i32 {
  let marked = 0;
  for (let i: usize = 0; i < <usize>length; i++) {
    const id = get(ids, i);
    if (id == NONE) continue;
    const word = get(bits, id >> 5);
    const bit = (<u32>1) << (id & 31);
    marked += <i32>((word & bit) == 0);
    put(bits, id >> 5, word | bit);
  }
  return marked;
}

export function startsOfCounts(counts: usize, length: i32): void {
  let sum: u32 = 0;
  for (let i: usize = 0; i <= <usize>length; i++) {
    const count = get(counts, i);
    put(counts, i, sum);
    sum += count;
  }
}

// @ts-ignore: decorator
@inline
function isMarked(bits: usize, id: u32): bool {
  const safe = id == NONE ? 0 : id;
  return <bool>((get(bits, safe >> 5) >> (safe & 31)) & <u32>(id != NONE));
}

export function keepMarked(ids: usize, length: i32, bits: usize): void {
  for (let i: usize = 0; i < <usize>length; i++) {
    const id = get(ids, i);
    put(ids, i, isMarked(bits, id) ? id : NONE);
  }
}

export function selectUnmarked(ids: usize, length: i32, bits: usize, rows: usize): i32 {
  let count: usize = 0;
  for (let i: usize = 0; i < <usize>length; i++) {
    put(rows, count, <u32>i);
    count += <usize>!isMarked(bits, get(ids, i));
  }
  return <i32>count;
}

export function selectFound(ids: usize, length: i32, first: u32, lefts: usize, rights: usize): i32 {
  let count: usize = 0;
  for (let i: usize = 0; i < <usize>length; i++) {
    const id = get(ids, i);
    put(lefts, count, first + <u32>i);
    put(rights, count, id);
    count += <usize>(id != NONE);
  }
  return <i32>count;
}

export function expandMatches(ids: usize, length: i32, first: u32, starts: usize, outer: i32, state: usize, limit: i32, lefts: usize, rights: usize): i32 {
  let i = <usize>get(state, 0);
  let done = get(state, 1);
  let count: u32 = 0;
  for (; i < <usize>length; i++, done = 0) {
    const id = get(ids, i);
    if (id == NONE) {
      if (outer == 0) continue;
      if (count == <u32>limit) break;
      put(lefts, count, first + <u32>i);
      put(rights, count++, NONE);
      continue;
    }
    const start = get(starts, id) + done;
    const all = get(starts, id + 1) - start;
    const room = <u32>limit - count;
    const some = all < room ? all : room;
    for (let k: u32 = 0; k < some; k++) {
      put(lefts, count + k, first + <u32>i);
      put(rights, count + k, start + k);
    }
    count += some;
    if (some < all) {
      done += some;
      break;
    }
  }
  put(state, 0, <u32>i);
  put(state, 1, done);
  return <i32>count;
}

export function followRows(rows: usize, length: i32, indices: usize): void {
  for (let i: usize = 0; i < <usize>length; i++) {
    const index = get(indices, i);
    if (index != NONE) put(indices, i, get(rows, index));
  }
}

export function foundMask(ids: usize, length: i32, found: i32, mask: usize): void {
  for (let i: usize = 0; i < <usize>length; i++) store<u8>(mask + i, <u8>(<i32>(get(ids, i) != NONE) == found));
}
