/** The plan in words: Spark's toDebugString, and what became of each function. */
import type { FunctionSpec } from "../closure/spec.ts";
import { typeName } from "../column/type.ts";
import type { PlanNode } from "../plan/node.ts";
import { StorageLevel, storageLevelString } from "../plan/storage-level.ts";
import { RowTypes } from "./row-types.ts";

/** What is stored of a node. */
type StorageOf = (node: PlanNode) => {
  readonly partitions: number;
  readonly memory: number;
  readonly disk: number;
};

export function debugString(root: PlanNode, storageOf: StorageOf): string {
  const lines: string[] = [];
  // Not by recursion: a lineage may be many thousands of nodes deep.
  const stack: { readonly node: PlanNode; readonly indent: string; readonly branch: string }[] = [
    { node: root, indent: "", branch: "" },
  ];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { node, indent, branch } = top;
    const { storageLevel } = node;
    const level = storageLevel === StorageLevel.NONE ? "" : ` [${storageLevelString(storageLevel)}]`;
    lines.push(
      `${indent}${branch}(${node.numPartitions}) ${node.name ?? node.label}[${node.id}] at ${node.callSite}${level}`,
    );
    const { partitions, memory, disk } = storageOf(node);
    if (partitions > 0)
      lines.push(
        `${indent} |  ${" ".repeat(5)}CachedPartitions: ${partitions}; MemorySize: ${bytesString(memory)}; DiskSize: ${bytesString(disk)}`,
      );
    for (const dependency of node.dependencies.toReversed())
      stack.push(
        dependency.kind === "shuffle"
          ? { node: dependency.node, indent: `${indent}   `, branch: "+-" }
          : { node: dependency.node, indent, branch: " |  " },
      );
  }
  return lines.join("\n");
}

function bytesString(bytes: number): string {
  const power = Math.min(4, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return `${(bytes / 1024 ** power).toFixed(1)} ${["B", "KiB", "MiB", "GiB", "TiB"][power]}`;
}

/**
 * A line a node, parents below: what it does, and for each function whether it was compiled, and if not, why. "compiled for columns" says that
 * the types of the rows show only when the job runs.
 */
export function explainString(root: PlanNode): string {
  const seen = new Set<PlanNode>();
  const types = new RowTypes();
  const lines: string[] = [];
  const stack = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    lines.push(`${node.callSite}: ${describe(node, types)}`);
    for (const { node: parent } of node.dependencies) stack.push(parent);
  }
  return lines.join("\n");
}

function describe(node: PlanNode, types: RowTypes): string {
  const { operator } = node;
  const type = types.of(node);
  const rows = type === null ? "" : `, rows of ${typeName(type)}`;
  if (operator.kind === "combine") {
    const { kind, mergeValue } = operator.combiner;
    if (kind !== null)
      return `combined by the ${typeof kind === "string" ? `${kind} kernel` : `kernels ${kind.join(", ")}`} where keys and values are columns${rows}`;
    return `combined by JavaScript, because ${reasonOf(mergeValue)}${rows}`;
  }
  if (!("fn" in operator)) return `${operator.kind}${rows}`;
  if (operator.fn.kind === "builtin" && !callsUser(operator.fn))
    return `built in (${operator.fn.name})${rows}`;
  const obstacle = types.obstacle(node);
  if (obstacle !== null) return `JavaScript, because ${obstacle}`;
  return type === null ? "compiled for columns" : `compiled${rows}`;
}

/** Whether the user's function is inside. */
function callsUser(spec: FunctionSpec): boolean {
  return spec.kind === "closure" || spec.args.some((arg) => arg.kind !== "value" && callsUser(arg));
}

function reasonOf(spec: FunctionSpec): string {
  if (spec.kind === "builtin") return `${spec.name} is built in`;
  return spec.meaning.kind === "ir" ? "no kernel computes this function" : spec.meaning.reason;
}
