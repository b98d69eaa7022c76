/** Whether a function always returns an array or object literal, from its source. */
import type { AnyNode, Expression } from "acorn";
import { commonLiteral, type Literal } from "../expr/literal.ts";
import { children } from "./syntax.ts";

/** Null when some return gives something else, or nothing. */
export function returnedLiteral(node: AnyNode): Literal | null {
  if (node.type !== "ArrowFunctionExpression" && node.type !== "FunctionExpression") return null;
  if (node.async === true || node.generator === true) return null;
  if (node.body.type !== "BlockStatement") return literalOf(node.body);
  const returned: (Literal | null)[] = [];
  for (const statement of node.body.body) collect(statement, returned);
  const last = node.body.body.at(-1);
  // Nothing is known of a function that may run off its end.
  if (last?.type !== "ReturnStatement" || returned.length === 0) return null;
  return returned.reduce(commonLiteral);
}

/** The returns of this function, not of those inside it. */
function collect(node: AnyNode, into: (Literal | null)[]): void {
  if (node.type === "ReturnStatement") {
    into.push(node.argument ? literalOf(node.argument) : null);
    return;
  }
  if (/Function|Class/.test(node.type)) return;
  children(node, (child) => collect(child, into));
}

function literalOf(node: Expression): Literal | null {
  switch (node.type) {
    case "ParenthesizedExpression":
      return literalOf(node.expression);
    case "ConditionalExpression":
      return commonLiteral(literalOf(node.consequent), literalOf(node.alternate));
    case "ArrayExpression": {
      const items: (Literal | null)[] = [];
      for (const item of node.elements) {
        if (item === null || item.type === "SpreadElement") return null;
        items.push(literalOf(item));
      }
      return { kind: "array", items };
    }
    case "ObjectExpression": {
      const names: string[] = [];
      const items: (Literal | null)[] = [];
      for (const property of node.properties) {
        if (property.type !== "Property" || property.computed || property.kind !== "init" || property.method)
          return null;
        const { key } = property;
        const name = key.type === "Identifier" ? key.name : key.type === "Literal" ? String(key.value) : "";
        // Integer-like names come first whatever the source says, __proto__ is no field, a repeated name is one field.
        if (name === "" || name === "__proto__" || /^\d+$/.test(name) || names.includes(name)) return null;
        names.push(name);
        items.push(literalOf(property.value));
      }
      return { kind: "object", names, items };
    }
    default:
      return null;
  }
}
