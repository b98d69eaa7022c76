/**
 * Sorting by key, stable, for every type with a natural order: numbers by their image (`sort-buckets.ts`), strings by UTF-16 code units
 * (`sort-strings.ts`), dictionaries by the rank of their strings. Flat rows are moved with their keys; others are gathered
 * at the end, by row number. Nulls come first in ascending order.
 */
import type { Column } from "../column/column.ts";
import { concatColumns } from "../column/concat.ts";
import { copyColumn } from "../column/copy.ts";
import { isValid } from "../column/reader.ts";
import { type DataType, valueWidth } from "../column/type.ts";
import type { Arena } from "../memory/arena.ts";
import type { Compute } from "./compute.ts";
import { type FlatRows, flatChunks, fromLeaves, toFlatRows } from "./flat-rows.ts";
import { imageKind } from "./key-image.ts";
import { gatherColumn } from "./select.ts";
import { BucketSorter, type SortOrder } from "./sort-buckets.ts";
import { sortStrings } from "./sort-strings.ts";

export function canSort(key: DataType): boolean {
  return key.kind === "utf8" || imageKind(key) !== null;
}

/** (K, V) chunks of one type as one sorted column. */
export function sortByKey(c: Compute, chunks: readonly Column[], ascending: boolean, out: Arena): Column {
  const scratch = c.heap.arena(out.segment.id);
  try {
    const near = chunks.map((chunk) =>
      chunk.segment === out.segment.id ? chunk : copyColumn(c.heap, chunk, scratch),
    );
    const order = flatOrder(near[0], ascending);
    const flat = order === null ? null : flatChunks(near);
    if (order !== null && flat !== null) {
      const runs = flat.map((leaves, i) => toFlatRows(leaves, near[i].length));
      return sortBuckets(c, near, [runs], order, out);
    }
    const rows = near.length === 1 ? near[0] : concatColumns(c.heap, near, scratch);
    const indices = sortIndices(c, rows.children[0], ascending, scratch);
    return gatherColumn(c, rows, indices, rows.length, out);
  } finally {
    scratch.release();
  }
}

/** How rows sort when they are moved with their keys; null when the key has no image of its own. */
export function flatOrder(rows: Column, ascending: boolean): SortOrder | null {
  const { type } = rows.children[0];
  const kind = type.kind === "dictionary" ? null : imageKind(type);
  return kind === null ? null : { kind, ascending };
}

/**
 * Buckets of flat rows, each in runs, into one sorted column: no key of a bucket may come after one of a later bucket. `chunks` are what
 * the rows are from, in the segment of `out`.
 */
export function sortBuckets(
  c: Compute,
  chunks: readonly Column[],
  buckets: readonly (readonly FlatRows[])[],
  order: SortOrder,
  out: Arena,
): Column {
  const [like] = flatChunks(chunks.slice(0, 1))!;
  const widths = like.map((leaf) => valueWidth(leaf.type));
  const rows = buckets.reduce((sum, runs) => runs.reduce((n, run) => n + run.length, sum), 0);
  const leaves = widths.map((width) => out.allocate(rows * width));
  const scratch = c.heap.arena(out.segment.id);
  try {
    const sorter = new BucketSorter(c, order, widths, leaves, scratch);
    let at = 0;
    for (const runs of buckets) {
      sorter.sort(runs, at);
      for (const { length } of runs) at += length;
    }
  } finally {
    scratch.release();
  }
  const sorted = fromLeaves(chunks, leaves, rows, out.segment.id);
  const [key, ...rest] = sorted.children;
  const direction = order.ascending ? "ascending" : "descending";
  return { ...sorted, children: [{ ...key, stats: { ...key.stats, sorted: direction } }, ...rest] };
}

/** Pointer to the u32 permutation that sorts `key`, in `out` (of the key's segment). Equal keys keep their order. */
export function sortIndices(c: Compute, key: Column, ascending: boolean, out: Arena): number {
  if (key.nullCount > 0) return sortAroundNulls(c, key, ascending, out);
  if (key.type.kind === "utf8") return sortStrings(c, key, ascending, out);
  if (key.type.kind === "dictionary") return sortIndices(c, ranksOf(c, key, out), ascending, out);
  const n = key.length;
  const widths = [valueWidth(key.type), 4];
  const perm = out.allocate(n * 4);
  const scratch = c.heap.arena(key.segment);
  try {
    const rowNumbers = scratch.allocate(n * 4);
    c.kernels(key.segment).rowNumbers(0, n, rowNumbers);
    const into = [scratch.allocate(n * widths[0]), perm];
    const order = { kind: imageKind(key.type)!, ascending };
    new BucketSorter(c, order, widths, into, scratch).sort(
      [{ leaves: [key.values, rowNumbers], length: n }],
      0,
    );
    return perm;
  } finally {
    scratch.release();
  }
}

/** A u32 column of each row's place among the strings of the dictionary. */
function ranksOf(c: Compute, key: Column, out: Arena): Column {
  const [strings] = key.children;
  const near = strings.segment === out.segment.id ? strings : copyColumn(c.heap, strings, out);
  const { u32 } = out.segment;
  const order = sortIndices(c, near, true, out) / 4;
  const ranks = out.allocate(near.length * 4);
  for (let rank = 0; rank < near.length; rank++) u32[ranks / 4 + u32[order + rank]] = rank;
  const values = out.allocate(key.length * 4);
  c.kernels(key.segment).gather4(ranks, key.values, key.length, values);
  return { ...key, type: { kind: "u32" }, values, children: [], stats: { min: 0, max: near.length } };
}

function sortAroundNulls(c: Compute, key: Column, ascending: boolean, out: Arena): number {
  const { u8, u32 } = out.segment;
  const n = key.length;
  const rows = out.allocate(n * 4) / 4;
  const valid = n - key.nullCount;
  const [firstNull, firstValid] = ascending ? [0, key.nullCount] : [valid, 0];
  let [nextNull, nextValid] = [rows + firstNull, rows + firstValid];
  for (let i = 0; i < n; i++) u32[isValid(u8, key.validity, i) ? nextValid++ : nextNull++] = i;
  const scratch = c.heap.arena(key.segment);
  try {
    const own = gatherColumn(
      c,
      { ...key, validity: 0, nullCount: 0 },
      (rows + firstValid) * 4,
      valid,
      scratch,
    );
    const order = sortIndices(c, own, ascending, scratch);
    const sorted = scratch.allocate(valid * 4);
    c.kernels(key.segment).gather4((rows + firstValid) * 4, order, valid, sorted);
    c.kernels(key.segment).copyBytes(sorted, valid * 4, (rows + firstValid) * 4);
    return rows * 4;
  } finally {
    scratch.release();
  }
}
