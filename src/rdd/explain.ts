/** The plan in words: Spark's toDebugString, and what became of each function. */
import type { FunctionSpec } from "../closure/spec.ts";
import type { PlanNode } from "../plan/node.ts";
import { StorageLevel } from "../plan/storage-level.ts";

export function debugString(root: PlanNode): string {
  const lines: string[] = [];
  const visit = (node: PlanNode, indent: string, branch: string): void => {
    const level =
      node.storageLevel === StorageLevel.NONE
        ? ""
        : ` [${node.storageLevel.useDisk ? "Disk " : ""}${node.storageLevel.useMemory ? "Memory " : ""}${node.storageLevel.deserialized ? "Deserialized " : "Serialized "}${node.storageLevel.replication}x Replicated]`;
    lines.push(
      `${indent}${branch}(${node.numPartitions}) ${node.name ?? node.label}[${node.id}] at ${node.callSite}${level}`,
    );
    for (const dependency of node.dependencies)
      visit(
        dependency.node,
        dependency.kind === "shuffle" ? `${indent}   ` : indent,
        dependency.kind === "shuffle" ? "+-" : " |  ",
      );
  };
  visit(root, "", "");
  return lines.join("\n");
}

export function explainString(root: PlanNode): string {
  const seen = new Set<PlanNode>();
  const lines: string[] = [];
  const stack = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    const functions = functionsOf(node);
    lines.push(
      `${node.callSite}: ${functions.length === 0 ? node.operator.kind : functions.map(meaning).join("; ")}`,
    );
    for (const { node: parent } of node.dependencies) stack.push(parent);
  }
  return lines.join("\n");
}

function functionsOf(node: PlanNode): FunctionSpec[] {
  const { operator } = node;
  if ("fn" in operator) return [operator.fn];
  if (operator.kind === "combine")
    return operator.combiner.kind === null ? [operator.combiner.mergeValue] : [operator.combiner.mergeValue];
  return [];
}

function meaning(spec: FunctionSpec): string {
  if (spec.kind === "builtin") return `built in (${spec.name})`;
  return spec.meaning.kind === "ir" ? "compiled" : `JavaScript, because ${spec.meaning.reason}`;
}
