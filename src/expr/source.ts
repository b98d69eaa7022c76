/**
 * The columns that expressions start from: a field of the rows, or a whole-column string operation on one, which runs before the loop that
 * reads its result.
 */
import type { Column } from "../column/column.ts";
import type { DataType } from "../column/type.ts";
import type { Compute } from "../kernels/compute.ts";
import { firstPieces } from "../kernels/first-pieces.ts";
import type { Separator } from "../kernels/separator.ts";
import { compareConstant, lowerCase, type StringTest, stringLength } from "../kernels/strings.ts";
import type { Arena } from "../memory/arena.ts";
import type { Expr } from "./ir.ts";
import { NotLowered } from "./not-lowered.ts";

export type Source =
  /** A leaf or subtree of the input row: the fields on the way to it. */
  | { readonly kind: "path"; readonly path: readonly number[]; readonly type: DataType }
  | {
      readonly kind: "string";
      readonly method: "length" | "toLowerCase" | StringTest;
      readonly of: Source;
      readonly text: string;
      readonly type: DataType;
    }
  | {
      readonly kind: "firstPiece";
      readonly of: Source;
      readonly separator: Separator;
      readonly type: DataType;
    };

/** The expression as a column of rows of this type, or as a string operation on one; null when it is neither. */
export function sourceOf(expr: Expr, row: DataType): Source | null {
  switch (expr.kind) {
    case "param":
      if (expr.index !== 0) throw new NotLowered("a second parameter");
      return { kind: "path", path: [], type: row };
    case "get": {
      if (expr.of.kind === "split") {
        // Of other pieces a string may have none: undefined has no place in a column of strings.
        if (expr.key !== 0) throw new NotLowered(`piece ${expr.key} of a split, which not every string has`);
        const { of, separator } = expr.of;
        return { kind: "firstPiece", of: stringSource(of, row), separator, type: { kind: "utf8" } };
      }
      const of = sourceOf(expr.of, row);
      if (of === null) return null;
      if (of.kind !== "path" || of.type.kind !== "struct")
        throw new NotLowered(`.${expr.key} of a ${of.type.kind}`);
      const at =
        of.type.form === "tuple"
          ? typeof expr.key === "number"
            ? expr.key
            : -1
          : of.type.fields.findIndex(({ name }) => name === expr.key);
      if (!Number.isInteger(at) || at < 0 || at >= of.type.fields.length)
        throw new NotLowered(`.${expr.key} of a row without it`);
      return { kind: "path", path: [...of.path, at], type: of.type.fields[at].type };
    }
    case "string": {
      const of = sourceOf(expr.of, row);
      const list = of?.type.kind === "list" && expr.method === "length";
      if (of === null || !(isString(of.type) || list))
        throw new NotLowered(`.${expr.method} of something else than a string column`);
      const type: DataType =
        expr.method === "length"
          ? { kind: "i32" }
          : expr.method === "toLowerCase"
            ? { kind: "utf8" }
            : { kind: "bool" };
      return { kind: "string", method: expr.method, of, text: expr.text, type };
    }
    default:
      return null;
  }
}

/** The column of lists that the expression is. */
export function listSource(expr: Expr, row: DataType): Source {
  const source = sourceOf(expr, row);
  if (source?.type.kind !== "list") throw new NotLowered("a value that is no list column");
  return source;
}

/** The string column that the expression is. */
export function stringSource(expr: Expr, row: DataType): Source {
  const source = sourceOf(expr, row);
  if (source === null || !isString(source.type)) throw new NotLowered("a value that is no string column");
  return source;
}

export function isString(type: DataType): boolean {
  return type.kind === "utf8" || type.kind === "dictionary";
}

/** Paths cost nothing; operations on strings and lists write their result into `out`. */
export function sourceColumn(c: Compute, source: Source, rows: Column, out: Arena): Column {
  if (source.kind === "path") return source.path.reduce((column, at) => column.children[at], rows);
  const of = sourceColumn(c, source.of, rows, out);
  if (source.kind === "firstPiece") return firstPieces(c, of, source.separator, out);
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
