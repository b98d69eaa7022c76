/** Combining functions that the kernels know, recognised by their meaning. */
import type { Expr, Lambda } from "../expr/ir.ts";
import type { FunctionSpec } from "./spec.ts";

export type RecognizedCombine = "sum" | "min" | "max" | "first" | "last";

/** `(a, b) => a + b`, `Math.min`, `Math.max`, `(a) => a`, `(_, b) => b`; null for anything else. */
export function recognizeCombiner(spec: FunctionSpec): RecognizedCombine | null {
  if (spec.kind !== "closure") return null;
  if (spec.meaning.kind === "ir") return recognizeLambda(spec.meaning.lambda);
  return null;
}

function recognizeLambda({ body }: Lambda): RecognizedCombine | null {
  const isParam = (expr: Expr, index: number): boolean => expr.kind === "param" && expr.index === index;
  const both = (left: Expr, right: Expr): boolean =>
    (isParam(left, 0) && isParam(right, 1)) || (isParam(left, 1) && isParam(right, 0));
  if (isParam(body, 0)) return "first";
  if (isParam(body, 1)) return "last";
  if (body.kind === "binary" && body.op === "+" && both(body.left, body.right)) return "sum";
  if (body.kind === "call" && body.args.length === 2 && both(body.args[0], body.args[1]))
    return body.fn === "Math.min" ? "min" : body.fn === "Math.max" ? "max" : null;
  return null;
}
