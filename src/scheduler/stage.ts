/**
 * Cutting the plan into stages: from a node, everything reachable over narrow dependencies, down to shuffles, sources and fully
 * stored partitions. Walks iteratively, so a lineage of many thousands of nodes is no deeper a stack than one of two.
 */
import type { FunctionSpec } from "../closure/spec.ts";
import type { Block } from "../column/block.ts";
import type { InputSpec, NodeSpec, ShippedOperator, StageOutput } from "../executor/protocol.ts";
import type { NodeId, PlanNode, ShuffleDependency } from "../plan/node.ts";
import { RangePartitioner } from "../plan/partitioner.ts";
import type { Preparation } from "../plan/preparation.ts";
import { StorageLevel } from "../plan/storage-level.ts";
import type { MapOutput } from "../shuffle/map-output.ts";
import { columnsCopy, type StoredCopy } from "../storage/stored-copy.ts";

/** The copies of stored partitions. */
export type StoredPartitions = ReadonlyMap<number, readonly StoredCopy[]>;

/** What the stage builder asks about what is stored. */
export interface StoredView {
  pin(node: PlanNode): StoredPartitions;
  collection(node: PlanNode): ReadonlyMap<number, Block>;
  outputs(shuffle: ShuffleDependency): readonly MapOutput[];
}

/** The nodes of one stage, inputs before what reads them; the last is the stage's own node. */
export function stageNodes(root: PlanNode, isStored: (node: PlanNode) => boolean): PlanNode[] {
  const order: PlanNode[] = [];
  const state = new Map<NodeId, "open" | "done">();
  const stack: PlanNode[] = [root];
  while (stack.length > 0) {
    const node = stack[stack.length - 1];
    if (state.get(node.id) === "done") {
      stack.pop();
      continue;
    }
    if (state.get(node.id) === "open") {
      state.set(node.id, "done");
      order.push(node);
      stack.pop();
      continue;
    }
    state.set(node.id, "open");
    if (isStored(node)) continue;
    for (const dependency of node.dependencies)
      if (dependency.kind === "narrow" && state.get(dependency.node.id) === undefined)
        stack.push(dependency.node);
  }
  return order;
}

/** The shuffles that a stage reads. */
export function stageShuffles(
  nodes: readonly PlanNode[],
  isStored: (node: PlanNode) => boolean,
): ShuffleDependency[] {
  const found = new Map<number, ShuffleDependency>();
  for (const node of nodes)
    if (!isStored(node))
      for (const dependency of node.dependencies)
        if (dependency.kind === "shuffle") found.set(dependency.id, dependency);
  return [...found.values()];
}

/** The lineage above `root`, ancestors first, over all kinds of dependencies; of an end, not what it comes from. */
export function lineage(root: PlanNode, isEnd: (node: PlanNode) => boolean = () => false): PlanNode[] {
  const order: PlanNode[] = [];
  const state = new Map<NodeId, "open" | "done">();
  const stack: PlanNode[] = [root];
  while (stack.length > 0) {
    const node = stack[stack.length - 1];
    const seen = state.get(node.id);
    if (seen !== undefined) {
      stack.pop();
      if (seen === "open") {
        state.set(node.id, "done");
        order.push(node);
      }
      continue;
    }
    state.set(node.id, "open");
    if (isEnd(node)) continue;
    for (const { node: parent } of node.dependencies) if (!state.has(parent.id)) stack.push(parent);
  }
  return order;
}

/** What must be done before a job over these nodes can run, in the order of the nodes. */
export function preparations(nodes: readonly PlanNode[]): Preparation[] {
  const found: Preparation[] = [];
  for (const { dependencies, preparation } of nodes) {
    for (const dependency of dependencies)
      if (
        dependency.kind === "shuffle" &&
        dependency.partitioner instanceof RangePartitioner &&
        dependency.partitioner.preparation !== null
      )
        found.push(dependency.partitioner.preparation);
    if (preparation !== null) found.push(preparation);
  }
  return found;
}

export function shipNodes(
  nodes: readonly PlanNode[],
  stored: StoredView,
): { readonly specs: NodeSpec[]; readonly pinned: readonly StoredPartitions[] } {
  const at = new Map(nodes.map((node, i) => [node.id, i]));
  const pinned: StoredPartitions[] = [];
  const specs = nodes.map((node): NodeSpec => {
    const level = node.storageLevel === StorageLevel.NONE ? null : node.storageLevel;
    const copies = new Map<number, readonly StoredCopy[]>();
    // The rows of a collection are in memory already, whether it is persisted or not.
    if (node.operator.kind === "collection")
      for (const [partition, block] of stored.collection(node)) copies.set(partition, [columnsCopy(block)]);
    else if (level !== null) {
      const kept = stored.pin(node);
      pinned.push(kept);
      for (const [partition, of] of kept) copies.set(partition, of);
    }
    const complete = copies.size >= node.numPartitions;
    const inputs = complete
      ? []
      : node.dependencies.map(
          (dependency): InputSpec =>
            dependency.kind === "narrow"
              ? {
                  kind: "node",
                  at: at.get(dependency.node.id)!,
                  numPartitions: dependency.node.numPartitions,
                }
              : {
                  kind: "shuffle",
                  shuffle: dependency.id,
                  outputs: stored.outputs(dependency),
                  combined: dependency.write.kind === "combined" ? dependency.write.combiner : null,
                },
        );
    return {
      id: node.id,
      operator: ship(node, complete),
      inputs,
      numPartitions: node.numPartitions,
      callSite: node.callSite,
      level,
      stored: copies,
    };
  });
  return { specs, pinned };
}

function ship(node: PlanNode, complete: boolean): ShippedOperator {
  const { operator } = node;
  switch (operator.kind) {
    case "collection":
      return { kind: "collection" };
    case "source":
      return { kind: "source", reader: operator.reader, splits: complete ? [] : operator.splits.get() };
    case "coalesce":
      return { kind: "coalesce", groups: operator.groups.get() };
    case "prune":
      return { kind: "prune", keep: operator.keep.get() };
    default:
      return operator;
  }
}

/** The broadcasts and accumulators that the functions of a stage reach. */
export function handlesOf(
  nodes: readonly NodeSpec[],
  output: StageOutput,
): { readonly broadcasts: ReadonlySet<number>; readonly accumulators: ReadonlySet<number> } {
  const broadcasts = new Set<number>();
  const accumulators = new Set<number>();
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    const spec = value as FunctionSpec;
    if (spec.kind === "closure") {
      for (const id of spec.env.broadcasts) broadcasts.add(id);
      for (const id of spec.env.accumulators) accumulators.add(id);
    } else if (spec.kind === "builtin") for (const arg of spec.args) visit(arg);
    else
      for (const field of FUNCTION_FIELDS)
        if (field in value) visit((value as Record<string, unknown>)[field]);
  };
  for (const node of nodes) {
    visit(node.operator);
    for (const input of node.inputs) if (input.kind === "shuffle") visit(input.combined);
  }
  if (output.kind === "action") visit(output.action);
  else {
    visit(output.write);
    visit(output.partitioner);
  }
  return { broadcasts, accumulators };
}

/** Where operators, combiners, partitioners and actions hold functions. */
const FUNCTION_FIELDS = [
  "fn",
  "combiner",
  "createCombiner",
  "mergeValue",
  "mergeCombiners",
  "getPartition",
  "compare",
] as const;
