/** The columns that expressions start from: a field of the rows, or a whole-column string operation on one. */
import type { Column } from "../column/column.ts";
import type { Compute } from "../kernels/compute.ts";
import { compareConstant, lowerCase, stringLength } from "../kernels/strings.ts";
import type { Arena } from "../memory/arena.ts";
import type { Source } from "./lower.ts";

/** Paths cost nothing; string operations write their result into `out`. */
export function sourceColumn(c: Compute, source: Source, rows: Column, out: Arena): Column {
  if (source.kind === "path") return source.path.reduce((column, at) => column.children[at], rows);
  const of = sourceColumn(c, source.of, rows, out);
  switch (source.method) {
    case "length":
      return stringLength(c, of, out);
    case "toLowerCase":
      return lowerCase(c, of, out);
    default:
      return compareConstant(c, of, source.method, source.text, out);
  }
}
