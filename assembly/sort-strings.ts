// Strings in the order of their UTF-16 code units, from UTF-8. Byte order differs from that only in that characters beyond U+FFFF (first
// byte F0 to F4) come before U+E000 to U+FFFF (EE and EF), so these first bytes trade places.

// @ts-ignore: decorator
@inline
function orderedByte(byte: u32): u32 {
  if (byte < 0xee) return byte;
  return byte < 0xf0 ? byte + 5 : byte - 2;
}

// Seven bytes from `depth` on, then how many bytes are left, at most 8: strings of equal images that end within them are equal.
// @ts-ignore: decorator
@inline
function stringImage(start: usize, end: usize, depth: usize): u64 {
  const from = start + depth;
  const left = from < end ? end - from : 0;
  if (left >= 8) {
    const word = load<u64>(from);
    if ((word & 0x0080808080808080) == 0) return (bswap<u64>(word) & ~(<u64>255)) | 8;
  }
  let image: u64 = 0;
  for (let i: usize = 0; i < 7; i++) image = (image << 8) | (i < left ? <u64>orderedByte(load<u8>(from + i)) : 0);
  return (image << 8) | <u64>(left < 8 ? left : 8);
}

export function stringImages(offsets: usize, bytes: usize, rows: usize, length: i32, depth: i32, descending: i32, into: usize): void {
  const flip: u64 = descending == 0 ? 0 : 0xffffffffffffffff;
  for (let i: usize = 0; i < <usize>length; i++) {
    const at = offsets + (<usize>load<u32>(rows + (i << 2)) << 2);
    store<u64>(into + (i << 3), stringImage(bytes + <usize>load<u32>(at), bytes + <usize>load<u32>(at, 4), <usize>depth) ^ flip);
  }
}

// Negative, 0 or positive.
// @ts-ignore: decorator
@inline
function compareBytes(p: usize, pEnd: usize, q: usize, qEnd: usize): i32 {
  while (p + 8 <= pEnd && q + 8 <= qEnd && load<u64>(p) == load<u64>(q)) {
    p += 8;
    q += 8;
  }
  while (p < pEnd && q < qEnd) {
    const x = load<u8>(p);
    const y = load<u8>(q);
    if (x != y) return <i32>orderedByte(x) - <i32>orderedByte(y);
    p++;
    q++;
  }
  return p < pEnd ? 1 : q < qEnd ? -1 : 0;
}

// @ts-ignore: decorator
@inline
function compareFrom(offsets: usize, bytes: usize, a: u32, b: u32, depth: usize): i32 {
  const first = offsets + (<usize>a << 2);
  const second = offsets + (<usize>b << 2);
  return compareBytes(
    bytes + <usize>load<u32>(first) + depth,
    bytes + <usize>load<u32>(first, 4),
    bytes + <usize>load<u32>(second) + depth,
    bytes + <usize>load<u32>(second, 4),
  );
}

export function sortTies(offsets: usize, bytes: usize, images: usize, rows: usize, length: i32, depth: i32, descending: i32, few: i32, runs: usize): i32 {
  const n = <usize>length;
  const flip: u64 = descending == 0 ? 0 : 0xffffffffffffffff;
  const sign = descending == 0 ? 1 : -1;
  let found = 0;
  for (let from: usize = 0; from < n; ) {
    const image = load<u64>(images + (from << 3));
    let to = from + 1;
    while (to < n && load<u64>(images + (to << 3)) == image) to++;
    if (to - from > 1 && ((image ^ flip) & 255) == 8) {
      if (to - from > <usize>few) {
        store<u32>(runs + (<usize>found << 3), <u32>from);
        store<u32>(runs + (<usize>found << 3), <u32>(to - from), 4);
        found++;
      } else
        for (let i = from + 1; i < to; i++) {
          const row = load<u32>(rows + (i << 2));
          let p = i;
          while (p > from) {
            const before = load<u32>(rows + (p << 2) - 4);
            if (compareFrom(offsets, bytes, before, row, <usize>depth) * sign <= 0) break;
            store<u32>(rows + (p << 2), before);
            p--;
          }
          store<u32>(rows + (p << 2), row);
        }
    }
    from = to;
  }
  return found;
}

export function boundsBelowStrings(
  offsets: usize,
  bytes: usize,
  length: i32,
  descending: i32,
  boundOffsets: usize,
  boundBytes: usize,
  count: i32,
  into: usize,
): void {
  for (let i: usize = 0; i < <usize>length; i++) {
    const start = bytes + <usize>load<u32>(offsets + (i << 2));
    const end = bytes + <usize>load<u32>(offsets + (i << 2), 4);
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >> 1;
      const at = boundOffsets + (<usize>middle << 2);
      if (compareBytes(boundBytes + <usize>load<u32>(at), boundBytes + <usize>load<u32>(at, 4), start, end) < 0) low = middle + 1;
      else high = middle;
    }
    store<u32>(into + (i << 2), <u32>(descending == 0 ? low : count - low));
  }
}
