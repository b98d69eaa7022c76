/**
 * What a variable stands for while a function's meaning is found: an expression of its parameters, or a captured array, object or function whose
 * parts are constants.
 */
import type { BinaryOp, Expr } from "../expr/ir.ts";
import { describeHeld, type Held } from "./held.ts";

export type Value = Expr | Held;

/** The function has no meaning in the IR; the message is the reason. */
export class NotIr extends Error {}

/** A captured value: constants as such, arrays and objects for the sake of their parts. */
export function held(name: string, value: unknown): Value {
  if (typeof value === "number" || typeof value === "boolean") return { kind: "capture", name, value };
  if (typeof value === "string") return { kind: "const", value };
  if ((typeof value === "object" && value !== null) || typeof value === "function")
    return { kind: "held", name, value };
  throw new NotIr(
    `it uses the captured variable ${name}, which is ${value === null ? "null" : `a ${typeof value}`}`,
  );
}

export function scalar(value: Value): Expr {
  if (value.kind !== "held") return value;
  throw new NotIr(`it uses the captured variable ${value.name}, which is ${describeHeld(value)}`);
}

export function either(test: Expr, yes: Value, no: Value): Expr {
  return { kind: "cond", test, yes: scalar(yes), no: scalar(no) };
}

/** Of two constants the result is one, so that loops count. */
export function binary(op: BinaryOp, left: Expr, right: Expr): Expr {
  const expr: Expr = { kind: "binary", op, left, right };
  if (left.kind !== "const" || right.kind !== "const") return expr;
  const value = constantOf(expr);
  return value === undefined ? expr : { kind: "const", value };
}

const COMPUTE: Readonly<Partial<Record<BinaryOp, (a: number, b: number) => number | boolean>>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
  "===": (a, b) => a === b,
  "!==": (a, b) => a !== b,
};

/** What an expression of constants and captured numbers comes to; undefined where it depends on the row. */
export function constantOf(expr: Expr): number | boolean | string | undefined {
  if (expr.kind === "capture" || (expr.kind === "const" && expr.value !== null)) return expr.value as number;
  if (expr.kind !== "binary") return undefined;
  const [a, b] = [constantOf(expr.left), constantOf(expr.right)];
  return typeof a === "number" && typeof b === "number" ? COMPUTE[expr.op]?.(a, b) : undefined;
}

export function get(of: Expr, key: number | string): Expr {
  if (of.kind === "tuple" && typeof key === "number" && key < of.items.length) return of.items[key];
  if (of.kind === "record") {
    const field = of.fields.find(({ name }) => name === key);
    if (field !== undefined) return field.value;
  }
  return { kind: "get", of, key };
}
