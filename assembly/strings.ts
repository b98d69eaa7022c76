// Strings as UTF-8 bytes with i32 offsets. Sixteen bytes a step; reads may run up to 15 bytes past a string's end, never past its segment's.

// A look-up in 16 bytes by indices below 16, for which the relaxed instruction is defined as the other is and needs no clamping.
// @ts-ignore: decorator
@inline
function lookUp(table: v128, indices: v128): v128 {
  return RELAXED ? i8x16.relaxed_swizzle(table, indices) : i8x16.swizzle(table, indices);
}

/** Bytes of `block` that are separators, as 16 bits: `table` has a bit a high nibble for each low nibble, `others` is for bytes from 0x80. */
// @ts-ignore: decorator
@inline
function separators(block: v128, table: v128, others: v128): i32 {
  const low = lookUp(table, v128.and(block, i8x16.splat(15)));
  const high = lookUp(i8x16(1, 2, 4, 8, 16, 32, 64, -128, 0, 0, 0, 0, 0, 0, 0, 0), i8x16.shr_u(block, 4));
  const ascii = i8x16.ne(v128.and(low, high), i8x16.splat(0));
  const beyond = v128.and(i8x16.lt_s(block, i8x16.splat(0)), others);
  return i8x16.bitmask(v128.or(ascii, beyond));
}

// @ts-ignore: decorator
@inline
function copyBytes(to: usize, from: usize, length: i32): void {
  if (length <= 16) v128.store(to, v128.load(from));
  else memory.copy(to, from, <usize>length);
}

export function countPieces(
  offsets: usize,
  values: usize,
  rows: i32,
  table: usize,
  others: i32,
  repeat: i32,
): i32 {
  const bits = v128.load(table);
  const beyond = i8x16.splat(others != 0 ? -1 : 0);
  let pieces = rows;
  for (let row = 0; row < rows; row++) {
    let at = values + <usize>load<i32>(offsets + ((<usize>row) << 2));
    const end = values + <usize>load<i32>(offsets + ((<usize>row) << 2), 4);
    let before = 0;
    while (at < end) {
      const left = <i32>(end - at);
      let mask = separators(v128.load(at), bits, beyond);
      if (left < 16) mask &= (1 << left) - 1;
      pieces += popcnt<i32>(repeat != 0 ? mask & ~((mask << 1) | before) : mask);
      before = (mask >> 15) & 1;
      at += 16;
    }
  }
  return pieces;
}

export function splitPieces(
  offsets: usize,
  values: usize,
  rows: i32,
  table: usize,
  others: i32,
  repeat: i32,
  outOffsets: usize,
  outValues: usize,
  parents: usize,
): void {
  const bits = v128.load(table);
  const beyond = i8x16.splat(others != 0 ? -1 : 0);
  let to = outValues;
  let next = outOffsets;
  let parent = parents;
  store<i32>(next, 0);
  for (let row = 0; row < rows; row++) {
    let at = values + <usize>load<i32>(offsets + ((<usize>row) << 2));
    const end = values + <usize>load<i32>(offsets + ((<usize>row) << 2), 4);
    const first = next;
    let start = at;
    let before = 0;
    while (at < end) {
      const left = <i32>(end - at);
      let mask = separators(v128.load(at), bits, beyond);
      if (left < 16) mask &= (1 << left) - 1;
      // With runs, what counts are the places where the class changes, one after the other; else every separator.
      let places = repeat != 0 ? mask ^ (((mask << 1) | before) & 0xffff) : mask;
      if (left < 16) places &= (1 << left) - 1;
      while (places != 0) {
        const bit = ctz<i32>(places);
        places &= places - 1;
        const here = at + <usize>bit;
        if (repeat != 0 && ((mask >> bit) & 1) == 0) {
          start = here;
          continue;
        }
        const length = <i32>(here - start);
        copyBytes(to, start, length);
        to += length;
        next += 4;
        store<i32>(next, <i32>(to - outValues));
        start = here + 1;
      }
      before = (mask >> 15) & 1;
      // A run of separators that reaches the row's end leaves an empty piece.
      if (left <= 16 && repeat != 0 && ((mask >> (left - 1)) & 1) != 0) start = end;
      at += 16;
    }
    const rest = <i32>(end - start);
    copyBytes(to, start, rest);
    to += rest;
    next += 4;
    store<i32>(next, <i32>(to - outValues));
    if (parents != 0)
      for (let piece = first; piece < next; piece += 4) {
        store<i32>(parent, row);
        parent += 4;
      }
  }
}

/** Copies with A-Z made a-z; returns whether any byte is not ASCII. */
export function lowerAscii(source: usize, bytes: i32, target: usize): i32 {
  let all = i8x16.splat(0);
  let i = 0;
  for (; i + 16 <= bytes; i += 16) {
    const block = v128.load(source + <usize>i);
    all = v128.or(all, block);
    const upper = i8x16.lt_u(i8x16.sub(block, i8x16.splat(65)), i8x16.splat(26));
    v128.store(target + <usize>i, i8x16.add(block, v128.and(upper, i8x16.splat(32))));
  }
  let rest = <i32>(i8x16.bitmask(all) != 0);
  for (; i < bytes; i++) {
    const byte = <i32>load<u8>(source + <usize>i);
    rest |= byte >> 7;
    store<u8>(target + <usize>i, byte - 65 < 26 && byte >= 65 ? byte + 32 : byte);
  }
  return rest;
}

/** UTF-16 code units of each string: a unit a lead byte, two for leads of four bytes. */
export function utf16Lengths(offsets: usize, values: usize, rows: i32, into: usize): void {
  for (let row = 0; row < rows; row++) {
    let at = values + <usize>load<i32>(offsets + ((<usize>row) << 2));
    const end = values + <usize>load<i32>(offsets + ((<usize>row) << 2), 4);
    let units = 0;
    while (at < end) {
      const left = <i32>(end - at);
      const block = v128.load(at);
      const continuation = i8x16.bitmask(i8x16.lt_s(block, i8x16.splat(-64)));
      const four = i8x16.bitmask(i8x16.ge_u(block, i8x16.splat(-16)));
      const valid = left < 16 ? (1 << left) - 1 : 0xffff;
      units += popcnt<i32>(~continuation & valid) + popcnt<i32>(four & valid);
      at += 16;
    }
    store<i32>(into + ((<usize>row) << 2), units);
  }
}

// @ts-ignore: decorator
@inline
function sameBytes(a: usize, b: usize, length: i32): bool {
  for (let i = 0; i < length; i++) if (load<u8>(a + <usize>i) != load<u8>(b + <usize>i)) return false;
  return true;
}

/** Tests: 0 equal, 1 starts with, 2 ends with, 3 includes. */
export function testStrings(
  offsets: usize,
  values: usize,
  rows: i32,
  text: usize,
  length: i32,
  test: i32,
  negate: i32,
  into: usize,
): void {
  for (let row = 0; row < rows; row++) {
    const start = values + <usize>load<i32>(offsets + ((<usize>row) << 2));
    const end = values + <usize>load<i32>(offsets + ((<usize>row) << 2), 4);
    const bytes = <i32>(end - start);
    let result = 0;
    if (test == 0) result = <i32>(bytes == length && sameBytes(start, text, length));
    else if (bytes >= length) {
      if (test == 1) result = <i32>sameBytes(start, text, length);
      else if (test == 2) result = <i32>sameBytes(end - <usize>length, text, length);
      else
        for (let at = start; at + <usize>length <= end; at++)
          if (sameBytes(at, text, length)) {
            result = 1;
            break;
          }
    }
    store<u8>(into + <usize>row, result ^ negate);
  }
}

/** How many line ends: LF, CRLF or a lone CR. A CR as the last byte counts. */
export function countLines(source: usize, bytes: i32): i32 {
  let lines = 0;
  let before = 0;
  for (let i = 0; i < bytes; i += 16) {
    const block = v128.load(source + <usize>i);
    const left = bytes - i;
    const valid = left < 16 ? (1 << left) - 1 : 0xffff;
    const feeds = i8x16.bitmask(i8x16.eq(block, i8x16.splat(10))) & valid;
    const returns = i8x16.bitmask(i8x16.eq(block, i8x16.splat(13))) & valid;
    lines += popcnt<i32>(returns) + popcnt<i32>(feeds & ~((returns << 1) | before));
    before = (returns >> 15) & 1;
  }
  return lines;
}

/** Copies the bytes between line ends; offsets get one entry a line after a first 0. Returns the source bytes consumed. */
export function splitLines(source: usize, bytes: i32, offsets: usize, target: usize): i32 {
  let to = target;
  let next = offsets;
  let start = source;
  let skip = false;
  store<i32>(next, 0);
  for (let i = 0; i < bytes; i += 16) {
    const at = source + <usize>i;
    const block = v128.load(at);
    const left = bytes - i;
    let ends = i8x16.bitmask(
      v128.or(i8x16.eq(block, i8x16.splat(10)), i8x16.eq(block, i8x16.splat(13))),
    );
    if (left < 16) ends &= (1 << left) - 1;
    while (ends != 0) {
      const here = at + <usize>ctz<i32>(ends);
      ends &= ends - 1;
      const feed = load<u8>(here) == 10;
      if (skip && feed && here == start) {
        // The LF of a CRLF whose line ended at the CR.
        start = here + 1;
        skip = false;
        continue;
      }
      const length = <i32>(here - start);
      memory.copy(to, start, <usize>length);
      to += length;
      next += 4;
      store<i32>(next, <i32>(to - target));
      start = here + 1;
      skip = !feed;
    }
  }
  return <i32>(start - source);
}
