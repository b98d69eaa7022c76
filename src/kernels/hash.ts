/** The partition hash of every row of a column, equal to `hashValue` of the row's value. A dictionary hashes each distinct string once. */

import type { Column } from "../column/column.ts";
import { copyColumn } from "../column/copy.ts";
import { hashValue } from "../column/hash-value.ts";
import { readColumn } from "../column/reader.ts";
import type { Arena } from "../memory/arena.ts";
import type { Compute } from "./compute.ts";

/** Pointer to i32[length] in `out`, which must be in the column's segment. */
export function hashColumn(c: Compute, key: Column, out: Arena): number {
  const n = key.length;
  const into = out.allocate(n * 4);
  const { i32 } = c.heap.segment(key.segment);
  const kernels = c.kernels(key.segment);
  const at = into / 4;
  if (key.nullCount === 0) {
    switch (key.type.kind) {
      case "i32":
      case "u32":
        i32.set(i32.subarray(key.values / 4, key.values / 4 + n), at);
        return into;
      case "i64":
      case "u64":
        kernels.hashLongs(key.values, n, into);
        return into;
      case "dictionary":
        kernels.gather4(hashDictionary(c, key, out), key.values, n, into);
        return into;
      case "utf8":
        kernels.hashUtf8(key.offsets, key.values, n, into);
        return into;
    }
  }
  const values = readColumn(c.heap, key);
  for (let i = 0; i < n; i++) i32[at + i] = hashValue(values[i]);
  return into;
}

/** Pointer to the hashes of a dictionary column's distinct strings, i32 a code, in the segment of `out`. */
export function hashDictionary(c: Compute, key: Column, out: Arena): number {
  const [strings] = key.children;
  if (strings.lasting !== undefined) {
    const { hashes } = strings.lasting;
    if (strings.segment === out.segment.id) return hashes;
    const into = out.allocate(strings.length * 4);
    const { i32 } = c.heap.segment(strings.segment);
    out.segment.i32.set(i32.subarray(hashes / 4, hashes / 4 + strings.length), into / 4);
    return into;
  }
  const near = strings.segment === out.segment.id ? strings : copyColumn(c.heap, strings, out);
  const into = out.allocate(near.length * 4);
  c.kernels(near.segment).hashUtf8(near.offsets, near.values, near.length, into);
  return into;
}
