// The table of strings by which rows are grouped and looked up; `group-strings.ts` says what a slot holds.

import { sameBytes } from "./hash-functions";

/** The offset of the string's slot, looked for from `home` on; of an empty one where it has none. */
// @ts-ignore: decorator
@inline
export function probe(table: usize, mask: usize, home: usize, word: u64, size: u32, groups: usize, ptr: usize): usize {
  let at = home;
  for (;;) {
    const tail = load<u64>(table + at, 8);
    const id = <u32>(tail >> 32);
    if (id == 0) break;
    if (load<u64>(table + at) == word && <u32>tail == size)
      if (sameBytes(<usize>load<u32>(groups + ((<usize>(id - 1)) << 3)), ptr, size)) break;
    at = (at + 16) & mask;
  }
  return at;
}
