/** Combining functions that the kernels know, recognised by their meaning. */
import type { Expr } from "../expr/ir.ts";
import type { FunctionSpec } from "./spec.ts";

export type RecognizedCombine = "sum" | "min" | "max" | "first" | "last";

/** `(a, b) => a + b`, `Math.min`, `Math.max`, `(a) => a`, `(_, b) => b`; null for anything else. */
export function recognizeCombiner(spec: FunctionSpec): RecognizedCombine | null {
  const body = bodyOf(spec);
  return body === null ? null : recognize(body, isParam);
}

/** The same, or one a field: `([a, b], [c, d]) => [a + c, Math.max(b, d)]`. */
export function recognizeByKey(spec: FunctionSpec): RecognizedCombine | readonly RecognizedCombine[] | null {
  const body = bodyOf(spec);
  if (body === null) return null;
  if (body.kind !== "tuple") return recognize(body, isParam);
  const fields = body.items.map((item, i) =>
    recognize(item, (expr, index) => expr.kind === "get" && expr.key === i && isParam(expr.of, index)),
  );
  return fields.length > 0 && fields.every((field) => field !== null) ? fields : null;
}

/** Null when the function computes more than it returns: that could throw. */
function bodyOf(spec: FunctionSpec): Expr | null {
  if (spec.kind !== "closure" || spec.meaning.kind !== "ir") return null;
  const { body, evaluated = [] } = spec.meaning.lambda;
  const given = (expr: Expr): boolean =>
    expr.kind === "param" || (expr.kind === "get" && expr.of.kind === "param");
  return evaluated.every(given) ? body : null;
}

function isParam(expr: Expr, index: number): boolean {
  return expr.kind === "param" && expr.index === index;
}

/** `isParam` says whether an expression is the left (0) or right (1) value. */
function recognize(body: Expr, isParam: (expr: Expr, index: number) => boolean): RecognizedCombine | null {
  const both = (left: Expr, right: Expr): boolean =>
    (isParam(left, 0) && isParam(right, 1)) || (isParam(left, 1) && isParam(right, 0));
  if (isParam(body, 0)) return "first";
  if (isParam(body, 1)) return "last";
  if (body.kind === "binary" && body.op === "+" && both(body.left, body.right)) return "sum";
  if (body.kind === "math" && body.args.length === 2 && both(body.args[0], body.args[1]))
    return body.fn === "min" || body.fn === "max" ? body.fn : null;
  return null;
}
