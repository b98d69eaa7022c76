/**
 * A chain of steps over one row, composed symbolically: what each output leaf is as an expression of the input row, and which rows stay.
 * Everything is pure, so composing changes no result; it lets one loop do what the chain says.
 */
import type { Expr, Lambda } from "./ir.ts";
import type { RowStep } from "./row-loop.ts";

export interface Step {
  readonly op: RowStep["op"];
  readonly lambda: Lambda;
}

export interface Composed {
  /** All must be true for a row to stay; null when nothing filters. */
  readonly mask: Expr | null;
  readonly output: Expr;
  /** The rows between the steps, and what the steps evaluate on their way; not all of it is in the output. */
  readonly evaluated: readonly Expr[];
}

/** The row that a chain starts from. */
export const ROW: Expr = { kind: "param", index: 0 };
/** Expressions in one loop. */
const MOST = 4000;

/** Steps without flatMap. Null when the composition grows too large. */
export function compose(steps: readonly Step[]): Composed | null {
  let row: Expr = ROW;
  let mask: Expr | null = null;
  const evaluated: Expr[] = [];
  for (const { op, lambda } of steps) {
    const given = op === "mapValues" ? pick(row, 1) : row;
    for (const expr of lambda.evaluated ?? []) evaluated.push(substitute(expr, [given]));
    switch (op) {
      case "map":
        row = substitute(lambda.body, [row]);
        break;
      case "filter": {
        const test = substitute(lambda.body, [row]);
        mask =
          mask === null
            ? test
            : {
                kind: "logical",
                op: "&&",
                left: { kind: "unary", op: "!", arg: { kind: "unary", op: "!", arg: mask } },
                right: test,
              };
        break;
      }
      case "mapValues":
        row = { kind: "tuple", items: [pick(row, 0), substitute(lambda.body, [given])] };
        break;
      case "keyBy":
        row = { kind: "tuple", items: [substitute(lambda.body, [row]), row] };
        break;
      default:
        return null;
    }
    evaluated.push(row);
    if (partsOf(row).size + (mask === null ? 0 : partsOf(mask).size) > MOST) return null;
  }
  return { mask, output: row, evaluated };
}

/** The lambda's body with its parameters replaced; what is shared in it stays shared. */
export function substitute(expr: Expr, params: readonly Expr[], done = new Map<Expr, Expr>()): Expr {
  let result = done.get(expr);
  if (result === undefined) {
    result = replaced(expr, params, (part) => substitute(part, params, done));
    done.set(expr, result);
  }
  return result;
}

function replaced(expr: Expr, params: readonly Expr[], go: (part: Expr) => Expr): Expr {
  if (expr.kind === "param") return params[expr.index] ?? expr;
  if (expr.kind === "get") return pick(go(expr.of), expr.key);
  return mapParts(expr, go);
}

/** The expression with its parts replaced. */
export function mapParts(expr: Expr, go: (part: Expr) => Expr): Expr {
  switch (expr.kind) {
    case "const":
    case "capture":
    case "param":
    case "item":
      return expr;
    case "unary":
      return { ...expr, arg: go(expr.arg) };
    case "binary":
    case "logical":
      return { ...expr, left: go(expr.left), right: go(expr.right) };
    case "cond":
      return { ...expr, test: go(expr.test), yes: go(expr.yes), no: go(expr.no) };
    case "math":
      return { ...expr, args: expr.args.map(go) };
    case "get":
    case "string":
    case "split":
      return { ...expr, of: go(expr.of) };
    case "each":
      return { ...expr, list: go(expr.list), body: go(expr.body) };
    case "tuple":
      return { ...expr, items: expr.items.map(go) };
    case "record":
      return { ...expr, fields: expr.fields.map(({ name, value }) => ({ name, value: go(value) })) };
  }
}

/** `of[key]` or `of.key`; of a literal the item or field itself. */
export function pick(of: Expr, key: number | string): Expr {
  const part =
    of.kind === "tuple" && typeof key === "number"
      ? of.items[key]
      : of.kind === "record"
        ? of.fields.find(({ name }) => name === key)?.value
        : undefined;
  return part ?? { kind: "get", of, key };
}

/** The expression and all that it is made of. */
export function partsOf(expr: Expr, parts = new Set<Expr>()): ReadonlySet<Expr> {
  if (!parts.has(expr)) {
    parts.add(expr);
    for (const part of children(expr)) partsOf(part, parts);
  }
  return parts;
}

/** Whether an expression of this kind is in it. */
export function dependsOn(expr: Expr, kind: Expr["kind"]): boolean {
  for (const part of partsOf(expr)) if (part.kind === kind) return true;
  return false;
}

function children(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case "const":
    case "capture":
    case "param":
    case "item":
      return [];
    case "get":
    case "string":
    case "split":
      return [expr.of];
    case "unary":
      return [expr.arg];
    case "binary":
    case "logical":
      return [expr.left, expr.right];
    case "cond":
      return [expr.test, expr.yes, expr.no];
    case "math":
      return expr.args;
    case "each":
      return [expr.list, expr.body];
    case "tuple":
      return expr.items;
    case "record":
      return expr.fields.map((f) => f.value);
  }
}
