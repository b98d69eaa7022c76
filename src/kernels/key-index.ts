/**
 * An index of keys: each distinct key has an id, and columns of keys are looked up as ids. Chosen from types and statistics alone:
 * sorted keys looked up by sorted keys are merged, run by run; integers whose range, in steps that all of them share, is small
 * beside the rows index a dense array; everything else goes to a hash table. A dictionary is looked up once a distinct string.
 * NaN is one key and -0 is 0, as everywhere.
 */
import type { Column } from "../column/column.ts";
import { copyColumn } from "../column/copy.ts";
import { sameDictionary } from "../column/same-dictionary.ts";
import type { DataType } from "../column/type.ts";
import type { Arena } from "../memory/arena.ts";
import type { Compute } from "./compute.ts";
import { boundsOf, exactDivision } from "./dense.ts";
import { GroupTable } from "./group.ts";
import { imageKind } from "./key-image.ts";

/** A dense index may have this many places a key, and always some thousands. */
const DENSE_FACTOR = 4;
const DENSE_ALWAYS = 65536;
/** Rows of an image at a time. */
const BATCH = 8192;

export type KeyKind = "u32" | "i32" | "f64" | "i64" | "u64" | "date" | "utf8";

export interface KeyIndex {
  /** Ids are below this; not every one need be in use. */
  readonly size: number;
  /** Writes the ids of rows `from` to `from + length` to u32 `ids`, NO_ROW for keys without one. */
  find(keys: Column, from: number, length: number, ids: number): void;
  /**
   * How ids are numbered: by the first row that has them, the rows of each side by side ("runs", `starts` being the first row of each, and the
   * end) or not ("appearance"); or otherwise.
   */
  readonly order: "runs" | "appearance" | "places";
  readonly starts: number;
}

/** What keys of two types are compared as; null when only their JavaScript values can say. */
export function commonKind(a: DataType, b: DataType): KeyKind | null {
  const [left, right] = [kindOf(a), kindOf(b)];
  if (left === right) return left;
  return isNumber(left) && isNumber(right) && a.kind !== "bool" && b.kind !== "bool" ? "f64" : null;
}

function kindOf({ kind }: DataType): KeyKind | null {
  switch (kind) {
    case "u32":
    case "i32":
    case "f64":
    case "i64":
    case "u64":
    case "date":
    case "utf8":
      return kind;
    case "bool":
      return "u32";
    case "f32":
      return "f64";
    case "dictionary":
      return "utf8";
    default:
      return null;
  }
}

function isNumber(kind: KeyKind | null): boolean {
  return kind === "u32" || kind === "i32" || kind === "f64";
}

/** The keys as a column of that kind, converted in `scratch` if need be. Dictionaries stay what they are. */
export function asKind(c: Compute, keys: Column, kind: KeyKind, scratch: Arena): Column {
  const from = keys.type.kind;
  if (from === kind || kind === "utf8") return keys;
  const n = keys.length;
  const base: Column = { ...withoutStats(keys), type: { kind } };
  if (kind === "u32") {
    const { u8, u32 } = scratch.segment;
    const values = scratch.allocate(n * 4);
    for (let i = 0; i < n; i++) u32[values / 4 + i] = u8[keys.values + i];
    return { ...base, values };
  }
  const values = scratch.allocate(n * 8);
  const kernels = c.kernels(keys.segment);
  if (from === "i32") kernels.doublesFromI32(keys.values, n, values);
  else if (from === "u32") kernels.doublesFromU32(keys.values, n, values);
  else kernels.doublesFromF32(keys.values, n, values);
  return { ...base, values };
}

/**
 * Indexes the rows of `keys`, a column of this kind in the segment of `scratch`, where the index will lie; their ids go to `ids`. `sorted`
 * says that all columns that will be looked up are sorted, ascending.
 */
export function indexKeys(
  c: Compute,
  kind: KeyKind,
  keys: Column,
  sorted: boolean,
  scratch: Arena,
  ids: number,
): KeyIndex {
  if (keys.type.kind === "dictionary") return dictionaryIndex(c, keys, scratch, ids);
  const index =
    (sorted && keys.stats?.sorted === "ascending" && kind !== "utf8"
      ? sortedIndex(c, keys, scratch)
      : null) ?? (kind === "u32" || kind === "i32" ? denseIndex(c, keys, scratch) : null);
  if (index !== null) {
    index.find(keys, 0, keys.length, ids);
    return index;
  }
  const table = new GroupTable(c, { kind }, scratch);
  table.add(keys, 0, keys.length, ids);
  if (kind !== "utf8")
    return { size: table.count, order: "appearance", starts: 0, find: (...rows) => table.find(...rows) };
  return stringIndex(c, table, scratch, []);
}

function sortedIndex(c: Compute, keys: Column, scratch: Arena): KeyIndex {
  const kind = imageKind(keys.type)!;
  const kernels = c.kernels(keys.segment);
  const width = kind >= 3 ? 8 : 4;
  const runs = scratch.allocate(keys.length * 8);
  const starts = scratch.allocate((keys.length + 1) * 4);
  kernels.keyImages(kind, keys.values, keys.length, 0, runs);
  const size = kernels.imageRuns(runs, keys.length, runs, starts);
  const images = scratch.allocate(BATCH * 8);
  return {
    size,
    order: "runs",
    starts,
    find(others, from, length, ids) {
      for (let at = 0; at < length; at += BATCH) {
        const rows = Math.min(BATCH, length - at);
        kernels.keyImages(kind, others.values + (from + at) * width, rows, 0, images);
        kernels.mergeIds(images, rows, runs, size, ids + at * 4);
      }
    },
  };
}

/** Ids are the places of keys among all multiples of the step that their distances share, as those of one hash partition do. */
function denseIndex(c: Compute, keys: Column, scratch: Arena): KeyIndex | null {
  if (keys.length === 0) return null;
  const kernels = c.kernels(scratch.segment.id);
  const [base, max] = tightBounds(c, keys);
  const most = Math.max(DENSE_ALWAYS, keys.length * DENSE_FACTOR);
  const step = Math.max(1, kernels.commonStep(keys.values, keys.length, base));
  const size = Math.floor((max - base) / step) + 1;
  if (size > most) return null;
  const { inverse, shift } = exactDivision(step);
  return {
    size,
    order: "places",
    starts: 0,
    find(others, from, length, ids) {
      kernels.denseIds(others.values + from * 4, length, base, inverse, shift, size, ids);
    },
  };
}

/** Known bounds are those of a larger column that this may be a part of. */
function tightBounds(c: Compute, keys: Column): [number, number] {
  return boundsOf(c, withoutStats(keys));
}

function withoutStats({ stats: _, ...column }: Column): Column {
  return column;
}

/** Ids are codes. */
function dictionaryIndex(c: Compute, keys: Column, scratch: Arena, ids: number): KeyIndex {
  const [strings] = keys.children;
  c.kernels(keys.segment).copyBytes(keys.values, keys.length * 4, ids);
  let found: KeyIndex | null = null;
  return {
    size: strings.length,
    order: "places",
    starts: 0,
    find(others, from, length, into) {
      if (others.type.kind === "dictionary" && sameDictionary([keys, others])) {
        c.kernels(others.segment).copyBytes(others.values + from * 4, length * 4, into);
        return;
      }
      found ??= ofStrings(c, strings, scratch);
      found.find(others, from, length, into);
    },
  };
}

function ofStrings(c: Compute, strings: Column, scratch: Arena): KeyIndex {
  const near = strings.segment === scratch.segment.id ? strings : copyColumn(c.heap, strings, scratch);
  const table = new GroupTable(c, near.type, scratch);
  table.add(near, 0, near.length, scratch.allocate(near.length * 4));
  return stringIndex(c, table, scratch, []);
}

/** Over a table of strings. The ids of the strings of dictionaries that were looked up are kept in `known`. */
function stringIndex(
  c: Compute,
  table: GroupTable,
  scratch: Arena,
  known: { readonly keys: Column; readonly ids: number }[],
): KeyIndex {
  return {
    size: table.count,
    order: "appearance",
    starts: 0,
    find(others, from, length, ids) {
      if (others.type.kind !== "dictionary") {
        table.find(others, from, length, ids);
        return;
      }
      let translation = known.find(({ keys }) => sameDictionary([keys, others]));
      if (translation === undefined) {
        const [strings] = others.children;
        const near = strings.segment === scratch.segment.id ? strings : copyColumn(c.heap, strings, scratch);
        translation = { keys: others, ids: scratch.allocate(near.length * 4) };
        table.find(near, 0, near.length, translation.ids);
        known.push(translation);
      }
      c.kernels(scratch.segment.id).gather4(translation.ids, others.values + from * 4, length, ids);
    },
  };
}
