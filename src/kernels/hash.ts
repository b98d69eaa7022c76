/** The partition hash of every row of a column, equal to `hashValue` of the row's value. A dictionary hashes each distinct string once. */

import type { Column } from "../column/column.ts";
import { hashString, hashValue } from "../column/hash-value.ts";
import { readColumn } from "../column/reader.ts";
import type { Arena } from "../memory/arena.ts";
import type { Compute } from "./compute.ts";

/** Pointer to i32[length] in `out`, which must be in the column's segment. */
export function hashColumn(c: Compute, key: Column, out: Arena): number {
  const n = key.length;
  const into = out.allocate(n * 4);
  const { i32, u32, u8 } = c.heap.segment(key.segment);
  const at = into / 4;
  if (key.nullCount === 0) {
    switch (key.type.kind) {
      case "i32":
      case "u32":
        i32.set(i32.subarray(key.values / 4, key.values / 4 + n), at);
        return into;
      case "dictionary": {
        const distinct = readColumn(c.heap, key.children[0]) as string[];
        const hashes = Int32Array.from(distinct, hashString);
        for (let i = 0; i < n; i++) i32[at + i] = hashes[u32[key.values / 4 + i]];
        return into;
      }
      case "utf8":
        hashUtf8(i32, u8, key, at);
        return into;
    }
  }
  const values = readColumn(c.heap, key);
  for (let i = 0; i < n; i++) i32[at + i] = hashValue(values[i]);
  return into;
}

/** 31-polynomial over UTF-16 code units, straight from UTF-8. */
function hashUtf8(i32: Int32Array, u8: Uint8Array, key: Column, into: number): void {
  const { values } = key;
  const offsets = key.offsets / 4;
  for (let i = 0; i < key.length; i++) {
    let hash = 0;
    const end = values + i32[offsets + i + 1];
    for (let p = values + i32[offsets + i]; p < end; ) {
      const byte = u8[p];
      if (byte < 0x80) {
        hash = (Math.imul(hash, 31) + byte) | 0;
        p++;
      } else if (byte < 0xe0) {
        hash = (Math.imul(hash, 31) + (((byte & 31) << 6) | (u8[p + 1] & 63))) | 0;
        p += 2;
      } else if (byte < 0xf0) {
        hash = (Math.imul(hash, 31) + (((byte & 15) << 12) | ((u8[p + 1] & 63) << 6) | (u8[p + 2] & 63))) | 0;
        p += 3;
      } else {
        const code =
          (((byte & 7) << 18) | ((u8[p + 1] & 63) << 12) | ((u8[p + 2] & 63) << 6) | (u8[p + 3] & 63)) -
          0x10000;
        hash = (Math.imul(hash, 31) + (0xd800 | (code >>> 10))) | 0;
        hash = (Math.imul(hash, 31) + (0xdc00 | (code & 1023))) | 0;
        p += 4;
      }
    }
    i32[into + i] = hash;
  }
}
