/**
 * The expression IR: the meaning of a user's function when it lies in the numeric, boolean and simple string subset, for all targets
 * (WASM, JS loops). JavaScript's semantics hold exactly: every number is an f64 unless the value ranges prove otherwise, `-0` and `NaN`
 * included. Plain data: an IR crosses threads.
 */
import type { Separator } from "../kernels/separator.ts";

export type UnaryOp = "-" | "+" | "!" | "~";
const ARITHMETIC = ["+", "-", "*", "/", "%"] as const;
const BITWISE = ["&", "|", "^", "<<", ">>", ">>>"] as const;
const COMPARISONS = ["<", "<=", ">", ">=", "===", "!=="] as const;
export type BinaryOp = (typeof ARITHMETIC | typeof BITWISE | typeof COMPARISONS)[number];

/** Functions of Math that all targets compute exactly as V8 does. */
const MATH_1 = ["abs", "floor", "ceil", "trunc", "sqrt", "sign", "fround", "round"] as const;
const MATH_2 = ["min", "max", "imul"] as const;
export type MathFunction = (typeof MATH_1 | typeof MATH_2)[number];

/** Tests of a string by a constant one. */
const STRING_TESTS = ["startsWith", "endsWith", "includes"] as const;
export type StringMethod = "length" | "toLowerCase" | (typeof STRING_TESTS)[number];

export type Expr =
  | { readonly kind: "const"; readonly value: number | boolean | string }
  /** A captured variable: a constant for one call, but not part of the compiled code, which is used again for other values. */
  | { readonly kind: "capture"; readonly name: string; readonly value: number | boolean }
  /** The function's parameter, whole. */
  | { readonly kind: "param"; readonly index: number }
  /** `of[index]` on a tuple with a constant index, `of.name` on a record. */
  | { readonly kind: "get"; readonly of: Expr; readonly key: number | string }
  | { readonly kind: "unary"; readonly op: UnaryOp; readonly arg: Expr }
  | { readonly kind: "binary"; readonly op: BinaryOp; readonly left: Expr; readonly right: Expr }
  | { readonly kind: "logical"; readonly op: "&&" | "||"; readonly left: Expr; readonly right: Expr }
  | { readonly kind: "cond"; readonly test: Expr; readonly yes: Expr; readonly no: Expr }
  /** `Math.<fn>(...)`. */
  | { readonly kind: "math"; readonly fn: MathFunction; readonly args: readonly Expr[] }
  /** `of.<method>(text)`, or without a text `of.toLowerCase()` and `of.length`. */
  | { readonly kind: "string"; readonly method: StringMethod; readonly of: Expr; readonly text: string }
  /** `of.split(separator)`; gives a list of strings. */
  | { readonly kind: "split"; readonly of: Expr; readonly separator: Separator }
  /** `list.map(item => body)`, the whole of a flatMap; `item` stands in the body for the item. */
  | { readonly kind: "each"; readonly list: Expr; readonly body: Expr }
  | { readonly kind: "item" }
  | { readonly kind: "tuple"; readonly items: readonly Expr[] }
  | { readonly kind: "record"; readonly fields: readonly { readonly name: string; readonly value: Expr }[] };

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

const BINARY: ReadonlySet<string> = new Set<string>([...ARITHMETIC, ...BITWISE, ...COMPARISONS]);

export function isBinaryOp(op: string): op is BinaryOp {
  return BINARY.has(op);
}

export function isStringTest(method: string): method is (typeof STRING_TESTS)[number] {
  return STRING_TESTS.some((test) => test === method);
}

/** Whether `Math.<name>` of so many arguments is one of them. */
export function isMathFunction(name: string, args: number): name is MathFunction {
  const known: readonly string[] = args === 1 ? MATH_1 : args === 2 ? MATH_2 : [];
  return known.includes(name);
}
