/** The meaning of a function's expressions, over what its variables stand for. */
import type { AnyNode, Expression, Pattern } from "acorn";
import { dependsOn, partsOf, pick } from "../expr/compose.ts";
import { type Expr, isBinaryOp, isMathFunction, isStringTest } from "../expr/ir.ts";
import { Environment } from "./environment.ts";
import { isList, partOf } from "./held.ts";
import { separatorOf } from "./separator.ts";
import { binary, constantOf, held, NotIr, scalar, type Value } from "./symbolic.ts";

/** Calls within calls. */
const MAX_DEPTH = 16;

/** What the translation of one user's function shares with those of the functions that it calls. */
export interface Run {
  /** What a captured function returns for these arguments; null when nothing is known of it. */
  readonly call: (fn: Function, args: readonly Value[]) => Value | null;
  /** What variables were made of, in the result or not. */
  readonly evaluated: Expr[];
  /** Steps that may still be taken. */
  left: number;
  depth: number;
}

type Arguments = readonly (Expression | { readonly type: "SpreadElement" })[];

export class Expressions {
  readonly scope = new Environment<Value>();
  readonly #captured: ReadonlyMap<string, unknown>;
  readonly #run: Run;

  constructor(captured: ReadonlyMap<string, unknown>, run: Run) {
    this.#captured = captured;
    this.#run = run;
  }

  bind(pattern: Pattern, value: Value): void {
    switch (pattern.type) {
      case "Identifier":
        this.scope.declare(pattern.name, value);
        return;
      case "ArrayPattern":
        if (pattern.elements.length === 0) throw new NotIr("a pattern is empty");
        if (value.kind === "held" && !isList(value)) throw new NotIr(`it iterates over ${value.name}`);
        pattern.elements.forEach((item, i) => {
          const element = this.evaluated(this.part(value, i));
          if (item !== null) this.bind(item, element);
        });
        return;
      case "ObjectPattern":
        if (pattern.properties.length === 0) throw new NotIr("a pattern is empty");
        for (const property of pattern.properties) {
          if (property.type !== "Property" || property.computed || property.key.type !== "Identifier")
            throw new NotIr("a parameter pattern is computed or has a rest");
          this.bind(property.value, this.evaluated(this.part(value, property.key.name)));
        }
        return;
      default:
        throw new NotIr("a parameter has a default or a rest");
    }
  }

  /** Notes that the value is computed, whether it is used or not. */
  evaluated<V extends Value>(value: V): V {
    if (value.kind !== "held") this.#run.evaluated.push(value);
    return value;
  }

  count(): void {
    if (--this.#run.left < 0) throw new NotIr("it is too large");
  }

  /** A number, boolean, string, tuple or record. */
  expr(node: AnyNode): Expr {
    return scalar(this.value(node));
  }

  value(node: AnyNode): Value {
    this.count();
    switch (node.type) {
      case "ParenthesizedExpression":
        return this.value(node.expression);
      case "Identifier":
        return this.#name(node.name);
      case "Literal":
        if (
          typeof node.value === "number" ||
          typeof node.value === "boolean" ||
          typeof node.value === "string"
        )
          return { kind: "const", value: node.value };
        throw new NotIr(node.value === null ? "it uses null" : `it has the literal ${node.raw ?? ""}`);
      case "TemplateLiteral":
        if (node.expressions.length === 0) return { kind: "const", value: node.quasis[0].value.cooked ?? "" };
        throw new NotIr("it builds a string from a template");
      case "UnaryExpression":
        if (node.operator === "-" || node.operator === "+" || node.operator === "!" || node.operator === "~")
          return { kind: "unary", op: node.operator, arg: this.expr(node.argument) };
        throw new NotIr(`it uses the operator ${node.operator}`);
      case "BinaryExpression":
        if (node.operator === "**") return this.#power(this.expr(node.left), this.expr(node.right));
        if (!isBinaryOp(node.operator)) throw new NotIr(`it uses the operator ${node.operator}`);
        return binary(node.operator, this.expr(node.left), this.expr(node.right));
      case "LogicalExpression":
        if (node.operator === "??") throw new NotIr("it uses the operator ??");
        return {
          kind: "logical",
          op: node.operator,
          left: this.expr(node.left),
          right: this.expr(node.right),
        };
      case "ConditionalExpression":
        return {
          kind: "cond",
          test: this.expr(node.test),
          yes: this.expr(node.consequent),
          no: this.expr(node.alternate),
        };
      case "ArrayExpression":
        return {
          kind: "tuple",
          items: node.elements.map((item) => {
            if (item === null || item.type === "SpreadElement")
              throw new NotIr("it builds an array with a hole or a spread");
            return this.expr(item);
          }),
        };
      case "ObjectExpression":
        return this.#record(node);
      case "MemberExpression":
        return this.#member(node);
      case "CallExpression":
        return this.#call(node);
      default:
        throw new NotIr(`it has a ${words(node.type)}`);
    }
  }

  #record({ properties }: AnyNode & { readonly type: "ObjectExpression" }): Expr {
    const fields = properties.map((property) => {
      if (property.type !== "Property" || property.computed || property.kind !== "init" || property.method)
        throw new NotIr("it builds an object with a computed key, a spread or a method");
      const { key } = property;
      const name = key.type === "Identifier" ? key.name : key.type === "Literal" ? String(key.value) : "";
      // Integer-like keys are moved to the front by JavaScript; __proto__ is no field.
      if (name === "" || name === "__proto__" || /^\d+$/.test(name))
        throw new NotIr("it builds an object with an unusual key");
      return { name, value: this.expr(property.value) };
    });
    if (new Set(fields.map(({ name }) => name)).size < fields.length)
      throw new NotIr("it builds an object with a repeated key");
    return { kind: "record", fields };
  }

  /** V8 squares where the exponent is 2; other powers are its own. */
  #power(base: Expr, exponent: Expr): Expr {
    if (constantOf(exponent) !== 2) throw new NotIr("it uses the operator **");
    return binary("*", base, base);
  }

  #name(name: string): Value {
    const local = this.scope.get(name);
    if (local === null) throw new NotIr(`it uses ${name} before its declaration`);
    if (local !== undefined) return local;
    if (this.#captured.has(name)) return held(name, this.#captured.get(name));
    switch (name) {
      case "NaN":
        return { kind: "const", value: Number.NaN };
      case "Infinity":
        return { kind: "const", value: Number.POSITIVE_INFINITY };
      default:
        throw new NotIr(`it uses ${name}`);
    }
  }

  /** `value[key]` or `value.key`. */
  part(value: Value, key: number | string): Value {
    // Of a literal the rest is evaluated too.
    if (value.kind !== "held") return pick(this.evaluated(value), key);
    const name = typeof key === "number" ? `${value.name}[${key}]` : `${value.name}.${key}`;
    const part = partOf(value, key);
    if (part === undefined) throw new NotIr(`it reads ${name}`);
    return held(name, part);
  }

  /** The items of a captured array. */
  items(value: Value): Value[] {
    if (value.kind !== "held" || !isList(value))
      throw new NotIr("it loops over something else than a captured array");
    const { length } = value.value;
    return Array.from({ length: Math.min(length, this.#run.left) }, (_, i) => this.part(value, i));
  }

  #member(node: AnyNode & { readonly type: "MemberExpression" }): Value {
    if (node.optional === true) throw new NotIr("it uses ?.");
    const key = this.#key(node);
    if (node.object.type === "Identifier" && !this.#isKnown(node.object.name)) {
      const { name } = node.object;
      const of = name === "Math" ? Math : name === "Number" ? Number : {};
      const value = (of as unknown as Record<string, unknown>)[key];
      if (typeof value === "number") return { kind: "const", value };
      throw new NotIr(`it reads ${name}.${String(key)}`);
    }
    const of = this.value(node.object);
    if (of.kind !== "held" && key === "length") return { kind: "string", method: "length", of, text: "" };
    return this.part(of, key);
  }

  /** Whether the name is a variable, and not a global of the language. */
  #isKnown(name: string): boolean {
    return this.scope.get(name) !== undefined || this.#captured.has(name);
  }

  #key(node: AnyNode & { readonly type: "MemberExpression" }): string | number {
    if (!node.computed && node.property.type === "Identifier") return node.property.name;
    const key = node.computed ? constantOf(this.expr(node.property)) : undefined;
    if (typeof key === "number" || typeof key === "string") return key;
    throw new NotIr("it reads a computed key");
  }

  #call(node: AnyNode & { readonly type: "CallExpression" }): Value {
    const { callee } = node;
    if (node.optional === true) throw new NotIr("it uses ?.");
    if (callee.type === "Identifier") return this.#inline(callee, callee.name, node.arguments);
    if (callee.type !== "MemberExpression" || callee.computed || callee.property.type !== "Identifier")
      throw new NotIr("it calls a function");
    const method = callee.property.name;
    if (callee.object.type === "Identifier" && !this.#isKnown(callee.object.name)) {
      const { name } = callee.object;
      if (name === "Math" && isMathFunction(method, node.arguments.length))
        return { kind: "math", fn: method, args: this.#args(node.arguments) };
      throw new NotIr(`it calls ${name}.${method}`);
    }
    const of = this.value(callee.object);
    if (of.kind === "held") return this.#inline(callee, `${of.name}.${method}`, node.arguments);
    if (method === "split") {
      const separator = separatorOf(node.arguments);
      if (separator === null)
        throw new NotIr("it splits by something else than a string or a simple character class");
      return { kind: "split", of, separator };
    }
    if (method === "map") return this.#each(of, node.arguments);
    if (method === "toLowerCase" && node.arguments.length === 0)
      return { kind: "string", method, of, text: "" };
    if (!isStringTest(method)) throw new NotIr(`it calls .${method}()`);
    const [text, ...more] = this.#args(node.arguments);
    if (more.length > 0 || text?.kind !== "const" || typeof text.value !== "string")
      throw new NotIr(`it calls .${method}() with something else than a constant string`);
    return { kind: "string", method, of, text: text.value };
  }

  /** A captured function's result, as if its body stood here. */
  #inline(callee: Expression, name: string, args: Arguments): Value {
    const fn = callee.type === "Identifier" && !this.#isKnown(name) ? null : this.value(callee);
    if (fn?.kind !== "held" || typeof fn.value !== "function") throw new NotIr(`it calls ${name}`);
    const values = args.map((arg) => {
      if (arg.type === "SpreadElement") throw new NotIr("it spreads arguments");
      return this.value(arg);
    });
    if (this.#run.depth === MAX_DEPTH) throw new NotIr(`it calls ${name}, which calls itself`);
    this.#run.depth++;
    try {
      const result = this.#run.call(fn.value, values);
      if (result === null) throw new NotIr("nothing is known of it");
      return result;
    } catch (error) {
      throw error instanceof NotIr ? new NotIr(`it calls ${name}, and ${error.message}`) : error;
    } finally {
      this.#run.depth--;
    }
  }

  /** `list.map((item) => body)` with the function written on the spot. */
  #each(list: Expr, [fn, ...rest]: Arguments): Expr {
    if (fn?.type !== "ArrowFunctionExpression" || rest.length > 0 || fn.params.length > 1 || fn.async)
      throw new NotIr("it calls .map() with something else than a function of the item");
    if (fn.body.type === "BlockStatement") throw new NotIr("it calls .map() with a function of statements");
    const { body } = fn;
    const { evaluated } = this.#run;
    const before = evaluated.length;
    const made = this.scope.within([], () => {
      if (fn.params.length > 0) this.bind(fn.params[0], { kind: "item" });
      return this.expr(body);
    });
    const used = partsOf(made);
    // What is made of an item means nothing outside.
    for (const part of evaluated.splice(before))
      if (!dependsOn(part, "item")) evaluated.push(part);
      else if (part.kind !== "item" && !used.has(part))
        throw new NotIr("it does not use all that it makes of an item");
    if (made.kind === "each") throw new NotIr("it makes lists of lists");
    return { kind: "each", list, body: made };
  }

  #args(nodes: Arguments): Expr[] {
    return nodes.map((arg) => {
      if (arg.type === "SpreadElement") throw new NotIr("it spreads arguments");
      return this.expr(arg);
    });
  }
}

export function words(type: string): string {
  return type.replace(/(?<=.)[A-Z]/g, (c) => ` ${c.toLowerCase()}`).toLowerCase();
}
