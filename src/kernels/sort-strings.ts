/**
 * Sorting strings by UTF-16 code units, as JavaScript compares them, straight from UTF-8: seven bytes at a time become an image, rows are
 * sorted by it, and rows that it leaves equal go on with the next seven bytes, or when they are few, by comparison.
 */
import type { Column } from "../column/column.ts";
import type { Arena } from "../memory/arena.ts";
import type { Compute } from "./compute.ts";
import { PairSorter } from "./pair-sorter.ts";

/** Bytes of a string that one image holds. */
const STEP = 7;
/** Runs of equal images up to here are sorted by comparison. */
const FEW = 24;

/** Pointer to the u32 permutation that sorts the strings of `key`, in `out` (of the key's segment), stable. */
export function sortStrings(c: Compute, key: Column, ascending: boolean, out: Arena): number {
  const k = c.kernels(key.segment);
  const { u32 } = out.segment;
  const descending = ascending ? 0 : 1;
  const perm = out.allocate(key.length * 4);
  k.rowNumbers(0, key.length, perm);
  const open = [{ from: 0, rows: key.length, depth: 0 }];
  for (let range = open.pop(); range !== undefined; range = open.pop()) {
    const { from, rows, depth } = range;
    const scratch = c.heap.arena(key.segment);
    try {
      const images = scratch.allocate(rows * 8);
      const sorted = scratch.allocate(rows * 8);
      const order = scratch.allocate(rows * 4);
      const part = perm + from * 4;
      k.stringImages(key.offsets, key.values, part, rows, depth, descending, images);
      // The images are complemented already.
      const sorter = new PairSorter(c, { kind: 3, ascending: true }, 4, rows, sorted, order, scratch);
      sorter.sort([{ keys: images, keyStride: 8, values: part, valueStride: 4, length: rows }], 0);
      k.copyBytes(order, rows * 4, part);
      const ties = scratch.allocate((rows / FEW + 1) * 8);
      const count = k.sortTies(
        key.offsets,
        key.values,
        sorted,
        part,
        rows,
        depth + STEP,
        descending,
        FEW,
        ties,
      );
      for (let t = 0; t < count; t++)
        open.push({
          from: from + u32[ties / 4 + t * 2],
          rows: u32[ties / 4 + t * 2 + 1],
          depth: depth + STEP,
        });
    } finally {
      scratch.release();
    }
  }
  return perm;
}
