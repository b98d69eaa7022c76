/** The columns that expressions start from: a field of the rows, or a whole-column string operation on one. */
import type { Column } from "../column/column.ts";
import type { Compute } from "../kernels/compute.ts";
import { compareConstant, lowerCase, stringLength } from "../kernels/strings.ts";
import type { Arena } from "../memory/arena.ts";
import type { Source } from "./lower.ts";

/** Paths cost nothing; operations on strings and lists write their result into `out`. */
export function sourceColumn(c: Compute, source: Source, rows: Column, out: Arena): Column {
  if (source.kind === "path") return source.path.reduce((column, at) => column.children[at], rows);
  const of = sourceColumn(c, source.of, rows, out);
  switch (source.method) {
    case "length":
      return of.type.kind === "list" ? listLength(c, of, out) : stringLength(c, of, out);
    case "toLowerCase":
      return lowerCase(c, of, out);
    default:
      return compareConstant(c, of, source.method, source.text, out);
  }
}

function listLength(c: Compute, list: Column, out: Arena): Column {
  const { i32 } = c.heap.segment(list.segment);
  const values = out.allocate(list.length * 4);
  const lengths = out.segment.i32;
  for (let i = 0, at = list.offsets / 4; i < list.length; i++)
    lengths[values / 4 + i] = i32[at + i + 1] - i32[at + i];
  return { ...list, type: { kind: "i32" }, offsets: 0, values, children: [] };
}
