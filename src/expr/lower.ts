/**
 * From the IR to what a loop computes: scalar expressions over numbered inputs, all f64 or bool. Equal expressions are one object, so that
 * what is computed twice is seen by identity and sharing costs nothing. Columns that only pass through, and strings, are left to
 * whole-column operations: a string's length or a comparison with a constant becomes an input of its own.
 */
import type { DataType } from "../column/type.ts";
import type { StringTest } from "../kernels/strings.ts";
import { exactNumbers } from "./exact-numbers.ts";
import { intervalOf, numberKind } from "./interval.ts";
import type { BinaryOp, Expr, UnaryOp } from "./ir.ts";

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
  | { readonly kind: "math"; readonly type: "f64"; readonly fn: string; readonly args: readonly Scalar[] };

/** A column that a loop reads, or that a result is. */
export type Source =
  /** A leaf or subtree of the input row: the fields on the way to it. */
  | { readonly kind: "path"; readonly path: readonly number[]; readonly type: DataType }
  | {
      readonly kind: "string";
      readonly method: "length" | "toLowerCase" | StringTest;
      readonly of: Source;
      readonly text: string;
      readonly type: DataType;
    };

export type Output =
  | { readonly kind: "source"; readonly source: Source }
  | { readonly kind: "scalar"; readonly at: number; readonly type: DataType }
  | {
      readonly kind: "struct";
      readonly form: "tuple" | "object";
      readonly names: readonly string[];
      readonly fields: readonly Output[];
      readonly type: DataType;
    };

export interface Lowered {
  readonly inputs: readonly Source[];
  readonly arguments: readonly number[];
  readonly mask: Scalar | null;
  readonly scalars: readonly Scalar[];
  readonly output: Output;
}

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

export class NotLowered extends Error {}

const NUMERIC: ReadonlySet<string> = new Set(["f64", "f32", "i32", "u32"]);

export class Lowering {
  readonly inputs: Source[] = [];
  readonly arguments: number[] = [];
  readonly scalars: Scalar[] = [];
  readonly #row: DataType;
  readonly #keys = new Map<string, number>();
  readonly #captures = new Map<string, number>();
  readonly #interned = new Map<string, Scalar>();
  readonly #ids = new Map<Scalar, number>();
  readonly #lowered = new Map<Expr, Scalar>();

  constructor(row: DataType) {
    this.#row = row;
  }

  lower(mask: Expr | null, output: Expr): Lowered {
    const test = mask === null ? null : this.#truth(this.scalar(mask));
    const result = this.output(output);
    return {
      inputs: this.inputs,
      arguments: this.arguments,
      mask: test,
      scalars: this.scalars,
      output: result,
    };
  }

  /** Throws unless the expression has a value for every row: operations on values of other types can throw, or call what the program defined. */
  check(expr: Expr): void {
    if (expr.kind === "tuple") for (const item of expr.items) this.check(item);
    else if (expr.kind === "record") for (const { value } of expr.fields) this.check(value);
    else if (expr.kind !== "const" && expr.kind !== "capture" && this.#source(expr) === null)
      this.scalar(expr);
  }

  output(expr: Expr): Output {
    const source = this.#source(expr);
    if (source !== null) return { kind: "source", source };
    if (expr.kind === "tuple") {
      if (expr.items.length === 0 || expr.items.length > 8)
        throw new NotLowered(`a tuple of ${expr.items.length}`);
      const fields = expr.items.map((item) => this.output(item));
      const names = fields.map((_, i) => String(i));
      return {
        kind: "struct",
        form: "tuple",
        names,
        fields,
        type: {
          kind: "struct",
          form: "tuple",
          fields: fields.map((f, i) => ({ name: names[i], type: typeOf(f) })),
        },
      };
    }
    if (expr.kind === "record") {
      const fields = expr.fields.map(({ value }) => this.output(value));
      const names = expr.fields.map(({ name }) => name);
      if (names.length === 0) throw new NotLowered("a record without fields");
      return {
        kind: "struct",
        form: "object",
        names,
        fields,
        type: {
          kind: "struct",
          form: "object",
          fields: fields.map((f, i) => ({ name: names[i], type: typeOf(f) })),
        },
      };
    }
    const scalar = this.scalar(expr);
    const at = this.scalars.push(scalar) - 1;
    const kinds = this.inputs.map(({ type }) => type.kind);
    const kind = scalar.type === "bool" ? "bool" : numberKind(intervalOf(scalar, kinds));
    return { kind: "scalar", at, type: { kind } };
  }

  scalar(expr: Expr): Scalar {
    let scalar = this.#lowered.get(expr);
    if (scalar === undefined) {
      scalar = this.#intern(this.#compute(expr));
      this.#lowered.set(expr, scalar);
    }
    return scalar;
  }

  /** The one object for expressions that are equal; its parts are such objects already. */
  #intern(scalar: Scalar): Scalar {
    const key = JSON.stringify(scalar, (name, value: unknown) =>
      name !== "" && typeof value === "object" && this.#ids.has(value as Scalar)
        ? `@${this.#ids.get(value as Scalar)}`
        : exactNumbers(name, value),
    );
    const known = this.#interned.get(key);
    if (known !== undefined) return known;
    this.#interned.set(key, scalar);
    this.#ids.set(scalar, this.#ids.size);
    return scalar;
  }

  #compute(expr: Expr): Scalar {
    switch (expr.kind) {
      case "const":
        if (typeof expr.value === "number") return { kind: "const", type: "f64", value: expr.value };
        if (typeof expr.value === "boolean")
          return { kind: "const", type: "bool", value: Number(expr.value) };
        throw new NotLowered("a constant string");
      case "capture": {
        if (typeof expr.value === "string") throw new NotLowered("a captured string");
        const type = typeof expr.value === "boolean" ? "bool" : "f64";
        // Two variables of one name in different functions are told apart by their values.
        const key = `${expr.name}\u0000${type}\u0000${Object.is(expr.value, -0) ? "-0" : expr.value}`;
        let index = this.#captures.get(key);
        if (index === undefined) {
          index = this.arguments.push(Number(expr.value)) - 1;
          this.#captures.set(key, index);
        }
        return { kind: "argument", type, index, values: classOf(expr.value) };
      }
      case "param":
      case "get":
      case "string":
        return this.#input(expr);
      case "unary": {
        const arg = this.scalar(expr.arg);
        if (expr.op === "!") return { kind: "unary", type: "bool", op: "!", arg: this.#truth(arg) };
        return { kind: "unary", type: "f64", op: expr.op, arg: this.#number(arg) };
      }
      case "binary":
        return this.#binary(expr);
      case "logical": {
        const left = this.scalar(expr.left);
        const right = this.scalar(expr.right);
        if (left.type !== right.type) throw new NotLowered(`${expr.op} of a number and a boolean`);
        const test = this.#truth(left);
        return expr.op === "&&"
          ? { kind: "select", type: left.type, test, yes: right, no: left }
          : { kind: "select", type: left.type, test, yes: left, no: right };
      }
      case "cond": {
        const then = this.scalar(expr.yes);
        const other = this.scalar(expr.no);
        if (then.type !== other.type) throw new NotLowered("branches of different types");
        return {
          kind: "select",
          type: then.type,
          test: this.#truth(this.scalar(expr.test)),
          yes: then,
          no: other,
        };
      }
      case "call":
        return {
          kind: "math",
          type: "f64",
          fn: expr.fn.slice("Math.".length),
          args: expr.args.map((arg) => this.#number(this.scalar(arg))),
        };
      default:
        throw new NotLowered(
          `a ${expr.kind === "each" ? "list" : expr.kind} where a number or boolean is needed`,
        );
    }
  }

  #binary(expr: Expr & { readonly kind: "binary" }): Scalar {
    const { op } = expr;
    if (op === "===" || op === "!==") {
      const text = this.#stringComparison(expr);
      if (text !== null) return text;
    }
    const left = this.scalar(expr.left);
    const right = this.scalar(expr.right);
    if (op === "===" || op === "!==") {
      if (left.type !== right.type) return { kind: "const", type: "bool", value: op === "!==" ? 1 : 0 };
      return { kind: "binary", type: "bool", op, left: this.#number(left), right: this.#number(right) };
    }
    const type = op === "<" || op === "<=" || op === ">" || op === ">=" ? "bool" : "f64";
    return { kind: "binary", type, op, left: this.#number(left), right: this.#number(right) };
  }

  /** A string column compared with a constant string. */
  #stringComparison(expr: Expr & { readonly kind: "binary" }): Scalar | null {
    for (const [a, b] of [
      [expr.left, expr.right],
      [expr.right, expr.left],
    ]) {
      if (b.kind !== "const" || typeof b.value !== "string") continue;
      const of = this.#source(a);
      if (of === null || !isString(of.type))
        throw new NotLowered("a comparison of a string with something else");
      return this.#register({
        kind: "string",
        method: expr.op as "===",
        of,
        text: b.value,
        type: { kind: "bool" },
      });
    }
    return null;
  }

  #input(expr: Expr): Scalar {
    const source = this.#source(expr);
    if (source === null) throw new NotLowered("a value that is no column");
    return this.#register(source);
  }

  #register(source: Source): Scalar {
    const { kind } = source.type;
    if (!NUMERIC.has(kind) && kind !== "bool") throw new NotLowered(`arithmetic on a column of ${kind}`);
    const key = JSON.stringify(source);
    let index = this.#keys.get(key);
    if (index === undefined) {
      index = this.inputs.push(source) - 1;
      this.#keys.set(key, index);
    }
    return this.#intern({ kind: "input", type: kind === "bool" ? "bool" : "f64", index });
  }

  /** The column of lists that the expression is. */
  listSource(expr: Expr): Source {
    const source = this.#source(expr);
    if (source === null || source.type.kind !== "list")
      throw new NotLowered("a value that is no list column");
    return source;
  }

  /** The string column that the expression is. */
  stringSource(expr: Expr): Source {
    const source = this.#source(expr);
    if (source === null || !isString(source.type)) throw new NotLowered("a value that is no string column");
    return source;
  }

  /** JavaScript's ToBoolean. */
  #truth(scalar: Scalar): Scalar {
    return scalar.type === "bool"
      ? scalar
      : this.#intern({ kind: "unary", type: "bool", op: "truth", arg: scalar });
  }

  /** JavaScript's ToNumber. */
  #number(scalar: Scalar): Scalar {
    return scalar.type === "f64"
      ? scalar
      : this.#intern({ kind: "unary", type: "f64", op: "number", arg: scalar });
  }

  /** The expression as a column of the input or a string operation on one; null when it is neither. */
  #source(expr: Expr): Source | null {
    switch (expr.kind) {
      case "param":
        if (expr.index !== 0) throw new NotLowered("a second parameter");
        return { kind: "path", path: [], type: this.#row };
      case "get": {
        const of = this.#source(expr.of);
        if (of === null) return null;
        if (of.kind !== "path" || of.type.kind !== "struct")
          throw new NotLowered(`.${expr.key} of a ${of.type.kind}`);
        const at =
          of.type.form === "tuple"
            ? typeof expr.key === "number"
              ? expr.key
              : -1
            : of.type.fields.findIndex(({ name }) => name === expr.key);
        if (!Number.isInteger(at) || at < 0 || at >= of.type.fields.length)
          throw new NotLowered(`.${expr.key} of a row without it`);
        return { kind: "path", path: [...of.path, at], type: of.type.fields[at].type };
      }
      case "string": {
        const of = this.#source(expr.of);
        const list = of?.type.kind === "list" && expr.method === "length";
        if (of === null || !(isString(of.type) || list))
          throw new NotLowered(`.${expr.method} of something else than a string column`);
        const [arg] = expr.args;
        const text = arg?.kind === "const" && typeof arg.value === "string" ? arg.value : "";
        const type: DataType =
          expr.method === "length"
            ? { kind: "i32" }
            : expr.method === "toLowerCase"
              ? { kind: "utf8" }
              : { kind: "bool" };
        return { kind: "string", method: expr.method, of, text, type };
      }
      default:
        return null;
    }
  }
}

function classOf(value: number | boolean | string): "any" | "i32" | "positive i32" {
  if (typeof value !== "number" || (value | 0) !== value || Object.is(value, -0)) return "any";
  return value > 0 ? "positive i32" : "i32";
}

function isString(type: DataType): boolean {
  return type.kind === "utf8" || type.kind === "dictionary";
}

export function typeOf(output: Output): DataType {
  return output.kind === "source" ? output.source.type : output.type;
}
