/**
 * JavaScript to IR: the meaning of a function in the numeric, boolean and simple string subset, or the reason why it has none. Only what
 * every target can do bit for bit as V8 does is let through.
 */
import type { AnyNode, Expression, Function as FunctionNode, Pattern, Statement } from "acorn";
import type { BinaryOp, Expr, Meaning, StringMethod } from "../expr/ir.ts";
import { declare } from "./free-variables.ts";
import { separatorOf } from "./separator.ts";

class NotIr extends Error {}

/** Functions of Math that all targets compute exactly as V8 does. */
const MATH: ReadonlySet<string> = new Set([
  "abs",
  "min",
  "max",
  "floor",
  "ceil",
  "trunc",
  "sqrt",
  "sign",
  "fround",
  "imul",
  "round",
]);
const BINARY: ReadonlySet<string> = new Set([
  "+",
  "-",
  "*",
  "/",
  "%",
  "&",
  "|",
  "^",
  "<<",
  ">>",
  ">>>",
  "<",
  "<=",
  ">",
  ">=",
  "===",
  "!==",
]);
const STRING_METHODS: ReadonlySet<string> = new Set(["toLowerCase", "startsWith", "endsWith", "includes"]);
/** Beyond this many nodes a function stays JavaScript: substitution could blow it up. */
const MAX_NODES = 2000;

export function translate(node: AnyNode, captured: ReadonlyMap<string, unknown>): Meaning {
  if (node.type !== "ArrowFunctionExpression" && node.type !== "FunctionExpression")
    return { kind: "javascript", reason: "it is no plain function" };
  try {
    const translator = new Translator(captured);
    return { kind: "ir", lambda: { params: node.params.length, body: translator.lambda(node) } };
  } catch (error) {
    if (error instanceof NotIr) return { kind: "javascript", reason: error.message };
    throw error;
  }
}

class Translator {
  readonly #captured: ReadonlyMap<string, unknown>;
  /** What names mean here; null is a name that is declared below. */
  #scope = new Map<string, Expr | null>();
  #nodes = 0;

  constructor(captured: ReadonlyMap<string, unknown>) {
    this.#captured = captured;
  }

  lambda(node: FunctionNode): Expr {
    if (node.async === true || node.generator === true) throw new NotIr("it is async or a generator");
    node.params.forEach((param, index) => this.#bind(param, { kind: "param", index }));
    if (node.body.type !== "BlockStatement") return this.#expr(node.body);
    checkStatements(node.body.body);
    return this.#block(node.body.body, () => {
      throw new NotIr("it can end without a return");
    });
  }

  #bind(pattern: Pattern, value: Expr): void {
    switch (pattern.type) {
      case "Identifier":
        this.#scope.set(pattern.name, value);
        return;
      case "ArrayPattern":
        pattern.elements.forEach((item, i) => {
          if (item !== null) this.#bind(item, get(value, i));
        });
        return;
      case "ObjectPattern":
        for (const property of pattern.properties) {
          if (property.type !== "Property" || property.computed || property.key.type !== "Identifier")
            throw new NotIr("a parameter pattern is computed or has a rest");
          this.#bind(property.value, get(value, property.key.name));
        }
        return;
      default:
        throw new NotIr("a parameter has a default or a rest");
    }
  }

  /** Statements in a scope of their own, then `rest` in the scope around it. */
  #block(statements: readonly Statement[], rest: () => Expr): Expr {
    const outer = this.#scope;
    this.#scope = new Map(outer);
    for (const statement of statements)
      if (statement.type === "VariableDeclaration")
        for (const name of namesOf(statement)) this.#scope.set(name, null);
    const value = this.#statements(statements, () => {
      const inner = this.#scope;
      this.#scope = new Map(outer);
      const after = rest();
      this.#scope = inner;
      return after;
    });
    this.#scope = outer;
    return value;
  }

  #statements(statements: readonly Statement[], rest: () => Expr): Expr {
    const [first, ...others] = statements;
    switch (first?.type) {
      case undefined:
        return rest();
      case "VariableDeclaration":
        // Assignments are not translated, so a let is a const.
        for (const { id, init } of first.declarations) {
          if (!init) throw new NotIr("it declares a variable without a value");
          this.#bind(id, this.#expr(init));
        }
        return this.#statements(others, rest);
      case "ReturnStatement":
        if (!first.argument) throw new NotIr("it returns nothing");
        return this.#expr(first.argument);
      case "IfStatement": {
        const after = (): Expr => this.#statements(others, rest);
        const branch = (statement: Statement): Expr =>
          this.#block(statement.type === "BlockStatement" ? statement.body : [statement], after);
        return {
          kind: "cond",
          test: this.#expr(first.test),
          yes: branch(first.consequent),
          no: first.alternate ? branch(first.alternate) : this.#block([], after),
        };
      }
      default:
        throw new NotIr(`it has a ${words(first.type)}`);
    }
  }

  #expr(node: Expression | AnyNode): Expr {
    if (++this.#nodes > MAX_NODES) throw new NotIr("it is too large");
    switch (node.type) {
      case "ParenthesizedExpression":
        return this.#expr(node.expression);
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
          return { kind: "unary", op: node.operator, arg: this.#expr(node.argument) };
        throw new NotIr(`it uses the operator ${node.operator}`);
      case "BinaryExpression":
        if (!BINARY.has(node.operator)) throw new NotIr(`it uses the operator ${node.operator}`);
        return {
          kind: "binary",
          op: node.operator as BinaryOp,
          left: this.#expr(node.left as Expression),
          right: this.#expr(node.right),
        };
      case "LogicalExpression":
        if (node.operator === "??") throw new NotIr("it uses the operator ??");
        return {
          kind: "logical",
          op: node.operator,
          left: this.#expr(node.left),
          right: this.#expr(node.right),
        };
      case "ConditionalExpression":
        return {
          kind: "cond",
          test: this.#expr(node.test),
          yes: this.#expr(node.consequent),
          no: this.#expr(node.alternate),
        };
      case "ArrayExpression":
        return {
          kind: "tuple",
          items: node.elements.map((item) => {
            if (item === null || item.type === "SpreadElement")
              throw new NotIr("it builds an array with a hole or a spread");
            return this.#expr(item);
          }),
        };
      case "ObjectExpression":
        return {
          kind: "record",
          fields: node.properties.map((property) => {
            if (
              property.type !== "Property" ||
              property.computed ||
              property.kind !== "init" ||
              property.method
            )
              throw new NotIr("it builds an object with a computed key, a spread or a method");
            const name =
              property.key.type === "Identifier"
                ? property.key.name
                : property.key.type === "Literal"
                  ? String(property.key.value)
                  : "";
            // Integer-like keys are moved to the front by JavaScript; __proto__ is no field.
            if (name === "" || name === "__proto__" || /^\d+$/.test(name))
              throw new NotIr("it builds an object with an unusual key");
            return { name, value: this.#expr(property.value) };
          }),
        };
      case "MemberExpression":
        return this.#member(node);
      case "CallExpression":
        return this.#call(node);
      default:
        throw new NotIr(`it has a ${words(node.type)}`);
    }
  }

  #name(name: string): Expr {
    const local = this.#scope.get(name);
    if (local === null) throw new NotIr(`it uses ${name} before its declaration`);
    if (local !== undefined) return local;
    if (this.#captured.has(name)) return this.#constant(name, this.#captured.get(name));
    switch (name) {
      case "NaN":
        return { kind: "const", value: Number.NaN };
      case "Infinity":
        return { kind: "const", value: Number.POSITIVE_INFINITY };
      default:
        throw new NotIr(`it uses ${name}`);
    }
  }

  #constant(name: string, value: unknown): Expr {
    if (typeof value === "number" || typeof value === "boolean") return { kind: "capture", name, value };
    if (typeof value === "string") return { kind: "const", value };
    throw new NotIr(
      `it uses the captured variable ${name}, which is ${value === null ? "null" : `a ${Array.isArray(value) ? "n array" : typeof value}`}`.replace(
        "a n ",
        "an ",
      ),
    );
  }

  #member(node: AnyNode & { readonly type: "MemberExpression" }): Expr {
    if (node.optional === true) throw new NotIr("it uses ?.");
    const key = this.#key(node);
    if (node.object.type === "Identifier" && !this.#scope.has(node.object.name)) {
      const { name } = node.object;
      if (name === "Math" && !this.#captured.has(name) && typeof key === "string") {
        const value = (Math as unknown as Record<string, unknown>)[key];
        if (typeof value === "number") return { kind: "const", value };
      }
      const held = this.#captured.get(name);
      // A plain object's own field is a constant as much as a variable is; getters and proxies are not.
      if (typeof held === "object" && held !== null && Object.getPrototypeOf(held) === Object.prototype) {
        const field = Object.getOwnPropertyDescriptor(held, String(key));
        if (field !== undefined && "value" in field)
          return this.#constant(`${name}.${String(key)}`, field.value);
      }
      throw new NotIr(`it reads ${name}.${String(key)}`);
    }
    const of = this.#expr(node.object as Expression);
    if (key === "length") return { kind: "string", method: "length", of, args: [] };
    return get(of, key);
  }

  #key(node: AnyNode & { readonly type: "MemberExpression" }): string | number {
    if (!node.computed && node.property.type === "Identifier") return node.property.name;
    if (
      node.property.type === "Literal" &&
      (typeof node.property.value === "number" || typeof node.property.value === "string")
    )
      return node.property.value;
    throw new NotIr("it reads a computed key");
  }

  #call(node: AnyNode & { readonly type: "CallExpression" }): Expr {
    const { callee } = node;
    if (node.optional === true) throw new NotIr("it uses ?.");
    if (callee.type !== "MemberExpression" || callee.computed || callee.property.type !== "Identifier")
      throw new NotIr(`it calls ${callee.type === "Identifier" ? callee.name : "a function"}`);
    const method = callee.property.name;
    if (callee.object.type === "Identifier" && !this.#scope.has(callee.object.name)) {
      const { name } = callee.object;
      if (name === "Math" && !this.#captured.has(name) && MATH.has(method)) {
        const args = this.#args(node.arguments);
        const arity = method === "min" || method === "max" || method === "imul" ? 2 : 1;
        if (args.length === arity) return { kind: "call", fn: `Math.${method}`, args };
      }
      throw new NotIr(`it calls ${name}.${method}`);
    }
    const of = this.#expr(callee.object as Expression);
    if (method === "split") {
      const separator = separatorOf(node.arguments);
      if (separator === null)
        throw new NotIr("it splits by something else than a string or a simple character class");
      return { kind: "split", of, separator };
    }
    if (!STRING_METHODS.has(method)) throw new NotIr(`it calls .${method}()`);
    const args = this.#args(node.arguments);
    if (
      method === "toLowerCase"
        ? args.length !== 0
        : args.length !== 1 || args[0].kind !== "const" || typeof args[0].value !== "string"
    )
      throw new NotIr(`it calls .${method}() with something else than a constant string`);
    return { kind: "string", method: method as StringMethod, of, args };
  }

  #args(nodes: readonly (Expression | { readonly type: "SpreadElement" })[]): Expr[] {
    return nodes.map((arg) => {
      if (arg.type === "SpreadElement") throw new NotIr("it spreads arguments");
      return this.#expr(arg);
    });
  }
}

/** Declarations that count from the start of the function, wherever they stand, are refused even where no one gets to. */
function checkStatements(statements: readonly Statement[]): void {
  for (const statement of statements)
    switch (statement.type) {
      case "VariableDeclaration":
        if (statement.kind !== "const" && statement.kind !== "let")
          throw new NotIr(`it declares a ${statement.kind}`);
        break;
      case "IfStatement":
        checkStatements(
          statement.alternate ? [statement.consequent, statement.alternate] : [statement.consequent],
        );
        break;
      case "BlockStatement":
        checkStatements(statement.body);
        break;
      case "ReturnStatement":
        break;
      default:
        throw new NotIr(`it has a ${words(statement.type)}`);
    }
}

function namesOf({
  declarations,
}: {
  readonly declarations: readonly { readonly id: Pattern }[];
}): Set<string> {
  const names = new Set<string>();
  for (const { id } of declarations) declare(id, names);
  return names;
}

function get(of: Expr, key: number | string): Expr {
  if (of.kind === "tuple" && typeof key === "number" && key < of.items.length) return of.items[key];
  if (of.kind === "record") {
    const field = of.fields.find(({ name }) => name === key);
    if (field !== undefined) return field.value;
  }
  return { kind: "get", of, key };
}

function words(type: string): string {
  return type.replace(/(?<=.)[A-Z]/g, (c) => ` ${c.toLowerCase()}`).toLowerCase();
}
