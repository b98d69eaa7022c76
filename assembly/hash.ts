import { canonicalDouble, spread4, spread8 } from "./hash-functions";

// Partition hashes, and grouping by an open-addressing table: linear probing, a power of two of slots, at most half full. Rows get
// the id of their group, ids count up by first appearance. A grouping stops before the group that would exceed its limit and says
// how many rows it did, so that the host can grow the table and go on.

// A slot of 8 bytes: the 32-bit key, then the id plus one; 0 is empty.
// A slot of 16 bytes: the 64-bit key, then the id plus one.

export function groups4(keys: usize, length: i32, table: usize, bits: u32, groupKeys: usize, state: usize, limit: u32, ids: usize): i32 {
  const mask = ((<usize>1) << bits) - 1;
  let count = load<u32>(state);
  let i = 0;
  for (; i < length; i++) {
    const key = load<u32>(keys + ((<usize>i) << 2));
    let at = spread4(key, bits);
    let id: u32 = 0;
    for (;;) {
      const slot = load<u64>(table + (at << 3));
      id = <u32>(slot >> 32);
      if (id == 0 || <u32>slot == key) break;
      at = (at + 1) & mask;
    }
    if (id == 0) {
      if (count == limit) break;
      store<u32>(groupKeys + ((<usize>count) << 2), key);
      id = ++count;
      store<u64>(table + (at << 3), ((<u64>id) << 32) | <u64>key);
    }
    store<u32>(ids + ((<usize>i) << 2), id - 1);
  }
  store<u32>(state, count);
  return i;
}

// @ts-ignore: decorator
@inline
function group8(double: bool, keys: usize, length: i32, table: usize, bits: u32, groupKeys: usize, state: usize, limit: u32, ids: usize): i32 {
  const mask = ((<usize>1) << bits) - 1;
  let count = load<u32>(state);
  let i = 0;
  for (; i < length; i++) {
    const original = load<u64>(keys + ((<usize>i) << 3));
    const key = double ? canonicalDouble(original) : original;
    let at = spread8(key, bits);
    let id: u32 = 0;
    for (;;) {
      id = load<u32>(table + (at << 4), 8);
      if (id == 0 || load<u64>(table + (at << 4)) == key) break;
      at = (at + 1) & mask;
    }
    if (id == 0) {
      if (count == limit) break;
      store<u64>(groupKeys + ((<usize>count) << 3), original);
      id = ++count;
      store<u64>(table + (at << 4), key);
      store<u32>(table + (at << 4), id, 8);
    }
    store<u32>(ids + ((<usize>i) << 2), id - 1);
  }
  store<u32>(state, count);
  return i;
}

export function groups8(keys: usize, length: i32, table: usize, bits: u32, groupKeys: usize, state: usize, limit: u32, ids: usize): i32 {
  return group8(false, keys, length, table, bits, groupKeys, state, limit, ids);
}

export function groupsDouble(keys: usize, length: i32, table: usize, bits: u32, groupKeys: usize, state: usize, limit: u32, ids: usize): i32 {
  return group8(true, keys, length, table, bits, groupKeys, state, limit, ids);
}

export function regroup4(table: usize, slots: u32, into: usize, bits: u32): void {
  const mask = ((<usize>1) << bits) - 1;
  for (let i: usize = 0; i < <usize>slots; i++) {
    const slot = load<u64>(table + (i << 3));
    if (slot >> 32 == 0) continue;
    let at = spread4(<u32>slot, bits);
    while (load<u32>(into + (at << 3), 4) != 0) at = (at + 1) & mask;
    store<u64>(into + (at << 3), slot);
  }
}

export function regroup8(table: usize, slots: u32, into: usize, bits: u32): void {
  const mask = ((<usize>1) << bits) - 1;
  for (let i: usize = 0; i < <usize>slots; i++) {
    const id = load<u32>(table + (i << 4), 8);
    if (id == 0) continue;
    const key = load<u64>(table + (i << 4));
    let at = spread8(key, bits);
    while (load<u32>(into + (at << 4), 8) != 0) at = (at + 1) & mask;
    store<u64>(into + (at << 4), key);
    store<u32>(into + (at << 4), id, 8);
  }
}

export function hashLongs(keys: usize, length: i32, into: usize): void {
  for (let i: usize = 0; i < <usize>length; i++) store<u32>(into + (i << 2), load<u32>(keys + (i << 3)) ^ load<u32>(keys + (i << 3), 4));
}

// 31 to the powers 7 to 0, in 32 bits.
// @ts-ignore: decorator
@inline
function weighed(word: u64): u32 {
  const wide = i16x8.extend_low_i8x16_u(i64x2(<i64>word, 0));
  const sums = i32x4.add(
    i32x4.mul(i32x4.extend_low_i16x8_u(wide), i32x4(1742810335, 887503681, 28629151, 923521)),
    i32x4.mul(i32x4.extend_high_i16x8_u(wide), i32x4(29791, 961, 31, 1)),
  );
  return <u32>(i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1) + i32x4.extract_lane(sums, 2) + i32x4.extract_lane(sums, 3));
}

// ASCII goes eight characters at a time; the first of them are what is left over, behind zeros, which weigh nothing.
export function hashUtf8(offsets: usize, bytes: usize, length: i32, into: usize): void {
  for (let i: usize = 0; i < <usize>length; i++) {
    const start = bytes + <usize>load<u32>(offsets + (i << 2));
    const end = bytes + <usize>load<u32>(offsets + (i << 2), 4);
    let hash: u32 = 0;
    let p = start;
    if (start < end) {
      const first = (<u32>(end - start) - 1) & 7;
      let word = load<u64>(p) << <u64>((7 - first) << 3);
      p += <usize>first + 1;
      let all = word;
      hash = weighed(word);
      for (; p < end; p += 8) {
        word = load<u64>(p);
        all |= word;
        hash = hash * 0x94446f01 + weighed(word);
      }
      if ((all & 0x8080808080808080) != 0) hash = hashCharacters(start, end);
    }
    store<u32>(into + (i << 2), hash);
  }
}

function hashCharacters(start: usize, end: usize): u32 {
  let hash: u32 = 0;
  let p = start;
  while (p < end) {
    const byte = <u32>load<u8>(p);
    if (byte < 0x80) {
      hash = hash * 31 + byte;
      p++;
    } else if (byte < 0xe0) {
      hash = hash * 31 + (((byte & 31) << 6) | (<u32>load<u8>(p, 1) & 63));
      p += 2;
    } else if (byte < 0xf0) {
      hash = hash * 31 + (((byte & 15) << 12) | ((<u32>load<u8>(p, 1) & 63) << 6) | (<u32>load<u8>(p, 2) & 63));
      p += 3;
    } else {
      const code = (((byte & 7) << 18) | ((<u32>load<u8>(p, 1) & 63) << 12) | ((<u32>load<u8>(p, 2) & 63) << 6) | (<u32>load<u8>(p, 3) & 63)) - 0x10000;
      hash = hash * 31 + (0xd800 | (code >> 10));
      hash = hash * 31 + (0xdc00 | (code & 1023));
      p += 4;
    }
  }
  return hash;
}
