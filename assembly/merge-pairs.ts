// Two runs of packed pairs, merged from both ends at once: two chains of dependent loads in flight instead of one, and no branch on the data.
// Of equal keys, those on the left come first.

import { F32, F64, flipOf, I32, I64, imageAt, keyWidth, U32, U64 } from "./key-image";
import { copyKey, copyValue } from "./pair-fields";

// @ts-ignore: decorator
@inline
function mergeInto(kind: i32, width: i32, left: usize, leftEnd: usize, right: usize, rightEnd: usize, flip: u64, keys: usize, values: usize): void {
  const keyBytes = keyWidth(kind);
  const stride = keyBytes + <usize>width;
  const rows = (leftEnd - left + (rightEnd - right)) / stride;
  let keysEnd = keys + rows * keyBytes;
  let valuesEnd = values + rows * <usize>width;
  for (;;) {
    // So many steps from each end cannot exhaust a run.
    const steps = min(leftEnd - left, rightEnd - right) / stride / 2;
    if (steps == 0) break;
    for (let i: usize = 0; i < steps; i++) {
      const takeRight = imageAt(kind, right, flip) < imageAt(kind, left, flip);
      const from = takeRight ? right : left;
      left += takeRight ? 0 : stride;
      right += takeRight ? stride : 0;
      copyKey(kind, from, keys);
      copyValue(width, from + keyBytes, values);
      keys += keyBytes;
      values += <usize>width;
      const takeLeft = imageAt(kind, rightEnd - stride, flip) < imageAt(kind, leftEnd - stride, flip);
      const last = (takeLeft ? leftEnd : rightEnd) - stride;
      leftEnd -= takeLeft ? stride : 0;
      rightEnd -= takeLeft ? 0 : stride;
      keysEnd -= keyBytes;
      valuesEnd -= <usize>width;
      copyKey(kind, last, keysEnd);
      copyValue(width, last + keyBytes, valuesEnd);
    }
  }
  while (left < leftEnd || right < rightEnd) {
    const takeRight = left == leftEnd || (right < rightEnd && imageAt(kind, right, flip) < imageAt(kind, left, flip));
    const from = takeRight ? right : left;
    left += takeRight ? 0 : stride;
    right += takeRight ? stride : 0;
    copyKey(kind, from, keys);
    copyValue(width, from + keyBytes, values);
    keys += keyBytes;
    values += <usize>width;
  }
}

// @ts-ignore: decorator
@inline
function mergeWidths(kind: i32, width: i32, left: usize, leftLength: i32, right: usize, rightLength: i32, flip: u64, outKeys: usize, outValues: usize): void {
  const stride = keyWidth(kind) + <usize>width;
  const leftEnd = left + <usize>leftLength * stride;
  const rightEnd = right + <usize>rightLength * stride;
  if (width == 4) mergeInto(kind, 4, left, leftEnd, right, rightEnd, flip, outKeys, outValues);
  else mergeInto(kind, 8, left, leftEnd, right, rightEnd, flip, outKeys, outValues);
}

export function mergePairs(kind: i32, width: i32, left: usize, leftLength: i32, right: usize, rightLength: i32, descending: i32, outKeys: usize, outValues: usize): void {
  const flip = flipOf(kind, descending);
  if (kind == U32) mergeWidths(U32, width, left, leftLength, right, rightLength, flip, outKeys, outValues);
  else if (kind == I32) mergeWidths(I32, width, left, leftLength, right, rightLength, flip, outKeys, outValues);
  else if (kind == F32) mergeWidths(F32, width, left, leftLength, right, rightLength, flip, outKeys, outValues);
  else if (kind == U64) mergeWidths(U64, width, left, leftLength, right, rightLength, flip, outKeys, outValues);
  else if (kind == I64) mergeWidths(I64, width, left, leftLength, right, rightLength, flip, outKeys, outValues);
  else mergeWidths(F64, width, left, leftLength, right, rightLength, flip, outKeys, outValues);
}
