/** A scalar expression as JavaScript source. Bools are true and false; `input(i)` and `argument(i)` name what they read. */
import type { Scalar } from "./lower.ts";

export function scalarSource(
  scalar: Scalar,
  input: (index: number) => string,
  argument: (index: number) => string,
): string {
  const go = (s: Scalar): string => scalarSource(s, input, argument);
  switch (scalar.kind) {
    case "const":
      return scalar.type === "bool"
        ? String(scalar.value !== 0)
        : Object.is(scalar.value, -0)
          ? "(-0)"
          : `(${scalar.value})`;
    case "argument":
      return scalar.type === "bool" ? `(${argument(scalar.index)} !== 0)` : argument(scalar.index);
    case "input":
      return scalar.type === "bool" ? `(${input(scalar.index)} !== 0)` : input(scalar.index);
    case "unary":
      return scalar.op === "truth"
        ? `(!!${go(scalar.arg)})`
        : scalar.op === "number"
          ? `(+${go(scalar.arg)})`
          : `(${scalar.op} ${go(scalar.arg)})`;
    case "binary":
      return `(${go(scalar.left)} ${scalar.op} ${go(scalar.right)})`;
    case "select":
      return `(${go(scalar.test)} ? ${go(scalar.yes)} : ${go(scalar.no)})`;
    case "math":
      return `Math.${scalar.fn}(${scalar.args.map(go).join(", ")})`;
  }
}
