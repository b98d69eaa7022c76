// Packed pairs in order, stable: their addresses are sorted by the top bits that vary, in two passes, and what is then still out of order is inserted
// as the pairs are written. Keys that crowd together are sorted by all their bytes instead.

import { F32, F64, flipOf, I32, I64, imageAt, keyWidth, U32, U64 } from "./key-image";
import { copyKey, copyValue } from "./pair-fields";

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

// The top bits of an image within its bounds; images outside count to the ends.
// @ts-ignore: decorator
@inline
function digitsOf(image: u64, low: u64, shift: u64, most: u64): u64 {
  const digits = (image > low ? image - low : 0) >> shift;
  return digits < most ? digits : most;
}

const COUNTERS: usize = 16384;
// An address of packed pairs, without its two zero bits.
const ADDRESS_BITS: u64 = 30;
const ADDRESS: u64 = (1 << 30) - 1;

// Counts both digits of every key. Returns 1 when all pairs are in order, 2 when two runs are, each by itself.
// @ts-ignore: decorator
@inline
function countDigits(kind: i32, stride: usize, runs: usize, numRuns: usize, flip: u64, low: u64, shift: u64, most: u64, bits: u64, counts: usize): i32 {
  const mask = (1 << <usize>bits) - 1;
  let previous: u64 = 0;
  let disorder = 0;
  let seams = 0;
  for (let r: usize = 0; r < numRuns; r++) {
    let key = <usize>load<u32>(runs + (r << 3));
    const end = key + <usize>load<u32>(runs + (r << 3), 4) * stride;
    if (key < end) {
      const first = imageAt(kind, key, flip);
      seams += <i32>(first < previous);
      previous = first;
    }
    for (; key < end; key += stride) {
      const image = imageAt(kind, key, flip);
      disorder |= <i32>(image < previous);
      previous = image;
      const digits = <usize>digitsOf(image, low, shift, most);
      const lower = counts + ((digits & mask) << 2);
      store<u32>(lower, load<u32>(lower) + 1);
      const upper = counts + ((digits >> <usize>bits) << 2);
      store<u32>(upper, load<u32>(upper, 8192) + 1, 8192);
    }
  }
  return disorder != 0 ? 0 : seams == 0 ? 1 : numRuns == 2 ? 2 : 0;
}

// Puts the pair at `from` to row i of the output, behind all that are not greater. Returns how many rows it passed.
// @ts-ignore: decorator
@inline
function insert(kind: i32, width: i32, from: usize, i: usize, image: u64, flip: u64, outKeys: usize, outValues: usize): i32 {
  let key = outKeys + i * keyWidth(kind);
  let value = outValues + i * <usize>width;
  let passed = 0;
  do {
    copyKey(kind, key - keyWidth(kind), key);
    copyValue(width, value - <usize>width, value);
    key -= keyWidth(kind);
    value -= <usize>width;
    passed++;
  } while (key > outKeys && imageAt(kind, key - keyWidth(kind), flip) > image);
  copyKey(kind, from, key);
  copyValue(width, from + keyWidth(kind), value);
  return passed;
}

// Writes the pairs at `addresses` in this order, but for those that come after a greater one: these are inserted. Returns 1 when that was too
// much work, with the output in disorder.
// @ts-ignore: decorator
@inline
function writeInto(kind: i32, width: i32, addresses: usize, n: usize, flip: u64, outKeys: usize, outValues: usize): i32 {
  let previous: u64 = 0;
  let budget = <i32>n << 2;
  for (let i: usize = 0; i < n; i++) {
    const from = <usize>load<u32>(addresses + (i << 2)) << 2;
    const image = imageAt(kind, from, flip);
    if (image < previous) {
      budget -= insert(kind, width, from, i, image, flip, outKeys, outValues);
      if (budget < 0) return 1;
    } else {
      previous = image;
      copyKey(kind, from, outKeys + i * keyWidth(kind));
      copyValue(width, from + keyWidth(kind), outValues + i * <usize>width);
    }
  }
  return 0;
}

// @ts-ignore: decorator
@inline
function writeSorted(kind: i32, width: i32, addresses: usize, n: usize, flip: u64, outKeys: usize, outValues: usize): i32 {
  return width == 4
    ? writeInto(kind, 4, addresses, n, flip, outKeys, outValues)
    : writeInto(kind, 8, addresses, n, flip, outKeys, outValues);
}

// Sorts by the top 22 bits that vary, or fewer for fewer pairs, from the lower digit to the upper, and leaves the rest to the writing.
// @ts-ignore: decorator
@inline
function sortInto(kind: i32, width: i32, runs: usize, numRuns: usize, flip: u64, bounds: usize, scratch: usize, outKeys: usize, outValues: usize): i32 {
  let n: usize = 0;
  for (let r: usize = 0; r < numRuns; r++) n += <usize>load<u32>(runs + (r << 3), 4);
  const stride = keyWidth(kind) + <usize>width;
  const low = load<u64>(bounds);
  const varying = 64 - clz(load<u64>(bounds, 8) - low);
  const wanted = min(varying, min(<u64>(32 - clz(<u32>n)) + 6, 22));
  const bits = (wanted + 1) >> 1;
  const shift = varying - wanted;
  const most = (<u64>1 << wanted) - 1;
  const counts = scratch;
  const addresses = scratch + COUNTERS;
  const entries = addresses + (n << 2);
  memory.fill(counts, 0, 4 << <usize>bits);
  memory.fill(counts + 8192, 0, 4 << <usize>bits);
  const order = countDigits(kind, stride, runs, numRuns, flip, low, shift, most, bits, counts);
  if (order != 0) return order;
  toStarts(counts, 1 << <usize>bits);
  toStarts(counts + 8192, 1 << <usize>bits);
  const mask = (<u64>1 << bits) - 1;
  for (let r: usize = 0; r < numRuns; r++) {
    let key = <usize>load<u32>(runs + (r << 3));
    const end = key + <usize>load<u32>(runs + (r << 3), 4) * stride;
    for (; key < end; key += stride) {
      const digits = digitsOf(imageAt(kind, key, flip), low, shift, most);
      const slot = counts + (<usize>(digits & mask) << 2);
      const at = <usize>load<u32>(slot);
      store<u32>(slot, <u32>at + 1);
      store<u64>(entries + (at << 3), ((digits >> bits) << ADDRESS_BITS) | (<u64>key >> 2));
    }
  }
  for (let i: usize = 0; i < n; i++) {
    const entry = load<u64>(entries + (i << 3));
    const slot = counts + (<usize>(entry >> ADDRESS_BITS) << 2);
    const at = <usize>load<u32>(slot, 8192);
    store<u32>(slot, <u32>at + 1, 8192);
    store<u32>(addresses + (at << 2), <u32>(entry & ADDRESS));
  }
  if (writeSorted(kind, width, addresses, n, flip, outKeys, outValues) == 1) {
    sortAllBytes(kind, stride, runs, numRuns, n, flip, scratch);
    writeSorted(kind, width, scratch + 1024, n, flip, outKeys, outValues);
  }
  return 0;
}

// The addresses of all pairs in order at scratch + 1024, whatever their keys: byte by byte from the least significant, bytes that do not
// vary left out.
// @ts-ignore: decorator
@inline
function sortAllBytes(kind: i32, stride: usize, runs: usize, numRuns: usize, n: usize, flip: u64, scratch: usize): void {
  const counts = scratch;
  const result = scratch + 1024;
  let rows = result;
  let otherRows = rows + (n << 2);
  let images = otherRows + (n << 2);
  let otherImages = images + (n << 3);
  let varying: u64 = 0;
  let i: usize = 0;
  for (let r: usize = 0; r < numRuns; r++) {
    let key = <usize>load<u32>(runs + (r << 3));
    const end = key + <usize>load<u32>(runs + (r << 3), 4) * stride;
    for (; key < end; key += stride) {
      const image = imageAt(kind, key, flip);
      store<u64>(images + (i << 3), image);
      store<u32>(rows + (i << 2), <u32>(key >> 2));
      varying |= image ^ load<u64>(images);
      i++;
    }
  }
  for (let shift: u64 = 0; shift < 64; shift += 8) {
    if (((varying >> shift) & 255) == 0) continue;
    memory.fill(counts, 0, 1024);
    for (let i: usize = 0; i < n; i++) {
      const slot = counts + (<usize>((load<u64>(images + (i << 3)) >> shift) & 255) << 2);
      store<u32>(slot, load<u32>(slot) + 1);
    }
    toStarts(counts, 256);
    for (let i: usize = 0; i < n; i++) {
      const image = load<u64>(images + (i << 3));
      const slot = counts + (<usize>((image >> shift) & 255) << 2);
      const at = <usize>load<u32>(slot);
      store<u32>(slot, <u32>at + 1);
      store<u64>(otherImages + (at << 3), image);
      store<u32>(otherRows + (at << 2), load<u32>(rows + (i << 2)));
    }
    const sorted = otherImages;
    otherImages = images;
    images = sorted;
    const moved = otherRows;
    otherRows = rows;
    rows = moved;
  }
  if (rows != result) memory.copy(result, rows, n << 2);
}

export function sortPairs(kind: i32, width: i32, runs: usize, numRuns: i32, descending: i32, bounds: usize, scratch: usize, outKeys: usize, outValues: usize): i32 {
  const flip = flipOf(kind, descending);
  const count = <usize>numRuns;
  if (kind == U32) return sortInto(U32, width, runs, count, flip, bounds, scratch, outKeys, outValues);
  if (kind == I32) return sortInto(I32, width, runs, count, flip, bounds, scratch, outKeys, outValues);
  if (kind == F32) return sortInto(F32, width, runs, count, flip, bounds, scratch, outKeys, outValues);
  if (kind == U64) return sortInto(U64, width, runs, count, flip, bounds, scratch, outKeys, outValues);
  if (kind == I64) return sortInto(I64, width, runs, count, flip, bounds, scratch, outKeys, outValues);
  return sortInto(F64, width, runs, count, flip, bounds, scratch, outKeys, outValues);
}
