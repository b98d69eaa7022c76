/**
 * Sorting by key, stable: fixed-width keys by a least-significant-digit radix sort of an order-preserving image (passes whose digit is
 * the same in all rows are skipped), others by comparison; the rows follow by one gather a column.
 */
import type { Column } from "../column/column.ts";
import { concatColumns } from "../column/concat.ts";
import { compareValues } from "../column/equality.ts";
import { readColumn } from "../column/reader.ts";
import type { DataType } from "../column/type.ts";
import type { Arena } from "../memory/arena.ts";
import type { Compute } from "./compute.ts";
import { gatherColumn } from "./select.ts";

const RADIX4: ReadonlySet<string> = new Set(["u32", "i32", "f32"]);
const RADIX8: ReadonlySet<string> = new Set(["u64", "i64", "f64", "date"]);

export function canSort(key: DataType): boolean {
  return (
    RADIX4.has(key.kind) ||
    RADIX8.has(key.kind) ||
    key.kind === "utf8" ||
    key.kind === "dictionary" ||
    key.kind === "bool"
  );
}

/** (K, V) chunks of one type as one sorted column. */
export function sortByKey(c: Compute, chunks: readonly Column[], ascending: boolean, out: Arena): Column {
  const scratch = c.heap.arena(out.segment.id);
  try {
    const rows =
      chunks.length === 1 && chunks[0].segment === out.segment.id
        ? chunks[0]
        : concatColumns(c.heap, chunks, scratch);
    const indices = sortIndices(c, rows.children[0], ascending, scratch);
    return gatherColumn(c, rows, indices, rows.length, out);
  } finally {
    scratch.release();
  }
}

/** Pointer to the u32 permutation that sorts `key`, in `out` (of the key's segment). Equal keys keep their order. */
export function sortIndices(c: Compute, key: Column, ascending: boolean, out: Arena): number {
  const n = key.length;
  const { u32 } = c.heap.segment(key.segment);
  const indices = out.allocate(n * 4);
  for (let i = 0; i < n; i++) u32[indices / 4 + i] = i;
  if (key.nullCount === 0 && RADIX4.has(key.type.kind)) return radix4(c, key, ascending, indices, out);
  if (key.nullCount === 0 && RADIX8.has(key.type.kind)) return radix8(c, key, ascending, indices, out);
  const values = readColumn(c.heap, key);
  const direction = ascending ? 1 : -1;
  const rows = Array.from({ length: n }, (_, i) => i);
  if (key.nullCount === 0 && (key.type.kind === "utf8" || key.type.kind === "dictionary")) {
    const strings = values as string[];
    rows.sort((a, b) => (strings[a] < strings[b] ? -direction : strings[a] > strings[b] ? direction : a - b));
  } else rows.sort((a, b) => direction * compareValues(values[a], values[b]) || a - b);
  u32.set(rows, indices / 4);
  return indices;
}

function radix4(c: Compute, key: Column, ascending: boolean, indices: number, out: Arena): number {
  const n = key.length;
  const { u32, f32 } = c.heap.segment(key.segment);
  const from = key.values / 4;
  const images = out.allocate(n * 4);
  const flip = ascending ? 0 : 0xffffffff;
  let varying = 0;
  for (let i = 0; i < n; i++) {
    let image = u32[from + i];
    if (key.type.kind === "i32") image ^= 0x80000000;
    else if (key.type.kind === "f32") image = orderedFloat(f32[from + i], image);
    image = (image ^ flip) >>> 0;
    u32[images / 4 + i] = image;
    varying |= image ^ u32[images / 4];
  }
  return passes(c, key, images, indices, out, 4, (shift) => ((varying >>> shift) & 255) !== 0);
}

/** -0 equals 0; every NaN is the greatest. */
function orderedFloat(value: number, bits: number): number {
  if (value === 0) return 0x80000000;
  if (value !== value) return 0xffffffff;
  return bits >>> 31 === 1 ? ~bits : bits | 0x80000000;
}

function radix8(c: Compute, key: Column, ascending: boolean, indices: number, out: Arena): number {
  const n = key.length;
  const { u32, f64 } = c.heap.segment(key.segment);
  const from = key.values / 4;
  const images = out.allocate(n * 8);
  const at = images / 4;
  const flip = ascending ? 0 : 0xffffffff;
  const { kind } = key.type;
  let varyingLow = 0;
  let varyingHigh = 0;
  for (let i = 0; i < n; i++) {
    let low = u32[from + i * 2];
    let high = u32[from + i * 2 + 1];
    if (kind === "i64") high ^= 0x80000000;
    else if (kind !== "u64") {
      const value = f64[key.values / 8 + i];
      if (value === 0) {
        low = 0;
        high = 0x80000000;
      } else if (value !== value) low = high = 0xffffffff;
      else if (high >>> 31 === 1) {
        low = ~low;
        high = ~high;
      } else high |= 0x80000000;
    }
    low = (low ^ flip) >>> 0;
    high = (high ^ flip) >>> 0;
    u32[at + i * 2] = low;
    u32[at + i * 2 + 1] = high;
    varyingLow |= low ^ u32[at];
    varyingHigh |= high ^ u32[at + 1];
  }
  return passes(
    c,
    key,
    images,
    indices,
    out,
    8,
    (shift) => (((shift < 32 ? varyingLow : varyingHigh) >>> (shift & 31)) & 255) !== 0,
  );
}

function passes(
  c: Compute,
  key: Column,
  images: number,
  indices: number,
  out: Arena,
  width: 4 | 8,
  needed: (shift: number) => boolean,
): number {
  const n = key.length;
  const kernels = c.kernels(key.segment);
  const counts = out.allocate(1024);
  let [keys, otherKeys] = [images, out.allocate(n * width)];
  let [rows, otherRows] = [indices, out.allocate(n * 4)];
  for (let shift = 0; shift < width * 8; shift += 8) {
    if (!needed(shift)) continue;
    if (width === 4) kernels.radixPass4(keys, rows, n, shift, otherKeys, otherRows, counts);
    else kernels.radixPass8(keys, rows, n, shift, otherKeys, otherRows, counts);
    [keys, otherKeys] = [otherKeys, keys];
    [rows, otherRows] = [otherRows, rows];
  }
  return rows;
}

/** Pointer to the range partition of every row: the number of bounds below its key, counted from the other end when descending. */
export function rangeIndices(
  c: Compute,
  key: Column,
  bounds: readonly unknown[],
  ascending: boolean,
  out: Arena,
): number {
  const ptr = out.allocate(key.length * 4);
  const { u32 } = c.heap.segment(key.segment);
  const values = readColumn(c.heap, key);
  for (let i = 0; i < values.length; i++) {
    let low = 0;
    let high = bounds.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareValues(bounds[middle], values[i]) < 0) low = middle + 1;
      else high = middle;
    }
    u32[ptr / 4 + i] = ascending ? low : bounds.length - low;
  }
  return ptr;
}
