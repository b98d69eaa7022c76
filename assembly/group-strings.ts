// Grouping strings by an open-addressing table, as `hash.ts` does numbers. A slot of 16 bytes holds a word, the string's length and the
// id plus one. The word of a string of up to 8 bytes is the string, so that the slot alone says whether it is the same; the word of a longer
// one is its hash, and the group's bytes are compared. A group's string is its pointer and length, in the memory of the row
// where it first appeared. Rows go in blocks, so that the cache misses of a block's slots overlap: words and homes first, then
// a load of each home, and only then the probes, whose branches would otherwise hold the loads back.

import { floorMod, homeOf, wordOf } from "./hash-functions";
import { probe } from "./string-table";

const BLOCK: i32 = 256;

export function groupsUtf8(offsets: usize, bytes: usize, length: i32, table: usize, bits: u32, groups: usize, state: usize, limit: u32, ids: usize, work: usize): i32 {
  const mask = ((<usize>16) << bits) - 1;
  let count = load<u32>(state);
  let done: i32 = 0;
  while (done < length) {
    const rows = min<i32>(BLOCK, length - done);
    const ends = offsets + ((<usize>done) << 2);
    let start = load<u32>(ends);
    for (let i: usize = 0; i < <usize>rows; i++) {
      const end = load<u32>(ends + (i << 2), 4);
      const word = wordOf(bytes + <usize>start, end - start);
      store<u64>(work + (i << 4), word);
      store<u32>(work + (i << 4), <u32>homeOf(word, end - start, bits), 8);
      start = end;
    }
    let touched: u64 = 0;
    for (let i: usize = 0; i < <usize>rows; i++) touched ^= load<u64>(table + <usize>load<u32>(work + (i << 4), 8));
    // Stored, so that the loads are not taken for useless.
    store<u64>(work, touched, BLOCK << 4);
    for (let i: usize = 0; i < <usize>rows; i++) {
      const from = load<u32>(ends + (i << 2));
      const size = load<u32>(ends + (i << 2), 4) - from;
      const ptr = bytes + <usize>from;
      const word = load<u64>(work + (i << 4));
      const at = probe(table, mask, <usize>load<u32>(work + (i << 4), 8), word, size, groups, ptr);
      let id = load<u32>(table + at, 12);
      if (id == 0) {
        if (count == limit) {
          store<u32>(state, count);
          return done + <i32>i;
        }
        store<u32>(groups + ((<usize>count) << 3), <u32>ptr);
        store<u32>(groups + ((<usize>count) << 3), size, 4);
        id = ++count;
        store<u64>(table + at, word);
        store<u64>(table + at, ((<u64>id) << 32) | <u64>size, 8);
      }
      store<u32>(ids + ((<usize>done + i) << 2), id - 1);
    }
    done += rows;
  }
  store<u32>(state, count);
  return done;
}

// `mask` is n - 1 when that finds the partition, else -1.
// @ts-ignore: decorator
@inline
function cellOf(hash: u32, n: i32, mask: i32, bits: u32): usize {
  const partition = mask >= 0 ? hash & <u32>mask : <u32>floorMod(<i32>hash, n);
  return <usize>((partition << bits) | <u32>(<u64>(hash * 0x9e3779b1) >> <u64>(32 - bits)));
}

// @ts-ignore: decorator
@inline
function maskOf(n: i32): i32 {
  return (n & (n - 1)) == 0 ? n - 1 : -1;
}

export function hashCellCounts(hashes: usize, length: i32, n: i32, bits: u32, counts: usize): void {
  const mask = maskOf(n);
  for (let i: usize = 0; i < <usize>length; i++) {
    const slot = counts + (cellOf(load<u32>(hashes + (i << 2)), n, mask, bits) << 2);
    store<u32>(slot, load<u32>(slot) + 1);
  }
}

export function scatterStrings(offsets: usize, bytes: usize, hashes: usize, values: usize, length: i32, n: i32, bits: u32, next: usize, outWords: usize, outStrings: usize, outValues: usize): void {
  const mask = maskOf(n);
  let start = load<u32>(offsets);
  for (let i: usize = 0; i < <usize>length; i++) {
    const end = load<u32>(offsets + (i << 2), 4);
    const ptr = bytes + <usize>start;
    const slot = next + (cellOf(load<u32>(hashes + (i << 2)), n, mask, bits) << 2);
    const row = load<u32>(slot);
    store<u32>(slot, row + 1);
    const at = (<usize>row) << 3;
    store<u64>(outWords + at, wordOf(ptr, end - start));
    store<u64>(outStrings + at, <u64>ptr | ((<u64>(end - start)) << 32));
    store<u64>(outValues + at, load<u64>(values + (i << 3)));
    start = end;
  }
}

// The table stays in the cache: rows one by one.
export function groupsWords(words: usize, strings: usize, length: i32, table: usize, bits: u32, groups: usize, state: usize, limit: u32, ids: usize): i32 {
  const mask = ((<usize>16) << bits) - 1;
  let count = load<u32>(state);
  let i: usize = 0;
  for (; i < <usize>length; i++) {
    const word = load<u64>(words + (i << 3));
    const string = load<u64>(strings + (i << 3));
    const size = <u32>(string >> 32);
    const at = probe(table, mask, homeOf(word, size, bits), word, size, groups, <usize><u32>string);
    let id = load<u32>(table + at, 12);
    if (id == 0) {
      if (count == limit) break;
      store<u64>(groups + ((<usize>count) << 3), string);
      id = ++count;
      store<u64>(table + at, word);
      store<u64>(table + at, ((<u64>id) << 32) | <u64>size, 8);
    }
    store<u32>(ids + (i << 2), id - 1);
  }
  store<u32>(state, count);
  return <i32>i;
}

export function regroupUtf8(table: usize, slots: u32, into: usize, bits: u32): void {
  const mask = ((<usize>16) << bits) - 1;
  const end = table + ((<usize>slots) << 4);
  for (let from = table; from < end; from += 16) {
    const tail = load<u64>(from, 8);
    if (tail >> 32 == 0) continue;
    const word = load<u64>(from);
    let at = homeOf(word, <u32>tail, bits);
    while (load<u32>(into + at, 12) != 0) at = (at + 16) & mask;
    store<u64>(into + at, word);
    store<u64>(into + at, tail, 8);
  }
}

export function stringBytes(strings: usize, count: i32): f64 {
  let total: f64 = 0;
  for (let i: usize = 0; i < <usize>count; i++) total += <f64>load<u32>(strings + (i << 3), 4);
  return total;
}

// Writes no byte outside the string's copy.
// @ts-ignore: decorator
@inline
function copyString(to: usize, from: usize, size: usize): void {
  if (size > 64) memory.copy(to, from, size);
  else if (size >= 8) {
    for (let k: usize = 0; k + 8 < size; k += 8) store<u64>(to + k, load<u64>(from + k));
    store<u64>(to + size - 8, load<u64>(from + size - 8));
  } else for (let k: usize = 0; k < size; k++) store<u8>(to + k, load<u8>(from + k));
}

export function internStrings(strings: usize, count: i32, target: usize): void {
  let to = target;
  for (let i: usize = 0; i < <usize>count; i++) {
    const size = <usize>load<u32>(strings + (i << 3), 4);
    copyString(to, <usize>load<u32>(strings + (i << 3)), size);
    store<u32>(strings + (i << 3), <u32>to);
    to += size;
  }
}

export function copyStrings(strings: usize, count: i32, offsets: usize, bytes: usize): void {
  let at: u32 = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    store<u32>(offsets + (i << 2), at);
    const size = load<u32>(strings + (i << 3), 4);
    copyString(bytes + <usize>at, <usize>load<u32>(strings + (i << 3)), <usize>size);
    at += size;
  }
  store<u32>(offsets + ((<usize>count) << 2), at);
}
