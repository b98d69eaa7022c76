/** Operations over columns of strings, exactly as JavaScript's own methods do them. */
import { buildColumn } from "../column/builder.ts";
import type { Column } from "../column/column.ts";
import { readColumn } from "../column/reader.ts";
import type { Arena } from "../memory/arena.ts";
import type { Compute } from "./compute.ts";
import type { Separator } from "./separator.ts";

export type StringTest = "===" | "!==" | "startsWith" | "endsWith" | "includes";

/** UTF-16 code units of each string, as i32. */
export function stringLength(c: Compute, column: Column, out: Arena): Column {
  const strings = readColumn(c.heap, column) as string[];
  const values = out.allocate(strings.length * 4);
  const { i32 } = out.segment;
  for (let i = 0; i < strings.length; i++) i32[values / 4 + i] = strings[i].length;
  return fixed("i32", strings.length, values, out);
}

export function lowerCase(c: Compute, column: Column, out: Arena): Column {
  return strings(
    (readColumn(c.heap, column) as string[]).map((s) => s.toLowerCase()),
    out,
  );
}

/** A bool column: each string tested against a constant. */
export function compareConstant(
  c: Compute,
  column: Column,
  test: StringTest,
  text: string,
  out: Arena,
): Column {
  const all = readColumn(c.heap, column) as string[];
  const values = out.allocate(all.length);
  const { u8 } = out.segment;
  for (let i = 0; i < all.length; i++) {
    const s = all[i];
    const result = test === "===" ? s === text : test === "!==" ? s !== text : s[test](text);
    u8[values + i] = result ? 1 : 0;
  }
  return fixed("bool", all.length, values, out);
}

export interface Split {
  readonly column: Column;
  /** Pointer to the row that each piece came from, u32[column.length], in `out`. */
  readonly parents: number;
}

export function splitColumn(c: Compute, column: Column, separator: Separator, out: Arena): Split {
  const by = separator.kind === "literal" ? separator.text : new RegExp(separator.source, separator.flags);
  const pieces: string[] = [];
  const rows: number[] = [];
  (readColumn(c.heap, column) as string[]).forEach((s, row) => {
    for (const piece of s.split(by)) {
      pieces.push(piece);
      rows.push(row);
    }
  });
  const parents = out.allocate(rows.length * 4);
  out.segment.u32.set(rows, parents / 4);
  return { column: strings(pieces, out), parents };
}

function strings(values: readonly string[], out: Arena): Column {
  return buildColumn(values, out);
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
