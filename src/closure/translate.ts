/** JavaScript to IR: the meaning of a function in the numeric, boolean and simple string subset, or the reason why it has none. */
import type { AnyNode } from "acorn";
import type { Meaning } from "../expr/ir.ts";

export function translate(node: AnyNode, _captured: ReadonlyMap<string, unknown>): Meaning {
  return { kind: "javascript", reason: `${node.type} is outside the compiled subset` };
}
