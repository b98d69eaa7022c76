/** The free variables of a function's syntax tree: names that it reads or writes and does not declare. */
import type { AnyNode, Function as FunctionNode, Pattern } from "acorn";
import { children, declare } from "./syntax.ts";

export interface FreeVariables {
  readonly names: ReadonlySet<string>;
  /** Names that are only ever used as `name.member`, with those members. */
  readonly members: ReadonlyMap<string, ReadonlySet<string>>;
  readonly usesThis: boolean;
}

export function freeVariables(root: AnyNode): FreeVariables {
  const names = new Set<string>();
  const members = new Map<string, Set<string>>();
  const whole = new Set<string>();
  let usesThis = false;
  const bound: Set<string>[] = [];
  const isBound = (name: string): boolean => bound.some((scope) => scope.has(name));

  const reference = (name: string, member: string | null): void => {
    if (isBound(name)) return;
    names.add(name);
    if (member === null) whole.add(name);
    else {
      const known = members.get(name) ?? new Set();
      known.add(member);
      members.set(name, known);
    }
  };

  const visitFunction = (node: FunctionNode, ownThis: boolean): void => {
    const scope = new Set<string>(["arguments"]);
    if (node.type === "ArrowFunctionExpression") scope.delete("arguments");
    if (node.type === "FunctionExpression" && node.id) scope.add(node.id.name);
    for (const param of node.params) declare(param, scope);
    if (node.body.type === "BlockStatement") hoist(node.body.body, scope);
    bound.push(scope);
    const inner = ownThis && node.type !== "ArrowFunctionExpression";
    for (const param of node.params) visitPattern(param, inner);
    visit(node.body, inner);
    bound.pop();
  };

  const visitPattern = (node: Pattern | AnyNode, own: boolean): void => {
    switch (node.type) {
      case "AssignmentPattern":
        visitPattern(node.left, own);
        visit(node.right, own);
        break;
      case "ArrayPattern":
        for (const item of node.elements) if (item !== null) visitPattern(item, own);
        break;
      case "ObjectPattern":
        for (const property of node.properties)
          if (property.type === "RestElement") visitPattern(property.argument, own);
          else {
            if (property.computed) visit(property.key, own);
            visitPattern(property.value, own);
          }
        break;
      case "RestElement":
        visitPattern(node.argument, own);
        break;
      default:
        visit(node as AnyNode, own);
    }
  };

  /** `own`: a `this` here belongs to a function inside the root. */
  const visit = (node: AnyNode, own: boolean): void => {
    switch (node.type) {
      case "Identifier":
        reference(node.name, null);
        return;
      case "ThisExpression":
        if (!own) usesThis = true;
        return;
      case "FunctionDeclaration":
      case "FunctionExpression":
      case "ArrowFunctionExpression":
        visitFunction(node, own || node.type !== "ArrowFunctionExpression");
        return;
      case "MemberExpression":
        if (node.object.type === "Identifier" && !node.computed && node.property.type === "Identifier")
          reference(node.object.name, node.property.name);
        else visit(node.object, own);
        if (node.computed) visit(node.property as AnyNode, own);
        return;
      case "Property":
      case "PropertyDefinition":
      case "MethodDefinition":
        if (node.computed) visit(node.key as AnyNode, own);
        if (node.value) visit(node.value as AnyNode, node.type === "PropertyDefinition" ? true : own);
        return;
      case "LabeledStatement":
        visit(node.body, own);
        return;
      case "BreakStatement":
      case "ContinueStatement":
      case "MetaProperty":
        return;
      case "VariableDeclarator":
        visitPattern(node.id, own);
        if (node.init) visit(node.init, own);
        return;
      case "ClassDeclaration":
      case "ClassExpression": {
        if (node.superClass) visit(node.superClass, own);
        bound.push(new Set(node.id ? [node.id.name] : []));
        for (const member of node.body.body) visit(member as AnyNode, true);
        bound.pop();
        return;
      }
      case "CatchClause": {
        const scope = new Set<string>();
        if (node.param) declare(node.param, scope);
        bound.push(scope);
        visit(node.body, own);
        bound.pop();
        return;
      }
      case "BlockStatement":
      case "Program":
      case "StaticBlock":
      case "ForStatement":
      case "ForInStatement":
      case "ForOfStatement":
      case "SwitchStatement": {
        const scope = new Set<string>();
        lexical(node, scope);
        bound.push(scope);
        children(node, (child) => visit(child, own));
        bound.pop();
        return;
      }
      default:
        children(node, (child) => visit(child, own));
    }
  };

  visit(root, false);
  for (const name of whole) members.delete(name);
  return { names, members, usesThis };
}

/** let, const, class and function declarations directly in a block or a loop's head. */
function lexical(node: AnyNode, into: Set<string>): void {
  const statements: AnyNode[] = [];
  if (node.type === "SwitchStatement") for (const c of node.cases) statements.push(...c.consequent);
  else if (node.type === "ForStatement" && node.init) statements.push(node.init);
  else if (node.type === "ForInStatement" || node.type === "ForOfStatement")
    statements.push(node.left as AnyNode);
  else if ("body" in node && Array.isArray(node.body)) statements.push(...(node.body as AnyNode[]));
  for (const statement of statements) {
    if (statement.type === "VariableDeclaration")
      for (const { id } of statement.declarations) declare(id, into);
    else if (
      (statement.type === "FunctionDeclaration" || statement.type === "ClassDeclaration") &&
      statement.id
    )
      into.add(statement.id.name);
  }
}

/** var declarations anywhere in a function's body, not in functions inside it. */
function hoist(statements: readonly AnyNode[], into: Set<string>): void {
  for (const statement of statements) {
    if (
      statement.type === "FunctionDeclaration" ||
      statement.type === "FunctionExpression" ||
      statement.type === "ArrowFunctionExpression" ||
      statement.type === "ClassDeclaration" ||
      statement.type === "ClassExpression"
    )
      continue;
    if (statement.type === "VariableDeclaration" && statement.kind === "var")
      for (const { id } of statement.declarations) declare(id, into);
    children(statement, (child) => hoist([child], into));
  }
}
