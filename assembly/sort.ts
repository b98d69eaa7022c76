// Kernels over the images of keys: their bounds, and the buckets of a grid or among bounds.

import { BOOL, bucketOf, F32, F64, flipOf, I32, I64, imageAt, isEven, keyWidth, stepOf, U32, U64 } from "./key-image";

// @ts-ignore: decorator
@inline
function fillImages(kind: i32, keys: usize, length: i32, flip: u64, into: usize): void {
  for (let i: usize = 0; i < <usize>length; i++) store<u64>(into + (i << 3), imageAt(kind, keys + i * keyWidth(kind), flip));
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
function boundsOf(kind: i32, keys: usize, stride: usize, length: i32, flip: u64, into: usize): void {
  let min = load<u64>(into);
  let max = load<u64>(into, 8);
  for (let i = 0; i < length; i++) {
    const image = imageAt(kind, keys, flip);
    min = image < min ? image : min;
    max = image > max ? image : max;
    keys += stride;
  }
  store<u64>(into, min);
  store<u64>(into, max, 8);
}

export function imageBounds(kind: i32, keys: usize, stride: usize, length: i32, descending: i32, into: usize): void {
  const flip = flipOf(kind, descending);
  if (kind == U32) boundsOf(U32, keys, stride, length, flip, into);
  else if (kind == I32) boundsOf(I32, keys, stride, length, flip, into);
  else if (kind == F32) boundsOf(F32, keys, stride, length, flip, into);
  else if (kind == U64) boundsOf(U64, keys, stride, length, flip, into);
  else if (kind == I64) boundsOf(I64, keys, stride, length, flip, into);
  else if (kind == F64) boundsOf(F64, keys, stride, length, flip, into);
  else boundsOf(BOOL, keys, stride, length, flip, into);
}

// @ts-ignore: decorator
@inline
function countInto(even: bool, kind: i32, keys: usize, stride: usize, length: i32, flip: u64, grid: usize, counts: usize): void {
  const low = load<u64>(grid);
  const shift = <u64>load<u32>(grid, 8);
  const last = <u64>load<u32>(grid, 12);
  for (let i = 0; i < length; i++) {
    const image = imageAt(kind, keys, flip);
    const slot = counts + ((even ? stepOf(image, low, shift, last) : bucketOf(image, low, shift, last, grid + 16)) << 2);
    store<u32>(slot, load<u32>(slot) + 1);
    keys += stride;
  }
}

// @ts-ignore: decorator
@inline
function countGrid(kind: i32, keys: usize, stride: usize, length: i32, flip: u64, grid: usize, counts: usize): void {
  if (isEven(grid)) countInto(true, kind, keys, stride, length, flip, grid, counts);
  else countInto(false, kind, keys, stride, length, flip, grid, counts);
}

export function bucketCounts(kind: i32, keys: usize, stride: usize, length: i32, descending: i32, grid: usize, counts: usize): void {
  const flip = flipOf(kind, descending);
  if (kind == U32) countGrid(U32, keys, stride, length, flip, grid, counts);
  else if (kind == I32) countGrid(I32, keys, stride, length, flip, grid, counts);
  else if (kind == F32) countGrid(F32, keys, stride, length, flip, grid, counts);
  else if (kind == U64) countGrid(U64, keys, stride, length, flip, grid, counts);
  else if (kind == I64) countGrid(I64, keys, stride, length, flip, grid, counts);
  else if (kind == F64) countGrid(F64, keys, stride, length, flip, grid, counts);
  else countGrid(BOOL, keys, stride, length, flip, grid, counts);
}

// @ts-ignore: decorator
@inline
function positionsInto(kind: i32, keys: usize, length: i32, flip: u64, grid: usize, next: usize, positions: usize): void {
  const low = load<u64>(grid);
  const shift = <u64>load<u32>(grid, 8);
  const last = <u64>load<u32>(grid, 12);
  for (let i: usize = 0; i < <usize>length; i++) {
    const image = imageAt(kind, keys + i * keyWidth(kind), flip);
    const slot = next + (bucketOf(image, low, shift, last, grid + 16) << 2);
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
function belowInto(kind: i32, keys: usize, length: i32, descending: i32, bounds: usize, count: i32, into: usize): void {
  for (let i: usize = 0; i < <usize>length; i++) {
    const image = imageAt(kind, keys + i * keyWidth(kind), 0);
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
