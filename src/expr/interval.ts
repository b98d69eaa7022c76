/**
 * What values a scalar expression can take: whether all are integers, their bounds, and whether -0 is among them. It lets results be
 * kept as 32-bit integers (which later kernels like best) and integer operators skip the general conversion. Cost: one walk of
 * the expression when it is compiled.
 */
import type { BinaryOp, MathFunction } from "./ir.ts";
import type { Scalar } from "./scalar.ts";

export interface Interval {
  readonly low: number;
  readonly high: number;
  /** False also says that NaN is possible. */
  readonly integer: boolean;
  readonly negativeZero: boolean;
}

export type NumberKind = "f64" | "i32" | "u32";

/** Integers beyond this are rounded. */
const SAFE = 2 ** 53;
const ANY: Interval = {
  low: Number.NEGATIVE_INFINITY,
  high: Number.POSITIVE_INFINITY,
  integer: false,
  negativeZero: true,
};
const I32 = integers(-(2 ** 31), 2 ** 31 - 1);
const U32 = integers(0, 2 ** 32 - 1);

function integers(low: number, high: number, negativeZero = false): Interval {
  return -low <= SAFE && high <= SAFE ? { low, high, integer: true, negativeZero } : ANY;
}

/** `inputs` are the column kinds of the numbered inputs; `known` keeps what was found out about them. */
export function intervalOf(
  scalar: Scalar,
  inputs: readonly string[],
  known = new Map<Scalar, Interval>(),
): Interval {
  let interval = known.get(scalar);
  if (interval === undefined) {
    interval = compute(scalar, inputs, (part) => intervalOf(part, inputs, known));
    known.set(scalar, interval);
  }
  return interval;
}

function compute(scalar: Scalar, inputs: readonly string[], go: (part: Scalar) => Interval): Interval {
  switch (scalar.kind) {
    case "const":
      return Number.isInteger(scalar.value)
        ? integers(scalar.value, scalar.value, Object.is(scalar.value, -0))
        : ANY;
    case "argument":
      if (scalar.type === "bool") return integers(0, 1);
      return scalar.values === "any" ? ANY : scalar.values === "i32" ? I32 : integers(1, I32.high);
    case "input":
      switch (inputs[scalar.index]) {
        case "i32":
          return I32;
        case "u32":
          return U32;
        case "bool":
          return integers(0, 1);
        default:
          return ANY;
      }
    case "unary": {
      if (scalar.type === "bool") return integers(0, 1);
      const arg = go(scalar.arg);
      if (scalar.op === "~") return I32;
      if (scalar.op === "-")
        return arg.integer ? integers(-arg.high, -arg.low, arg.low <= 0 && arg.high >= 0) : ANY;
      return arg;
    }
    case "binary":
      return scalar.type === "bool" ? integers(0, 1) : binary(scalar.op, go(scalar.left), go(scalar.right));
    case "select": {
      const [a, b] = [go(scalar.yes), go(scalar.no)];
      if (!a.integer || !b.integer) return ANY;
      return integers(Math.min(a.low, b.low), Math.max(a.high, b.high), a.negativeZero || b.negativeZero);
    }
    case "math":
      return math(scalar.fn, scalar.args.map(go));
  }
}

function binary(op: BinaryOp, a: Interval, b: Interval): Interval {
  switch (op) {
    case "+":
      return a.integer && b.integer
        ? integers(a.low + b.low, a.high + b.high, a.negativeZero && b.negativeZero)
        : ANY;
    case "-":
      return a.integer && b.integer ? integers(a.low - b.high, a.high - b.low, a.negativeZero) : ANY;
    case "*": {
      if (!a.integer || !b.integer) return ANY;
      const corners = [a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high];
      const signs = a.low < 0 || b.low < 0 || a.negativeZero || b.negativeZero;
      return integers(Math.min(...corners) + 0, Math.max(...corners) + 0, signs);
    }
    case "%": {
      // A divisor that can be 0 gives NaN.
      if (!a.integer || !b.integer || (b.low <= 0 && b.high >= 0)) return ANY;
      const most = Math.max(Math.abs(b.low), Math.abs(b.high)) - 1;
      const low = a.low < 0 ? Math.max(a.low, -most) : 0;
      return integers(low, a.high > 0 ? Math.min(a.high, most) : 0, a.low < 0 || a.negativeZero);
    }
    case "&":
      // With a mask that is not negative the result is no larger than the mask.
      if (b.integer && b.low >= 0 && b.high < 2 ** 31) return integers(0, b.high);
      if (a.integer && a.low >= 0 && a.high < 2 ** 31) return integers(0, a.high);
      return I32;
    case "|":
    case "^":
    case "<<":
    case ">>":
      return I32;
    case ">>>":
      return U32;
    default:
      return ANY;
  }
}

function math(fn: MathFunction, args: readonly Interval[]): Interval {
  const [a, b] = args;
  switch (fn) {
    case "imul":
      return I32;
    case "floor":
    case "ceil":
    case "trunc":
    case "round":
      return a;
    case "abs":
      return a.integer
        ? integers(
            a.low <= 0 && a.high >= 0 ? 0 : Math.min(Math.abs(a.low), Math.abs(a.high)),
            Math.max(Math.abs(a.low), Math.abs(a.high)),
          )
        : ANY;
    case "sign":
      return a.integer ? integers(-1, 1, a.negativeZero) : ANY;
    case "min":
    case "max": {
      if (!a.integer || !b.integer) return ANY;
      const pick = fn === "min" ? Math.min : Math.max;
      return integers(pick(a.low, b.low), pick(a.high, b.high), a.negativeZero || b.negativeZero);
    }
    default:
      return ANY;
  }
}

export function fitsI32(interval: Interval): boolean {
  return interval.integer && interval.low >= I32.low && interval.high <= I32.high;
}

export function fitsU32(interval: Interval): boolean {
  return interval.integer && interval.low >= 0 && interval.high <= U32.high;
}

/** The narrowest column that holds all values exactly. A -0 needs an f64. */
export function numberKind(interval: Interval): NumberKind {
  if (interval.negativeZero) return "f64";
  return fitsI32(interval) ? "i32" : fitsU32(interval) ? "u32" : "f64";
}
