// The LZ4 block format. Compression is greedy: a table remembers where five bytes were last seen, and the longer nothing is found, the larger
// the steps, so that what cannot be compressed costs little. Copies go 16 bytes at a time wherever what they write too much stays within the room.
// https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md

// No copy begins in the last 12 bytes of a block, and the last 5 are literals.
const LAST_START: usize = 12;
const LAST_LITERALS: usize = 5;
const MOST_BACK: usize = 65535;
const TABLE_BYTES: usize = 16384;

// @ts-ignore: decorator
@inline
function slotOf(table: usize, at: usize): usize {
  const hash = (load<u32>(at) * 0x9e3779b1) ^ (<u32>load<u8>(at, 4) * 0x85ebca77);
  return table + <usize>((hash >> 20) << 2);
}

// What a length takes beyond its four bits.
// @ts-ignore: decorator
@inline
function moreBytes(length: usize): usize {
  return length < 15 ? 0 : (length - 15) / 255 + 1;
}

// @ts-ignore: decorator
@inline
function storeMore(to: usize, length: usize): usize {
  if (length < 15) return to;
  let rest = length - 15;
  for (; rest >= 255; rest -= 255) store<u8>(to++, 255);
  store<u8>(to++, <u8>rest);
  return to;
}

// Copies that do not overlap; up to 15 bytes behind them may be read and written, if the ends allow.
// @ts-ignore: decorator
@inline
function copyLiterals(to: usize, toEnd: usize, from: usize, fromEnd: usize, bytes: usize): void {
  if (bytes > 256 || toEnd - to < bytes + 15 || fromEnd - from < bytes + 15) memory.copy(to, from, bytes);
  else for (let i: usize = 0; i < bytes; i += 16) v128.store(to + i, v128.load(from + i));
}

// The end of what is equal to what begins at `candidate`, which comes before.
// @ts-ignore: decorator
@inline
function endOfMatch(at: usize, candidate: usize, end: usize): usize {
  const back = at - candidate;
  while (at + 8 <= end) {
    const different = load<u64>(at) ^ load<u64>(at - back);
    if (different != 0) return at + <usize>(ctz<u64>(different) >> 3);
    at += 8;
  }
  while (at < end && load<u8>(at) == load<u8>(at - back)) at++;
  return at;
}

export function lz4Compress(src: usize, srcBytes: i32, dst: usize, dstRoom: i32, table: usize): i32 {
  const end = src + <usize>srcBytes;
  const toEnd = dst + <usize>dstRoom;
  let to = dst;
  let literals = src;
  if (<usize>srcBytes > LAST_START) {
    memory.fill(table, 0, TABLE_BYTES);
    const lastStart = end - LAST_START;
    let at = src + 1;
    while (at <= lastStart) {
      let step: usize = 64;
      let candidate = src;
      while (at <= lastStart) {
        const slot = slotOf(table, at);
        candidate = src + load<u32>(slot);
        store<u32>(slot, <u32>(at - src));
        if (load<u32>(candidate) == load<u32>(at) && at - candidate <= MOST_BACK) break;
        at += step++ >> 6;
      }
      if (at > lastStart) break;
      const matchEnd = endOfMatch(at + 4, candidate + 4, end - LAST_LITERALS);
      while (at > literals && candidate > src && load<u8>(at - 1) == load<u8>(candidate - 1)) {
        at--;
        candidate--;
      }
      const count = at - literals;
      const extra = matchEnd - at - 4;
      if (toEnd - to < 3 + count + moreBytes(count) + moreBytes(extra)) return 0;
      store<u8>(to, <u8>((min<usize>(15, count) << 4) | min<usize>(15, extra)));
      to = storeMore(to + 1, count);
      copyLiterals(to, toEnd, literals, end, count);
      to += count;
      store<u16>(to, <u16>(at - candidate));
      to = storeMore(to + 2, extra);
      literals = at = matchEnd;
      store<u32>(slotOf(table, at - 2), <u32>(at - 2 - src));
    }
  }
  const count = end - literals;
  if (toEnd - to < 1 + count + moreBytes(count)) return 0;
  store<u8>(to, <u8>(min<usize>(15, count) << 4));
  to = storeMore(to + 1, count);
  memory.copy(to, literals, count);
  return <i32>(to + count - dst);
}

// Copies from `back` bytes before, which may overlap what is written. Of a distance below 16, whole periods are written.
// @ts-ignore: decorator
@inline
function copyBack(to: usize, back: usize, stop: usize, end: usize): void {
  const wide = min<usize>(stop, end - 15);
  if (back >= 16) for (; to < wide; to += 16) v128.store(to, v128.load(to - back));
  else if (to < wide) {
    const periods = periodsOf(v128.load(to - back), <i32>back);
    const step = 16 - (16 % back);
    for (; to < wide; to += step) v128.store(to, periods);
  }
  for (; to < stop; to++) store<u8>(to, load<u8>(to - back));
}

// Lane i is lane i % period of the given; i / period as a product, exact for i < 16.
// @ts-ignore: decorator
@inline
function periodsOf(lanes: v128, period: i32): v128 {
  const each = i16x8.splat(<i16>period);
  const reciprocal = i16x8.splat(<i16>(255 / period + 1));
  const low = i16x8(0, 1, 2, 3, 4, 5, 6, 7);
  const high = i16x8(8, 9, 10, 11, 12, 13, 14, 15);
  const inLow = i16x8.sub(low, i16x8.mul(i16x8.shr_u(i16x8.mul(low, reciprocal), 8), each));
  const inHigh = i16x8.sub(high, i16x8.mul(i16x8.shr_u(i16x8.mul(high, reciprocal), 8), each));
  return i8x16.swizzle(lanes, i8x16.narrow_i16x8_u(inLow, inHigh));
}

export function lz4Decompress(src: usize, srcBytes: i32, dst: usize, written: i32, dstBytes: i32): i32 {
  const end = src + <usize>srcBytes;
  const toEnd = dst + <usize>dstBytes;
  let from = src;
  let to = dst + <usize>written;
  while (from < end) {
    const token = <usize>load<u8>(from++);
    let count = token >> 4;
    if (count < 15 && end - from >= 17 && toEnd - to >= 32) {
      // The most frequent sequence, few literals and a short copy, without a loop.
      v128.store(to, v128.load(from));
      from += count;
      to += count;
      const back = <usize>load<u16>(from);
      if ((token & 15) < 15 && back >= 16 && back <= to - dst) {
        v128.store(to, v128.load(to - back));
        store<u16>(to, load<u16>(to - back, 16), 16);
        from += 2;
        to += (token & 15) + 4;
        continue;
      }
    } else {
      if (count == 15)
        for (let more: usize = 255; more == 255; count += more) {
          if (from == end || count > toEnd - to) return -1;
          more = <usize>load<u8>(from++);
        }
      if (count > end - from || count > toEnd - to) return -1;
      copyLiterals(to, toEnd, from, end, count);
      from += count;
      to += count;
      if (from == end) return <i32>(to - dst);
      if (end - from < 2) return -1;
    }
    const back = <usize>load<u16>(from);
    from += 2;
    let copied = (token & 15) + 4;
    if (copied == 19)
      for (let more: usize = 255; more == 255; copied += more) {
        if (from == end || copied > toEnd - to) return -1;
        more = <usize>load<u8>(from++);
      }
    if (back == 0 || back > to - dst || copied > toEnd - to) return -1;
    copyBack(to, back, to + copied, toEnd);
    to += copied;
  }
  return -1;
}
