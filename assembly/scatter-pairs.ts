// Keys and values as pairs, scattered to the buckets of a grid by one look-up, stable; and fields of packed pairs on their own again.

import { bucketOf, F32, F64, flipOf, I32, I64, imageAt, isEven, keyWidth, stepOf, U32, U64 } from "./key-image";
import { copyKey, copyValue } from "./pair-fields";

// @ts-ignore: decorator
@inline
function scatterInto(even: bool, kind: i32, width: i32, keys: usize, keyStride: usize, values: usize, valueStride: usize, length: i32, flip: u64, grid: usize, next: usize, into: usize): void {
  const low = load<u64>(grid);
  const shift = <u64>load<u32>(grid, 8);
  const last = <u64>load<u32>(grid, 12);
  for (let i = 0; i < length; i++) {
    const image = imageAt(kind, keys, flip);
    const slot = next + ((even ? stepOf(image, low, shift, last) : bucketOf(image, low, shift, last, grid + 16)) << 2);
    const at = load<u32>(slot);
    store<u32>(slot, at + 1);
    const to = into + <usize>at * (keyWidth(kind) + <usize>width);
    copyKey(kind, keys, to);
    copyValue(width, values, to + keyWidth(kind));
    keys += keyStride;
    values += valueStride;
  }
}

// @ts-ignore: decorator
@inline
function scatterWidths(kind: i32, width: i32, keys: usize, keyStride: usize, values: usize, valueStride: usize, length: i32, flip: u64, grid: usize, next: usize, into: usize): void {
  if (isEven(grid)) {
    if (width == 4) scatterInto(true, kind, 4, keys, keyStride, values, valueStride, length, flip, grid, next, into);
    else scatterInto(true, kind, 8, keys, keyStride, values, valueStride, length, flip, grid, next, into);
  } else if (width == 4) scatterInto(false, kind, 4, keys, keyStride, values, valueStride, length, flip, grid, next, into);
  else scatterInto(false, kind, 8, keys, keyStride, values, valueStride, length, flip, grid, next, into);
}

export function scatterPairs(kind: i32, width: i32, keys: usize, keyStride: usize, values: usize, valueStride: usize, length: i32, descending: i32, grid: usize, next: usize, into: usize): void {
  const flip = flipOf(kind, descending);
  if (kind == U32) scatterWidths(U32, width, keys, keyStride, values, valueStride, length, flip, grid, next, into);
  else if (kind == I32) scatterWidths(I32, width, keys, keyStride, values, valueStride, length, flip, grid, next, into);
  else if (kind == F32) scatterWidths(F32, width, keys, keyStride, values, valueStride, length, flip, grid, next, into);
  else if (kind == U64) scatterWidths(U64, width, keys, keyStride, values, valueStride, length, flip, grid, next, into);
  else if (kind == I64) scatterWidths(I64, width, keys, keyStride, values, valueStride, length, flip, grid, next, into);
  else scatterWidths(F64, width, keys, keyStride, values, valueStride, length, flip, grid, next, into);
}

export function unpack4(source: usize, stride: usize, length: i32, target: usize): void {
  for (let i: usize = 0; i < <usize>length; i++) {
    store<u32>(target + (i << 2), load<u32>(source));
    source += stride;
  }
}

export function unpack8(source: usize, stride: usize, length: i32, target: usize): void {
  for (let i: usize = 0; i < <usize>length; i++) {
    store<u64>(target + (i << 3), load<u64>(source));
    source += stride;
  }
}
