// Sorting works on the image of a key: an unsigned 64-bit integer whose order is the order of the keys (32-bit for narrow keys),
// complemented for a descending sort. Rows are first scattered into buckets by image, then each bucket is sorted within the cache.

// Key kinds, as in kernels/key-image.ts.
// @ts-ignore: decorator
@inline const U32 = 0;
// @ts-ignore: decorator
@inline const I32 = 1;
// @ts-ignore: decorator
@inline const F32 = 2;
// @ts-ignore: decorator
@inline const U64 = 3;
// @ts-ignore: decorator
@inline const I64 = 4;
// @ts-ignore: decorator
@inline const F64 = 5;
// @ts-ignore: decorator
@inline const BOOL = 6;

// @ts-ignore: decorator
@inline
function imageAt(kind: i32, keys: usize, i: usize, flip: u64): u64 {
  if (kind == U32) return <u64>load<u32>(keys + (i << 2)) ^ flip;
  if (kind == I32) return <u64>(load<u32>(keys + (i << 2)) ^ 0x80000000) ^ flip;
  if (kind == F32) {
    const value = load<f32>(keys + (i << 2));
    // Adding 0 makes -0 plain 0.
    const bits = reinterpret<i32>(value + <f32>0);
    const image = <u32>(bits ^ ((bits >> 31) | <i32>0x80000000));
    return <u64>(value == value ? image : <u32>0xffffffff) ^ flip;
  }
  if (kind == U64) return load<u64>(keys + (i << 3)) ^ flip;
  if (kind == I64) return load<u64>(keys + (i << 3)) ^ 0x8000000000000000 ^ flip;
  if (kind == F64) {
    const value = load<f64>(keys + (i << 3));
    const bits = reinterpret<i64>(value + 0.0);
    const image = <u64>(bits ^ ((bits >> 63) | <i64>0x8000000000000000));
    return (value == value ? image : <u64>0xffffffffffffffff) ^ flip;
  }
  return <u64>load<u8>(keys + i) ^ flip;
}

// @ts-ignore: decorator
@inline
function flipOf(kind: i32, descending: i32): u64 {
  if (descending == 0) return 0;
  return kind == U64 || kind == I64 || kind == F64 ? <u64>0xffffffffffffffff : <u64>0xffffffff;
}

// @ts-ignore: decorator
@inline
function fillImages(kind: i32, keys: usize, length: i32, flip: u64, into: usize): void {
  for (let i: usize = 0; i < <usize>length; i++) store<u64>(into + (i << 3), imageAt(kind, keys, i, flip));
}

export function keyImages(kind: i32, keys: usize, length: i32, descending: i32, into: usize): void {
  const flip = flipOf(kind, descending);
  if (kind == U32) fillImages(U32, keys, length, flip, into);
  else if (kind == I32) fillImages(I32, keys, length, flip, into);
  else if (kind == F32) fillImages(F32, keys, length, flip, into);
  else if (kind == U64) fillImages(U64, keys, length, flip, into);
  else if (kind == I64) fillImages(I64, keys, length, flip, into);
  else if (kind == F64) fillImages(F64, keys, length, flip, into);
  else fillImages(BOOL, keys, length, flip, into);
}

// @ts-ignore: decorator
@inline
function boundsOf(kind: i32, keys: usize, length: i32, flip: u64, into: usize): void {
  let min = load<u64>(into);
  let max = load<u64>(into, 8);
  for (let i: usize = 0; i < <usize>length; i++) {
    const image = imageAt(kind, keys, i, flip);
    min = image < min ? image : min;
    max = image > max ? image : max;
  }
  store<u64>(into, min);
  store<u64>(into, max, 8);
}

export function imageBounds(kind: i32, keys: usize, length: i32, descending: i32, into: usize): void {
  const flip = flipOf(kind, descending);
  if (kind == U32) boundsOf(U32, keys, length, flip, into);
  else if (kind == I32) boundsOf(I32, keys, length, flip, into);
  else if (kind == F32) boundsOf(F32, keys, length, flip, into);
  else if (kind == U64) boundsOf(U64, keys, length, flip, into);
  else if (kind == I64) boundsOf(I64, keys, length, flip, into);
  else if (kind == F64) boundsOf(F64, keys, length, flip, into);
  else boundsOf(BOOL, keys, length, flip, into);
}

// A grid: u64 low, u32 shift, u32 last, then a u16 table of last + 1 entries. The bucket of an image is table[(image - low) >> shift],
// images outside of the table counting to its ends.
// @ts-ignore: decorator
@inline
function bucketOf(image: u64, low: u64, shift: u64, last: u64, table: usize): usize {
  const above = image > low ? image - low : 0;
  const entry = above >> shift;
  return <usize>load<u16>(table + (<usize>(entry < last ? entry : last) << 1));
}

// @ts-ignore: decorator
@inline
function countInto(kind: i32, keys: usize, length: i32, flip: u64, grid: usize, counts: usize): void {
  const low = load<u64>(grid);
  const shift = <u64>load<u32>(grid, 8);
  const last = <u64>load<u32>(grid, 12);
  for (let i: usize = 0; i < <usize>length; i++) {
    const slot = counts + (bucketOf(imageAt(kind, keys, i, flip), low, shift, last, grid + 16) << 2);
    store<u32>(slot, load<u32>(slot) + 1);
  }
}

export function bucketCounts(kind: i32, keys: usize, length: i32, descending: i32, grid: usize, counts: usize): void {
  const flip = flipOf(kind, descending);
  if (kind == U32) countInto(U32, keys, length, flip, grid, counts);
  else if (kind == I32) countInto(I32, keys, length, flip, grid, counts);
  else if (kind == F32) countInto(F32, keys, length, flip, grid, counts);
  else if (kind == U64) countInto(U64, keys, length, flip, grid, counts);
  else if (kind == I64) countInto(I64, keys, length, flip, grid, counts);
  else if (kind == F64) countInto(F64, keys, length, flip, grid, counts);
  else countInto(BOOL, keys, length, flip, grid, counts);
}

// @ts-ignore: decorator
@inline
function positionsInto(kind: i32, keys: usize, length: i32, flip: u64, grid: usize, next: usize, positions: usize): void {
  const low = load<u64>(grid);
  const shift = <u64>load<u32>(grid, 8);
  const last = <u64>load<u32>(grid, 12);
  for (let i: usize = 0; i < <usize>length; i++) {
    const slot = next + (bucketOf(imageAt(kind, keys, i, flip), low, shift, last, grid + 16) << 2);
    const at = load<u32>(slot);
    store<u32>(slot, at + 1);
    store<u32>(positions + (i << 2), at);
  }
}

export function bucketPositions(kind: i32, keys: usize, length: i32, descending: i32, grid: usize, next: usize, positions: usize): void {
  const flip = flipOf(kind, descending);
  if (kind == U32) positionsInto(U32, keys, length, flip, grid, next, positions);
  else if (kind == I32) positionsInto(I32, keys, length, flip, grid, next, positions);
  else if (kind == F32) positionsInto(F32, keys, length, flip, grid, next, positions);
  else if (kind == U64) positionsInto(U64, keys, length, flip, grid, next, positions);
  else if (kind == I64) positionsInto(I64, keys, length, flip, grid, next, positions);
  else if (kind == F64) positionsInto(F64, keys, length, flip, grid, next, positions);
  else positionsInto(BOOL, keys, length, flip, grid, next, positions);
}

// @ts-ignore: decorator
@inline
function scatterInto(
  kind: i32,
  keys: usize,
  values: usize,
  length: i32,
  flip: u64,
  grid: usize,
  next: usize,
  outKeys: usize,
  outValues: usize,
): void {
  const low = load<u64>(grid);
  const shift = <u64>load<u32>(grid, 8);
  const last = <u64>load<u32>(grid, 12);
  for (let i: usize = 0; i < <usize>length; i++) {
    const slot = next + (bucketOf(imageAt(kind, keys, i, flip), low, shift, last, grid + 16) << 2);
    const at = <usize>load<u32>(slot);
    store<u32>(slot, <u32>at + 1);
    if (kind == U32 || kind == I32 || kind == F32) store<u32>(outKeys + (at << 2), load<u32>(keys + (i << 2)));
    else store<u64>(outKeys + (at << 3), load<u64>(keys + (i << 3)));
    store<u64>(outValues + (at << 3), load<u64>(values + (i << 3)));
  }
}

export function bucketScatter(
  kind: i32,
  keys: usize,
  values: usize,
  length: i32,
  descending: i32,
  grid: usize,
  next: usize,
  outKeys: usize,
  outValues: usize,
): void {
  const flip = flipOf(kind, descending);
  if (kind == U32) scatterInto(U32, keys, values, length, flip, grid, next, outKeys, outValues);
  else if (kind == I32) scatterInto(I32, keys, values, length, flip, grid, next, outKeys, outValues);
  else if (kind == F32) scatterInto(F32, keys, values, length, flip, grid, next, outKeys, outValues);
  else if (kind == U64) scatterInto(U64, keys, values, length, flip, grid, next, outKeys, outValues);
  else if (kind == I64) scatterInto(I64, keys, values, length, flip, grid, next, outKeys, outValues);
  else scatterInto(F64, keys, values, length, flip, grid, next, outKeys, outValues);
}

// @ts-ignore: decorator
@inline
function belowInto(kind: i32, keys: usize, length: i32, descending: i32, bounds: usize, count: i32, into: usize): void {
  for (let i: usize = 0; i < <usize>length; i++) {
    const image = imageAt(kind, keys, i, 0);
    let base = bounds;
    // Halving without a branch on the data.
    let rest = <usize>count;
    while (rest > 0) {
      const half = (rest + 1) >> 1;
      base += load<u64>(base + (half << 3) - 8) < image ? half << 3 : 0;
      rest -= half;
    }
    const low = <i32>((base - bounds) >> 3);
    store<u32>(into + (i << 2), <u32>(descending == 0 ? low : count - low));
  }
}

export function boundsBelow(kind: i32, keys: usize, length: i32, descending: i32, bounds: usize, count: i32, into: usize): void {
  if (kind == U32) belowInto(U32, keys, length, descending, bounds, count, into);
  else if (kind == I32) belowInto(I32, keys, length, descending, bounds, count, into);
  else if (kind == F32) belowInto(F32, keys, length, descending, bounds, count, into);
  else if (kind == U64) belowInto(U64, keys, length, descending, bounds, count, into);
  else if (kind == I64) belowInto(I64, keys, length, descending, bounds, count, into);
  else if (kind == F64) belowInto(F64, keys, length, descending, bounds, count, into);
  else belowInto(BOOL, keys, length, descending, bounds, count, into);
}

// @ts-ignore: decorator
@inline
function toStarts(counts: usize, digits: usize): void {
  let sum: u32 = 0;
  for (let d: usize = 0; d < digits; d++) {
    const count = load<u32>(counts + (d << 2));
    store<u32>(counts + (d << 2), sum);
    sum += count;
  }
}

// @ts-ignore: decorator
@inline
function radixPass(from: usize, to: usize, n: usize, shift: u64, mask: u64, counts: usize): void {
  for (let i: usize = 0; i < n; i++) {
    const entry = load<u64>(from + (i << 3));
    const slot = counts + (<usize>((entry >> shift) & mask) << 2);
    const at = load<u32>(slot);
    store<u32>(slot, at + 1);
    store<u64>(to + (<usize>at << 3), entry);
  }
}

// The permutation that sorts u64 images (which are overwritten), stable, whatever they are: byte by byte from the least significant, bytes that do not vary left out.
// `scratch` has 12 bytes a row and 1 KiB.
function sortAllBytes(images: usize, n: usize, varying: u64, scratch: usize, perm: usize): void {
  const counts = scratch;
  let keys = images;
  let rows = perm;
  let otherKeys = scratch + 1024;
  let otherRows = otherKeys + (n << 3);
  for (let i: usize = 0; i < n; i++) store<u32>(perm + (i << 2), <u32>i);
  for (let shift: u64 = 0; shift < 64; shift += 8) {
    if (((varying >> shift) & 255) == 0) continue;
    memory.fill(counts, 0, 1024);
    for (let i: usize = 0; i < n; i++) {
      const slot = counts + (<usize>((load<u64>(keys + (i << 3)) >> shift) & 255) << 2);
      store<u32>(slot, load<u32>(slot) + 1);
    }
    toStarts(counts, 256);
    for (let i: usize = 0; i < n; i++) {
      const key = load<u64>(keys + (i << 3));
      const slot = counts + (<usize>((key >> shift) & 255) << 2);
      const at = <usize>load<u32>(slot);
      store<u32>(slot, <u32>at + 1);
      store<u64>(otherKeys + (at << 3), key);
      store<u32>(otherRows + (at << 2), load<u32>(rows + (i << 2)));
    }
    const k = keys;
    keys = otherKeys;
    otherKeys = k;
    const r = rows;
    rows = otherRows;
    otherRows = r;
  }
  if (rows != perm) memory.copy(perm, rows, n << 2);
}

// The permutation of up to 2^15 images. An entry is as much of the image below the common prefix as fits above the row number; two passes
// order the entries by their top bits, and what those leave to do is little, or else is left to sortAllBytes.
// Returns 1 and writes nothing when the images are in order already; may overwrite them. `scratch` has 16 bytes a row and 32 KiB.
export function sortImages(images: usize, length: i32, scratch: usize, perm: usize): i32 {
  const n = <usize>length;
  if (n < 2) return 1;
  const first = load<u64>(images);
  let varying: u64 = 0;
  let previous = first;
  let disorder: i32 = 0;
  for (let i: usize = 1; i < n; i++) {
    const image = load<u64>(images + (i << 3));
    varying |= image ^ first;
    disorder |= <i32>(image < previous);
    previous = image;
  }
  if (disorder == 0) return 1;
  const high = 64 - clz(varying);
  const rowBits = <u64>(32 - clz(<u32>n - 1));
  const drop = high + rowBits > 64 ? high + rowBits - 64 : 0;
  const bits = high - drop;
  const wanted = bits <= 22 ? bits : min(rowBits + 6, 22);
  const passes: u64 = wanted > 11 ? 2 : 1;
  const digit = (wanted + passes - 1) / passes;
  const mask = (<u64>1 << digit) - 1;
  const keep = high == 64 ? <u64>0xffffffffffffffff : (<u64>1 << high) - 1;
  const shift = rowBits + bits - wanted;
  const counts = scratch;
  const other = scratch + 16384;
  const entries = other + (n << 3);
  memory.fill(counts, 0, 16384);
  for (let i: usize = 0; i < n; i++) {
    const entry = (((load<u64>(images + (i << 3)) & keep) >> drop) << rowBits) | <u64>i;
    store<u64>(entries + (i << 3), entry);
    const low = counts + (<usize>((entry >> shift) & mask) << 2);
    store<u32>(low, load<u32>(low) + 1);
    const top = counts + (<usize>((entry >> (shift + digit)) & mask) << 2);
    store<u32>(top, load<u32>(top, 8192) + 1, 8192);
  }
  toStarts(counts, 1 << <usize>digit);
  let sorted = other;
  radixPass(entries, other, n, shift, mask, counts);
  if (passes == 2) {
    toStarts(counts + 8192, 1 << <usize>digit);
    radixPass(other, entries, n, shift + digit, mask, counts + 8192);
    sorted = entries;
  }
  let budget = <i32>n << 2;
  if (bits > wanted) {
    for (let i: usize = 1; i < n; i++) {
      const entry = load<u64>(sorted + (i << 3));
      let p = sorted + (i << 3);
      if (load<u64>(p - 8) <= entry) continue;
      do {
        store<u64>(p, load<u64>(p - 8));
        p -= 8;
        budget--;
      } while (p > sorted && load<u64>(p - 8) > entry);
      store<u64>(p, entry);
      if (budget < 0) {
        sortAllBytes(images, n, varying, scratch + 16384, perm);
        return 0;
      }
    }
  }
  const rowMask = (<u64>1 << rowBits) - 1;
  store<u32>(perm, <u32>(load<u64>(sorted) & rowMask));
  if (drop == 0) {
    for (let i: usize = 1; i < n; i++) store<u32>(perm + (i << 2), <u32>(load<u64>(sorted + (i << 3)) & rowMask));
    return 0;
  }
  // Images that differ only in the bits dropped.
  for (let i: usize = 1; i < n; i++) {
    const entry = load<u64>(sorted + (i << 3));
    const row = <usize>(entry & rowMask);
    let p = perm + (i << 2);
    store<u32>(p, <u32>row);
    if ((entry ^ load<u64>(sorted + (i << 3) - 8)) > rowMask) continue;
    const image = load<u64>(images + (row << 3));
    while (p > perm && load<u64>(images + (<usize>load<u32>(p - 4) << 3)) > image) {
      store<u32>(p, load<u32>(p - 4));
      p -= 4;
      budget--;
    }
    store<u32>(p, <u32>row);
    if (budget < 0) {
      sortAllBytes(images, n, varying, scratch + 16384, perm);
      return 0;
    }
  }
  return 0;
}
