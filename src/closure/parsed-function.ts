/** A function's source as a syntax tree, with its free variables; parsed once, however often the function is captured. */
import { type AnyNode, parseExpressionAt } from "acorn";
import { type FreeVariables, freeVariables } from "./free-variables.ts";

export interface ParsedFunction {
  /** An expression whose value is the function. */
  readonly expression: string;
  readonly node: AnyNode;
  readonly free: FreeVariables;
}

/** Why a function cannot be parsed, and what to write instead. */
export interface Unparsable {
  readonly what: string;
  readonly wayOut?: string;
}

const parsed = new WeakMap<Function, ParsedFunction>();

export function parseFunction(fn: Function): ParsedFunction | Unparsable {
  const known = parsed.get(fn);
  if (known !== undefined) return known;
  const text = Function.prototype.toString.call(fn);
  if (/\{\s*\[native code\]\s*\}$/.test(text))
    return {
      what: "a function whose source cannot be read (native, or made by bind)",
      wayOut: "wrap it in an arrow function: (x) => f(x)",
    };
  // A method is an expression only within an object.
  const method = JSON.stringify(fn.name.replace(/^(get|set) /, ""));
  for (const expression of [`(${text})`, `({ ${text} })[${method}]`]) {
    let node: AnyNode;
    try {
      node = parseExpressionAt(expression, 0, { ecmaVersion: "latest" }) as AnyNode;
    } catch {
      continue;
    }
    const result: ParsedFunction = { expression, node, free: freeVariables(node) };
    parsed.set(fn, result);
    return result;
  }
  return { what: "a function whose source cannot be parsed" };
}
