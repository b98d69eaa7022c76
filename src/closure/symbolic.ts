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

/** Of two constants the result is one, so that loops count. What captured numbers come to is remembered. */
export function binary(op: BinaryOp, left: Expr, right: Expr): Expr {
  const expr: Expr = { kind: "binary", op, left, right };
  const [a, b] = [constantOf(left), constantOf(right)];
  const value = typeof a === "number" && typeof b === "number" ? COMPUTE[op]?.(a, b) : undefined;
  if (value === undefined) return expr;
  if (left.kind === "const" && right.kind === "const") return { kind: "const", value };
  computed.set(expr, value);
  return expr;
}

const computed = new WeakMap<Expr, number | boolean>();
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
  if (expr.kind === "capture") return expr.value;
  return expr.kind === "const" ? expr.value : computed.get(expr);
}
