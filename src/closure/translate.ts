/**
 * JavaScript to IR: the meaning of a function in the numeric, boolean and simple string subset, or the reason why it has none. Only what
 * every target can do bit for bit as V8 does is let through. Statements are run over expressions: variables stand for what they were
 * last assigned, loops over captured arrays are unrolled, and captured functions are called in place.
 */
import type { AnyNode, Expression, Function as FunctionNode, Statement } from "acorn";
import { partsOf } from "../expr/compose.ts";
import { type Expr, isBinaryOp, type Meaning } from "../expr/ir.ts";
import { Expressions, type Run, words } from "./expressions.ts";
import { binary, constantOf, either, NotIr, scalar, type Value } from "./symbolic.ts";
import { declare } from "./syntax.ts";

/** Beyond this many steps a function stays JavaScript: its loop would be too large. */
const MAX_STEPS = 4000;

/** A function that another one captured: its source and its own captured variables. */
export interface KnownFunction {
  readonly node: AnyNode;
  readonly captured: ReadonlyMap<string, unknown>;
}

export function translate(
  node: AnyNode,
  captured: ReadonlyMap<string, unknown>,
  lookup: (fn: Function) => KnownFunction | null = () => null,
): Meaning {
  if (!isPlainFunction(node)) return { kind: "javascript", reason: "it is no plain function" };
  const params = node.params.map((_, index): Expr => ({ kind: "param", index }));
  const run: Run = {
    call(fn, args) {
      const known = lookup(fn);
      return known === null || !isPlainFunction(known.node)
        ? null
        : call(known.node, new Expressions(known.captured, run), args);
    },
    evaluated: [],
    left: MAX_STEPS,
    depth: 0,
  };
  try {
    const body = scalar(call(node, new Expressions(captured, run), params));
    const used = partsOf(body);
    const evaluated = run.evaluated.filter((expr) => !used.has(expr));
    return { kind: "ir", lambda: { params: node.params.length, body, evaluated } };
  } catch (error) {
    if (error instanceof NotIr) return { kind: "javascript", reason: error.message };
    throw error;
  }
}

function isPlainFunction(node: AnyNode): node is AnyNode & FunctionNode {
  return node.type === "ArrowFunctionExpression" || node.type === "FunctionExpression";
}

/** What the function returns for these arguments. */
function call(node: FunctionNode, expressions: Expressions, args: readonly Value[]): Value {
  if (node.async === true || node.generator === true) throw new NotIr("it is async or a generator");
  for (const arg of args) expressions.evaluated(arg);
  node.params.forEach((param, i) => {
    if (args[i] === undefined) throw new NotIr("it is called with too few arguments");
    expressions.bind(param, args[i]);
  });
  return node.body.type === "BlockStatement"
    ? new Statements(expressions).body(node.body.body)
    : expressions.value(node.body);
}

class Statements {
  readonly #of: Expressions;
  /** What is declared const anywhere in the function. */
  readonly #constants = new Set<string>();

  constructor(of: Expressions) {
    this.#of = of;
  }

  /** What a function with this body returns. */
  body(statements: readonly Statement[]): Value {
    for (const statement of statements) check(statement, this.#constants);
    return this.#block(statements, () => {
      throw new NotIr("it can end without a return");
    });
  }

  /** Statements in a scope of their own, then `rest` in the scope around it. */
  #block(statements: readonly Statement[], rest: () => Value): Value {
    const { scope } = this.#of;
    return scope.within(namesOf(statements), () => this.#returned(statements, () => scope.outside(rest)));
  }

  /** What these statements return, or `rest` after them. */
  #returned([first, ...others]: readonly Statement[], rest: () => Value): Value {
    if (first === undefined) return rest();
    const after = (): Value => this.#returned(others, rest);
    if (first.type === "ReturnStatement") {
      if (!first.argument) throw new NotIr("it returns nothing");
      return this.#of.value(first.argument);
    }
    if (!returns(first)) {
      this.#statement(first);
      return after();
    }
    if (first.type === "BlockStatement") return this.#block(first.body, after);
    if (first.type !== "IfStatement") throw new NotIr("it returns from within a loop");
    const branch = (statement: Statement | null | undefined): Value =>
      this.#of.scope.aside(() => this.#block(statementsOf(statement), after));
    const test = this.#of.expr(first.test);
    const known = constantOf(test);
    if (known !== undefined) return branch(known ? first.consequent : first.alternate);
    return either(test, branch(first.consequent), branch(first.alternate));
  }

  #statement(node: Statement): void {
    const { scope } = this.#of;
    this.#of.count();
    switch (node.type) {
      case "EmptyStatement":
        return;
      case "BlockStatement":
        scope.within(namesOf(node.body), () => {
          for (const statement of node.body) this.#statement(statement);
        });
        return;
      case "VariableDeclaration":
        this.#declaration(node);
        return;
      case "ExpressionStatement":
        this.#effect(node.expression);
        return;
      case "IfStatement": {
        const test = this.#of.expr(node.test);
        this.#of.evaluated(test);
        const known = constantOf(test);
        const yes = (): void => this.#statement(node.consequent);
        const no = (): void => {
          if (node.alternate) this.#statement(node.alternate);
        };
        if (known === undefined) scope.branch(yes, no, (a, b) => either(test, a, b));
        else if (known) yes();
        else no();
        return;
      }
      case "ForStatement":
        scope.within(namesOf([node.init]), () => {
          if (node.init?.type === "VariableDeclaration") this.#declaration(node.init);
          else if (node.init) this.#effect(node.init);
          while (node.test ? this.#known(node.test) : true) {
            this.#statement(node.body);
            if (node.update) this.#effect(node.update);
          }
        });
        return;
      case "ForOfStatement": {
        const { left } = node;
        if (left.type !== "VariableDeclaration")
          throw new NotIr("it loops with a variable that is declared elsewhere");
        const names = namesOf([left]);
        const list = scope.within(names, () => this.#of.value(node.right));
        for (const item of this.#of.items(list))
          scope.within(names, () => {
            this.#of.bind(left.declarations[0].id, item);
            this.#statement(node.body);
          });
        return;
      }
      default:
        throw new NotIr(`it has a ${words(node.type)}`);
    }
  }

  #declaration({ declarations }: AnyNode & { readonly type: "VariableDeclaration" }): void {
    for (const { id, init } of declarations) {
      if (!init) throw new NotIr("it declares a variable without a value");
      this.#of.bind(id, this.#of.evaluated(this.#of.value(init)));
    }
  }

  /** `x = y`, `x += y` and `x++`, whose values nobody wants. */
  #effect(node: Expression): void {
    this.#of.count();
    if (node.type === "UpdateExpression" && node.argument.type === "Identifier") {
      // x++ makes a number of x, as x - -1 does and x + 1 does not.
      const step: Expr = { kind: "const", value: node.operator === "++" ? -1 : 1 };
      this.#assign(node.argument.name, binary("-", this.#of.expr(node.argument), step));
    } else if (node.type === "AssignmentExpression" && node.left.type === "Identifier") {
      const op = node.operator.slice(0, -1);
      if (op !== "" && !isBinaryOp(op)) throw new NotIr(`it uses the operator ${node.operator}`);
      const value =
        op === ""
          ? this.#of.value(node.right)
          : binary(op, this.#of.expr(node.left), this.#of.expr(node.right));
      this.#assign(node.left.name, value);
    } else throw new NotIr(`it has a ${words(node.type)}`);
  }

  #assign(name: string, value: Value): void {
    const before = this.#of.scope.get(name);
    if (before === undefined || this.#constants.has(name)) throw new NotIr(`it assigns to ${name}`);
    if (before === null) throw new NotIr(`it uses ${name} before its declaration`);
    this.#of.scope.assign(name, this.#of.evaluated(value));
  }

  /** A test that must be the same for all rows. */
  #known(node: Expression): boolean {
    const value = constantOf(this.#of.expr(node));
    if (value === undefined) throw new NotIr("it loops until something that depends on the row");
    return Boolean(value);
  }
}

/**
 * Declarations that count from the start of the function, wherever they stand, are refused even where no one gets to. Names that are
 * declared const go to `constants`.
 */
function check(node: AnyNode | null | undefined, constants: Set<string>): void {
  switch (node?.type) {
    case undefined:
    case "EmptyStatement":
    case "ExpressionStatement":
    case "ReturnStatement":
      return;
    case "VariableDeclaration":
      if (node.kind !== "const" && node.kind !== "let") throw new NotIr(`it declares a ${node.kind}`);
      if (node.kind === "const") for (const { id } of node.declarations) declare(id, constants);
      return;
    case "BlockStatement":
      for (const statement of node.body) check(statement, constants);
      return;
    case "IfStatement":
      check(node.consequent, constants);
      check(node.alternate, constants);
      return;
    case "ForStatement":
      if (node.init?.type === "VariableDeclaration") check(node.init, constants);
      check(node.body, constants);
      return;
    case "ForOfStatement":
      if (node.left.type === "VariableDeclaration") check(node.left, constants);
      check(node.body, constants);
      return;
    default:
      throw new NotIr(`it has a ${words(node?.type ?? "statement")}`);
  }
}

/** The names that these statements themselves declare. */
function namesOf(statements: readonly (AnyNode | null | undefined)[]): Set<string> {
  const names = new Set<string>();
  for (const statement of statements)
    if (statement?.type === "VariableDeclaration")
      for (const { id } of statement.declarations) declare(id, names);
  return names;
}

function statementsOf(statement: Statement | null | undefined): readonly Statement[] {
  if (!statement) return [];
  return statement.type === "BlockStatement" ? statement.body : [statement];
}

/** Whether there is a return in it. */
function returns(node: AnyNode): boolean {
  switch (node.type) {
    case "ReturnStatement":
      return true;
    case "IfStatement":
      return returns(node.consequent) || (!!node.alternate && returns(node.alternate));
    case "BlockStatement":
      return node.body.some(returns);
    case "ForStatement":
    case "ForOfStatement":
      return returns(node.body);
    default:
      return false;
  }
}
