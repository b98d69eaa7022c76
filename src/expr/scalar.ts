/**
 * What a loop computes for a row: expressions over numbered inputs, all f64 or bool. Equal expressions of a loop are one object, so that what is
 * computed twice is seen by identity.
 */
import type { BinaryOp, MathFunction, UnaryOp } from "./ir.ts";

export type Scalar =
  | { readonly kind: "const"; readonly type: "f64" | "bool"; readonly value: number }
  /** A number that is passed at each run, so that it is not part of the compiled code. */
  | {
      readonly kind: "argument";
      readonly type: "f64" | "bool";
      readonly index: number;
      /** What compiled code may take for granted; another value of the class uses the same code. */
      readonly values: "any" | "i32" | "positive i32";
    }
  | { readonly kind: "input"; readonly type: "f64" | "bool"; readonly index: number }
  | {
      readonly kind: "unary";
      readonly type: "f64" | "bool";
      readonly op: UnaryOp | "truth" | "number";
      readonly arg: Scalar;
    }
  | {
      readonly kind: "binary";
      readonly type: "f64" | "bool";
      readonly op: BinaryOp;
      readonly left: Scalar;
      readonly right: Scalar;
    }
  | {
      readonly kind: "select";
      readonly type: "f64" | "bool";
      readonly test: Scalar;
      readonly yes: Scalar;
      readonly no: Scalar;
    }
  | {
      readonly kind: "math";
      readonly type: "f64";
      readonly fn: MathFunction;
      readonly args: readonly Scalar[];
    };

/** What the expression is computed from. */
export function partsOf(scalar: Scalar): readonly Scalar[] {
  switch (scalar.kind) {
    case "const":
    case "argument":
    case "input":
      return [];
    case "unary":
      return [scalar.arg];
    case "binary":
      return [scalar.left, scalar.right];
    case "select":
      return [scalar.yes, scalar.no, scalar.test];
    case "math":
      return scalar.args;
  }
}

/** All that is computed for these, parts before what they are parts of, each with how often it is used. */
export function usesOf(scalars: readonly Scalar[]): ReadonlyMap<Scalar, number> {
  const uses = new Map<Scalar, number>();
  const visit = (scalar: Scalar): void => {
    const before = uses.get(scalar);
    if (before === undefined) for (const part of partsOf(scalar)) visit(part);
    uses.set(scalar, (before ?? 0) + 1);
  };
  for (const scalar of scalars) visit(scalar);
  return uses;
}
