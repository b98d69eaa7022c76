// Pairs: a 4- or 8-byte key and a 4- or 8-byte value. Packed, they lie row by row, the value right after its key: a scatter then writes one
// place a row, and a gather reads one. Addresses of packed pairs are multiples of 4.

import { keyWidth } from "./key-image";

// @ts-ignore: decorator
@inline
export function copyKey(kind: i32, from: usize, to: usize): void {
  if (keyWidth(kind) == 4) store<u32>(to, load<u32>(from));
  else store<u64>(to, load<u64>(from));
}

// @ts-ignore: decorator
@inline
export function copyValue(width: i32, from: usize, to: usize): void {
  if (width == 4) store<u32>(to, load<u32>(from));
  else store<u64>(to, load<u64>(from));
}
