/**
 * From the IR to what a loop computes: each number or boolean of the result as a scalar expression, computed in the loop; columns that only
 * pass through are left to whole-column operations, and so are strings: a string's length or a comparison with a constant becomes an input.
 */
import type { DataType } from "../column/type.ts";
import { exactNumbers } from "./exact-numbers.ts";
import { intervalOf, numberKind } from "./interval.ts";
import type { Expr } from "./ir.ts";
import { type InputKind, isInputKind, type LoopOutput, type OutputKind } from "./loop.ts";
import { NotLowered } from "./not-lowered.ts";
import type { Scalar } from "./scalar.ts";
import { isString, type Source, sourceOf, stringSource } from "./source.ts";

export type Output =
  | { readonly kind: "source"; readonly source: Source }
  /** What the loop writes as its output of this number. */
  | { readonly kind: "scalar"; readonly at: number; readonly type: { readonly kind: OutputKind } }
  | {
      readonly kind: "struct";
      readonly fields: readonly Output[];
      readonly type: DataType;
    };

export interface LoopInput {
  readonly kind: InputKind;
  readonly source: Source;
}

export interface Lowered {
  readonly inputs: readonly LoopInput[];
  readonly arguments: readonly number[];
  readonly mask: Scalar | null;
  readonly outputs: readonly LoopOutput[];
  readonly output: Output;
}

export class Lowering {
  readonly #inputs: LoopInput[] = [];
  readonly #arguments: number[] = [];
  readonly #outputs: LoopOutput[] = [];
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
    const test = mask === null ? null : this.#truth(this.#scalar(mask));
    const result = this.#output(output);
    return {
      inputs: this.#inputs,
      arguments: this.#arguments,
      mask: test,
      outputs: this.#outputs,
      output: result,
    };
  }

  /** Throws unless the expression has a value for every row: operations on values of other types can throw, or call what the program defined. */
  check(expr: Expr): void {
    if (expr.kind === "tuple") for (const item of expr.items) this.check(item);
    else if (expr.kind === "record") for (const { value } of expr.fields) this.check(value);
    else if (expr.kind === "split") stringSource(expr.of, this.#row);
    else if (expr.kind !== "const" && expr.kind !== "capture" && sourceOf(expr, this.#row) === null)
      this.#scalar(expr);
  }

  #output(expr: Expr): Output {
    const source = sourceOf(expr, this.#row);
    if (source !== null) return { kind: "source", source };
    if (expr.kind === "tuple") {
      if (expr.items.length === 0 || expr.items.length > 8)
        throw new NotLowered(`a tuple of ${expr.items.length}`);
      return this.#struct(
        "tuple",
        expr.items.map((value, i) => ({ name: String(i), value })),
      );
    }
    if (expr.kind === "record") {
      if (expr.fields.length === 0) throw new NotLowered("a record without fields");
      return this.#struct("object", expr.fields);
    }
    const scalar = this.#scalar(expr);
    const kinds = this.#inputs.map((input) => input.kind);
    const kind = scalar.type === "bool" ? "bool" : numberKind(intervalOf(scalar, kinds));
    const at = this.#outputs.push({ kind, scalar }) - 1;
    return { kind: "scalar", at, type: { kind } };
  }

  #struct(
    form: "tuple" | "object",
    parts: readonly { readonly name: string; readonly value: Expr }[],
  ): Output {
    const names = parts.map(({ name }) => name);
    const fields = parts.map(({ value }) => this.#output(value));
    const types = fields.map((field, i) => ({ name: names[i], type: typeOf(field) }));
    return { kind: "struct", fields, type: { kind: "struct", form, fields: types } };
  }

  #scalar(expr: Expr): Scalar {
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
        const type = typeof expr.value === "boolean" ? "bool" : "f64";
        // Two variables of one name in different functions are told apart by their values.
        const key = `${expr.name}\u0000${type}\u0000${Object.is(expr.value, -0) ? "-0" : expr.value}`;
        let index = this.#captures.get(key);
        if (index === undefined) {
          index = this.#arguments.push(Number(expr.value)) - 1;
          this.#captures.set(key, index);
        }
        return { kind: "argument", type, index, values: classOf(expr.value) };
      }
      case "param":
      case "get":
      case "string":
        return this.#input(expr);
      case "unary": {
        const arg = this.#scalar(expr.arg);
        if (expr.op === "!") return { kind: "unary", type: "bool", op: "!", arg: this.#truth(arg) };
        return { kind: "unary", type: "f64", op: expr.op, arg: this.#number(arg) };
      }
      case "binary":
        return this.#binary(expr);
      case "logical": {
        const left = this.#scalar(expr.left);
        const right = this.#scalar(expr.right);
        if (left.type !== right.type) throw new NotLowered(`${expr.op} of a number and a boolean`);
        const test = this.#truth(left);
        return expr.op === "&&"
          ? { kind: "select", type: left.type, test, yes: right, no: left }
          : { kind: "select", type: left.type, test, yes: left, no: right };
      }
      case "cond": {
        const then = this.#scalar(expr.yes);
        const other = this.#scalar(expr.no);
        if (then.type !== other.type) throw new NotLowered("branches of different types");
        return {
          kind: "select",
          type: then.type,
          test: this.#truth(this.#scalar(expr.test)),
          yes: then,
          no: other,
        };
      }
      case "math":
        return {
          kind: "math",
          type: "f64",
          fn: expr.fn,
          args: expr.args.map((arg) => this.#number(this.#scalar(arg))),
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
      const text = this.#stringComparison(op, expr.left, expr.right);
      if (text !== null) return text;
    }
    const left = this.#scalar(expr.left);
    const right = this.#scalar(expr.right);
    if (op === "===" || op === "!==") {
      if (left.type !== right.type) return { kind: "const", type: "bool", value: op === "!==" ? 1 : 0 };
      return { kind: "binary", type: "bool", op, left: this.#number(left), right: this.#number(right) };
    }
    const type = op === "<" || op === "<=" || op === ">" || op === ">=" ? "bool" : "f64";
    return { kind: "binary", type, op, left: this.#number(left), right: this.#number(right) };
  }

  /** A string column compared with a constant string. */
  #stringComparison(op: "===" | "!==", left: Expr, right: Expr): Scalar | null {
    for (const [a, b] of [
      [left, right],
      [right, left],
    ]) {
      if (b.kind !== "const" || typeof b.value !== "string") continue;
      const of = sourceOf(a, this.#row);
      if (of === null || !isString(of.type))
        throw new NotLowered("a comparison of a string with something else");
      return this.#register({
        kind: "string",
        method: op,
        of,
        text: b.value,
        type: { kind: "bool" },
      });
    }
    return null;
  }

  #input(expr: Expr): Scalar {
    const source = sourceOf(expr, this.#row);
    if (source === null) throw new NotLowered("a value that is no column");
    return this.#register(source);
  }

  #register(source: Source): Scalar {
    const { kind } = source.type;
    if (!isInputKind(kind)) throw new NotLowered(`arithmetic on a column of ${kind}`);
    const key = JSON.stringify(source);
    let index = this.#keys.get(key);
    if (index === undefined) {
      index = this.#inputs.push({ kind, source }) - 1;
      this.#keys.set(key, index);
    }
    return this.#intern({ kind: "input", type: kind === "bool" ? "bool" : "f64", index });
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
}

function classOf(value: number | boolean): "any" | "i32" | "positive i32" {
  if (typeof value !== "number" || (value | 0) !== value || Object.is(value, -0)) return "any";
  return value > 0 ? "positive i32" : "i32";
}

export function typeOf(output: Output): DataType {
  return output.kind === "source" ? output.source.type : output.type;
}
