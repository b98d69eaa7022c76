/** What walks of syntax trees share: the nodes in a node, and the names that a pattern binds. */
import type { AnyNode, Pattern } from "acorn";

/** Calls `each` with the nodes directly in this one. */
export function children(node: AnyNode, each: (child: AnyNode) => void): void {
  for (const value of Object.values(node) as unknown[]) {
    if (Array.isArray(value)) {
      for (const item of value) if (isNode(item)) each(item);
    } else if (isNode(value)) each(value);
  }
}

function isNode(value: unknown): value is AnyNode {
  return (
    typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string"
  );
}

/** Adds the names that a pattern binds. */
export function declare(pattern: Pattern, into: Set<string>): void {
  switch (pattern.type) {
    case "Identifier":
      into.add(pattern.name);
      break;
    case "ArrayPattern":
      for (const item of pattern.elements) if (item !== null) declare(item, into);
      break;
    case "ObjectPattern":
      for (const property of pattern.properties)
        declare(property.type === "RestElement" ? property.argument : property.value, into);
      break;
    case "AssignmentPattern":
      declare(pattern.left, into);
      break;
    case "RestElement":
      declare(pattern.argument, into);
      break;
  }
}
