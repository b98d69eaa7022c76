/**
 * The expression IR: the meaning of a user's function when it lies in the numeric, boolean and simple string subset.
 * One IR, several producers (JavaScript functions, later DataFrame columns and SQL), several targets (WASM, JS loops,
 * later WGSL and Spark SQL). JavaScript's semantics hold exactly: every number is an f64 unless the value
 * ranges prove otherwise, `-0` and `NaN` included. Plain data: an IR crosses threads and is part of fingerprints.
 */
import type { Separator } from "../kernels/separator.ts";

export type UnaryOp = "-" | "+" | "!" | "~";
export type BinaryOp =
  | "+"
  | "-"
  | "*"
  | "/"
  | "%"
  | "**"
  | "&"
  | "|"
  | "^"
  | "<<"
  | ">>"
  | ">>>"
  | "<"
  | "<="
  | ">"
  | ">="
  | "==="
  | "!==";

export type Expr =
  | { readonly kind: "const"; readonly value: number | boolean | string | null }
  /** A captured variable: a constant for one call, but not part of the fingerprint, so the compiled code is reused. */
  | { readonly kind: "capture"; readonly name: string; readonly value: number | boolean | string }
  /** The function's parameter, whole. */
  | { readonly kind: "param"; readonly index: number }
  /** `of[index]` on a tuple or vector with a constant index, `of.name` on an object struct. */
  | { readonly kind: "get"; readonly of: Expr; readonly key: number | string }
  /** `of[index]` on a vector or list with a computed index. */
  | { readonly kind: "element"; readonly of: Expr; readonly index: Expr }
  | { readonly kind: "unary"; readonly op: UnaryOp; readonly arg: Expr }
  | { readonly kind: "binary"; readonly op: BinaryOp; readonly left: Expr; readonly right: Expr }
  | { readonly kind: "logical"; readonly op: "&&" | "||"; readonly left: Expr; readonly right: Expr }
  | { readonly kind: "cond"; readonly test: Expr; readonly yes: Expr; readonly no: Expr }
  /** `Math.<fn>(...)`, `Number.isNaN`, `Number.isFinite`, `Number.isInteger`, `Number`, `Boolean`, `BigInt` are not here. */
  | { readonly kind: "call"; readonly fn: string; readonly args: readonly Expr[] }
  /** `of.<method>(...args)` or the property `length` on a string. */
  | {
      readonly kind: "string";
      readonly method: StringMethod;
      readonly of: Expr;
      readonly args: readonly Expr[];
    }
  /** `of.split(/pattern/flags)`; gives a list of strings. */
  | { readonly kind: "split"; readonly of: Expr; readonly separator: Separator }
  /** `list.map(item => body)`, the whole of a flatMap; `item` stands in the body for the item. */
  | { readonly kind: "each"; readonly list: Expr; readonly body: Expr }
  | { readonly kind: "item" }
  | { readonly kind: "tuple"; readonly items: readonly Expr[] }
  | { readonly kind: "record"; readonly fields: readonly { readonly name: string; readonly value: Expr }[] };

export type StringMethod = "length" | "toLowerCase" | "startsWith" | "endsWith" | "includes";

/** A user's function as IR. */
export interface Lambda {
  readonly params: number;
  readonly body: Expr;
  /** What it evaluates on the way, in the result or not: rows for which that throws must not be lost. */
  readonly evaluated?: readonly Expr[];
}

/** What became of a user's function; `reason` is what `explain()` prints. */
export type Meaning =
  | { readonly kind: "ir"; readonly lambda: Lambda }
  | { readonly kind: "javascript"; readonly reason: string };
