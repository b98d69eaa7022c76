/**
 * Operations over columns of strings, exactly as JavaScript's own methods do them. ASCII goes through the kernels; rows with other characters
 * go through JavaScript where it matters (lower case). A dictionary is worked on once a distinct string.
 */
import { isAscii } from "node:buffer";
import { buildColumn } from "../column/builder.ts";
import type { Column } from "../column/column.ts";
import { readColumn } from "../column/reader.ts";
import type { Arena } from "../memory/arena.ts";
import type { Compute } from "./compute.ts";
import { gatherColumn } from "./select.ts";
import type { Separator } from "./separator.ts";

export type StringTest = "===" | "!==" | "startsWith" | "endsWith" | "includes";

/** Bytes past a string's end that the kernels may write. */
const SLACK = 64;

/** UTF-16 code units of each string, as i32. */
export function stringLength(c: Compute, column: Column, out: Arena): Column {
  if (column.type.kind === "dictionary")
    return ofDictionary(c, column, out, (d, into) => stringLength(c, d, into));
  const values = out.allocate(column.length * 4);
  c.kernels(column.segment).utf16Lengths(column.offsets, column.values, column.length, values);
  return fixed("i32", column.length, values, out);
}

/** `toLowerCase()` of each string. */
export function lowerCase(c: Compute, column: Column, out: Arena): Column {
  // Distinct strings may become equal: the result is no dictionary.
  if (column.type.kind === "dictionary")
    return ofDictionary(c, column, out, (d, into) => lowerCase(c, d, into));
  const n = column.length;
  const { i32, u8 } = c.heap.segment(column.segment);
  const at = column.offsets / 4;
  const start = n === 0 ? 0 : i32[at];
  const bytes = n === 0 ? 0 : i32[at + n] - start;
  if (!isAscii(u8.subarray(column.values + start, column.values + start + bytes)))
    return buildColumn(
      (readColumn(c.heap, column) as string[]).map((s) => s.toLowerCase()),
      out,
    );
  const values = out.allocate(bytes + SLACK);
  c.kernels(column.segment).lowerAscii(column.values + start, bytes, values);
  let { offsets } = column;
  if (start !== 0) {
    offsets = out.allocate((n + 1) * 4);
    for (let i = 0; i <= n; i++) i32[offsets / 4 + i] = i32[at + i] - start;
  }
  return utf8(n, offsets, values, out);
}

const TESTS = { "===": 0, "!==": 0, startsWith: 1, endsWith: 2, includes: 3 } as const;

/** A bool column: each string tested against a constant. */
export function compareConstant(
  c: Compute,
  column: Column,
  test: StringTest,
  text: string,
  out: Arena,
): Column {
  if (column.type.kind === "dictionary")
    return ofDictionary(c, column, out, (d, into) => compareConstant(c, d, test, text, into));
  const n = column.length;
  const into = out.allocate(n);
  const { u8 } = out.segment;
  if (!text.isWellFormed()) {
    // Half of a surrogate pair can be found in a string, but has no UTF-8.
    const strings = readColumn(c.heap, column) as string[];
    strings.forEach((s, i) => {
      u8[into + i] = Number(test === "===" ? false : test === "!==" ? true : s[test](text));
    });
    return fixed("bool", n, into, out);
  }
  const scratch = c.heap.arena(column.segment);
  try {
    const bytes = Buffer.from(text);
    const ptr = scratch.allocate(bytes.length);
    u8.set(bytes, ptr);
    c.kernels(column.segment).testStrings(
      column.offsets,
      column.values,
      n,
      ptr,
      bytes.length,
      TESTS[test],
      test === "!==" ? 1 : 0,
      into,
    );
  } finally {
    scratch.release();
  }
  return fixed("bool", n, into, out);
}

export interface Split {
  readonly column: Column;
  /** Pointer to the row that each piece came from, u32[column.length], in `out`; 0 when not asked for. */
  readonly parents: number;
}

/** `split(separator)` of each string, all pieces in one column. */
export function splitColumn(
  c: Compute,
  column: Column,
  separator: Separator,
  out: Arena,
  withParents: boolean,
): Split {
  const set = column.type.kind === "utf8" ? characterSet(separator) : null;
  if (set === null) return splitStrings(c, column, separator, out, withParents);
  const n = column.length;
  const kernels = c.kernels(column.segment);
  const { i32, u8 } = c.heap.segment(column.segment);
  const scratch = c.heap.arena(column.segment);
  try {
    const table = scratch.allocate(16);
    u8.set(set.table, table);
    const shape = [column.offsets, column.values, n, table, set.others, set.repeat] as const;
    const pieces = kernels.countPieces(...shape);
    const offsets = out.allocate((pieces + 1) * 4);
    const bytes = n === 0 ? 0 : i32[column.offsets / 4 + n] - i32[column.offsets / 4];
    const values = out.allocate(bytes + SLACK);
    const parents = withParents ? out.allocate(pieces * 4) : 0;
    kernels.splitPieces(...shape, offsets, values, parents);
    return { column: utf8(pieces, offsets, values, out), parents };
  } finally {
    scratch.release();
  }
}

interface CharacterSet {
  readonly table: Uint8Array;
  readonly others: number;
  readonly repeat: number;
}

/** The separator as the kernels' set, or null when it is none: longer texts, and single non-ASCII characters that count by code unit. */
function characterSet(separator: Separator): CharacterSet | null {
  const table = new Uint8Array(16);
  const add = (code: number): void => {
    table[code & 15] |= 1 << (code >> 4);
  };
  if (separator.kind === "literal") {
    const code = separator.text.charCodeAt(0);
    if (separator.text.length !== 1 || code > 127) return null;
    add(code);
    return { table, others: 0, repeat: 0 };
  }
  if (separator.others && !separator.repeat) return null;
  for (let code = 0; code < 128; code++) if ((separator.bits[code >> 5] >>> (code & 31)) & 1) add(code);
  return { table, others: Number(separator.others), repeat: Number(separator.repeat) };
}

function splitStrings(
  c: Compute,
  column: Column,
  separator: Separator,
  out: Arena,
  withParents: boolean,
): Split {
  const by = separator.kind === "literal" ? separator.text : new RegExp(separator.source, separator.flags);
  const pieces: string[] = [];
  const rows: number[] = [];
  (readColumn(c.heap, column) as string[]).forEach((s, row) => {
    for (const piece of s.split(by)) {
      pieces.push(piece);
      if (withParents) rows.push(row);
    }
  });
  const parents = withParents ? out.allocate(rows.length * 4) : 0;
  if (withParents) out.segment.u32.set(rows, parents / 4);
  return { column: buildColumn(pieces, out), parents };
}

/** The operation on the distinct strings, then a result a row. */
export function ofDictionary(
  c: Compute,
  column: Column,
  out: Arena,
  operation: (dictionary: Column, into: Arena) => Column,
): Column {
  const [dictionary] = column.children;
  const scratch = c.heap.arena(dictionary.segment);
  try {
    const inPlace = dictionary.segment === column.segment;
    if (!inPlace) {
      const strings = buildColumn(readColumn(c.heap, dictionary), out);
      return gatherColumn(c, operation(strings, out), column.values, column.length, out);
    }
    return gatherColumn(c, operation(dictionary, scratch), column.values, column.length, out);
  } finally {
    scratch.release();
  }
}

function utf8(length: number, offsets: number, values: number, out: Arena): Column {
  return {
    type: { kind: "utf8" },
    length,
    segment: out.segment.id,
    validity: 0,
    nullCount: 0,
    offsets,
    values,
    children: [],
  };
}

function fixed(kind: "i32" | "bool", length: number, values: number, out: Arena): Column {
  return {
    type: { kind },
    length,
    segment: out.segment.id,
    validity: 0,
    nullCount: 0,
    offsets: 0,
    values,
    children: [],
  };
}
