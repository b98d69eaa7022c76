/**
 * Sorting by key, stable, for every type with a natural order: numbers by their image (`pair-sorter.ts`), strings by UTF-16 code units
 * (`sort-strings.ts`), dictionaries by the rank of their strings. A value of 4 or 8 bytes is moved with its key; other rows are gathered
 * at the end, by row number. Nulls come first in ascending order.
 */
import type { Column } from "../column/column.ts";
import { concatColumns } from "../column/concat.ts";
import { copyColumn } from "../column/copy.ts";
import { withOwnDictionaries } from "../column/own-dictionaries.ts";
import { isValid } from "../column/reader.ts";
import { type DataType, valueWidth } from "../column/type.ts";
import type { Arena } from "../memory/arena.ts";
import type { Compute } from "./compute.ts";
import { type FlatRows, flatChunks, fromLeaves } from "./flat-rows.ts";
import { imageKind } from "./key-image.ts";
import { arePackable } from "./packed-pairs.ts";
import { identityGrid, PairSorter, type SortOrder } from "./pair-sorter.ts";
import { gatherBytes, gatherColumn } from "./select.ts";
import { sortStrings } from "./sort-strings.ts";

export function canSort(key: DataType): boolean {
  return key.kind === "utf8" || imageKind(key) !== null;
}

/** (K, V) chunks of one type as one sorted column. */
export function sortByKey(c: Compute, chunks: readonly Column[], ascending: boolean, out: Arena): Column {
  const scratch = c.heap.arena(out.segment.id);
  try {
    const isNear = (chunk: Column): boolean => chunk.segment === out.segment.id;
    const near = chunks.map((chunk) => (isNear(chunk) ? chunk : copyColumn(c.heap, chunk, scratch)));
    if (near.every(arePackable)) return sortPairs(c, near, ascending, out, scratch);
    const rows = near.length === 1 ? near[0] : concatColumns(c.heap, near, scratch);
    const indices = sortIndices(c, rows.children[0], ascending, scratch);
    const gathered = gatherColumn(c, rows, indices, rows.length, out);
    // Dictionaries that were copied lie in the scratch.
    return asSorted(chunks.every(isNear) ? gathered : withOwnDictionaries(c.heap, gathered, out), ascending);
  } finally {
    scratch.release();
  }
}

function sortPairs(
  c: Compute,
  chunks: readonly Column[],
  ascending: boolean,
  out: Arena,
  scratch: Arena,
): Column {
  const rows = chunks.reduce((sum, { length }) => sum + length, 0);
  const [keyWidth, width] = chunks[0].children.map((leaf) => valueWidth(leaf.type));
  const leaves = [out.allocate(rows * keyWidth), out.allocate(rows * width)];
  const sorter = new PairSorter(
    c,
    flatOrder(chunks[0], ascending)!,
    width,
    rows,
    leaves[0],
    leaves[1],
    scratch,
  );
  const runs = chunks.map(({ children: [keys, values], length }) => ({
    keys: keys.values,
    keyStride: keyWidth,
    values: values.values,
    valueStride: width,
    length,
  }));
  sorter.sort(runs, 0);
  return asSorted(fromLeaves(chunks, leaves, rows, out.segment.id), ascending);
}

/** How rows sort when they are moved with their keys; null when the key has no image of its own. */
export function flatOrder(rows: Column, ascending: boolean): SortOrder | null {
  const { type } = rows.children[0];
  const kind = type.kind === "dictionary" ? null : imageKind(type);
  return kind === null ? null : { kind, ascending };
}

/** Packed pairs of one type, given by bucket and then by run, into one sorted column; bucket b has images from edges[b] to before edges[b + 1], but for few. */
export function sortPackedBuckets(
  c: Compute,
  like: readonly Column[],
  buckets: readonly (readonly { readonly at: number; readonly length: number }[])[],
  edges: BigUint64Array,
  ascending: boolean,
  out: Arena,
): Column {
  const [keyWidth, width] = like[0].children.map((leaf) => valueWidth(leaf.type));
  const rows = countRows(buckets);
  const leaves = [out.allocate(rows * keyWidth), out.allocate(rows * width)];
  const scratch = c.heap.arena(out.segment.id);
  try {
    const order = flatOrder(like[0], ascending)!;
    const sorter = new PairSorter(c, order, width, rows, leaves[0], leaves[1], scratch);
    let at = 0;
    buckets.forEach((runs, b) => {
      sorter.sortPacked(
        runs.map((run) => sorter.packed(run.at, run.length)),
        edges[b],
        edges[b + 1] - 1n,
        at,
      );
      for (const { length } of runs) at += length;
    });
  } finally {
    scratch.release();
  }
  return asSorted(fromLeaves(like, leaves, rows, out.segment.id), ascending);
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
  const rows = countRows(buckets);
  const leaves = widths.map((width) => out.allocate(rows * width));
  const most = buckets.reduce((size, runs) => Math.max(size, countRows([runs])), 0);
  const { id } = out.segment;
  const k = c.kernels(id);
  const scratch = c.heap.arena(id);
  try {
    const perm = scratch.allocate(rows * 4);
    const rowNumbers = scratch.allocate(most * 4);
    const staging = scratch.allocate(most * Math.max(...widths));
    k.rowNumbers(0, most, rowNumbers);
    const sorter = new PairSorter(c, order, 4, most, leaves[0], perm, scratch);
    let at = 0;
    for (const runs of buckets) {
      let length = 0;
      const pairs = runs.map((run) => {
        const values = rowNumbers + length * 4;
        length += run.length;
        return {
          keys: run.leaves[0],
          keyStride: widths[0],
          values,
          valueStride: 4,
          length: run.length,
        };
      });
      sorter.sort(pairs, at);
      for (let f = 1; f < widths.length; f++) {
        const width = widths[f];
        let to = staging;
        for (const run of runs) {
          k.copyBytes(run.leaves[f], run.length * width, to);
          to += run.length * width;
        }
        gatherBytes(c, id, width, staging, perm + at * 4, length, leaves[f] + at * width);
      }
      at += length;
    }
  } finally {
    scratch.release();
  }
  return asSorted(fromLeaves(chunks, leaves, rows, id), order.ascending);
}

function countRows(buckets: readonly (readonly { readonly length: number }[])[]): number {
  return buckets.reduce((sum, runs) => runs.reduce((n, run) => n + run.length, sum), 0);
}

/** Says of pairs that they are sorted by key; nulls have no place in that order. */
function asSorted(rows: Column, ascending: boolean): Column {
  const [key, ...rest] = rows.children;
  if (key.nullCount > 0) return rows;
  const sorted = ascending ? "ascending" : "descending";
  return { ...rows, children: [{ ...key, stats: { ...key.stats, sorted } }, ...rest] };
}

/** Pointer to the u32 permutation that sorts `key`, in `out` (of the key's segment). Equal keys keep their order. */
export function sortIndices(c: Compute, key: Column, ascending: boolean, out: Arena): number {
  if (key.nullCount > 0) return sortAroundNulls(c, key, ascending, out);
  if (key.type.kind === "utf8") return sortStrings(c, key, ascending, out);
  if (key.type.kind === "dictionary") return sortIndices(c, ranksOf(c, key, out), ascending, out);
  if (key.type.kind === "bool") return sortBits(c, key, ascending, out);
  const n = key.length;
  const width = valueWidth(key.type);
  const perm = out.allocate(n * 4);
  const scratch = c.heap.arena(key.segment);
  try {
    const rowNumbers = scratch.allocate(n * 4);
    c.kernels(key.segment).rowNumbers(0, n, rowNumbers);
    const order = { kind: imageKind(key.type)!, ascending };
    new PairSorter(c, order, 4, n, scratch.allocate(n * width), perm, scratch).sort(
      [{ keys: key.values, keyStride: width, values: rowNumbers, valueStride: 4, length: n }],
      0,
    );
    return perm;
  } finally {
    scratch.release();
  }
}

/** False before true: two counters say where each row goes. */
function sortBits(c: Compute, key: Column, ascending: boolean, out: Arena): number {
  const n = key.length;
  const k = c.kernels(key.segment);
  const perm = out.allocate(n * 4);
  const scratch = c.heap.arena(key.segment);
  try {
    const rowNumbers = scratch.allocate(n * 4);
    const positions = scratch.allocate(n * 4);
    const next = scratch.allocate(8);
    const trues = k.countMask(key.values, n);
    const { u32 } = scratch.segment;
    u32[next / 4] = ascending ? 0 : trues;
    u32[next / 4 + 1] = ascending ? n - trues : 0;
    k.rowNumbers(0, n, rowNumbers);
    const kind = imageKind(key.type)!;
    k.bucketPositions(kind, key.values, n, 0, identityGrid(scratch, 0n, 0, 2), next, positions);
    k.scatter4(rowNumbers, positions, n, perm);
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
