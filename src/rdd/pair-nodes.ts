/** Plan nodes of keyed operations: what is in place already is read as it is, the rest is shuffled. */
import { type Combiner, type Dependency, type JoinKind, narrow, PlanNode, shuffle } from "../plan/node.ts";
import { HashPartitioner, type Partitioner, samePartitioner } from "../plan/partitioner.ts";

export function pairDependency(
  node: PlanNode,
  partitioner: Partitioner,
  callSite: string,
  kind: "byKey" | "toSort" = "byKey",
): Dependency {
  return samePartitioner(node.partitioner, partitioner)
    ? narrow(node)
    : shuffle(node, partitioner, { kind }, callSite);
}

/**
 * Spark's choice: the largest partitioner that an input already has, if it is big enough (within a factor of ten of the most
 * partitions, or no smaller than the default), else hashing into `parallelism` or the most partitions of an input.
 */
export function defaultPartitioner(nodes: readonly PlanNode[], parallelism: string | undefined): Partitioner {
  const most = Math.max(1, ...nodes.map((node) => node.numPartitions));
  const wanted = parallelism === undefined ? most : Number(parallelism);
  let largest: Partitioner | null = null;
  for (const { partitioner } of nodes)
    if (partitioner !== null && partitioner.numPartitions > (largest?.numPartitions ?? 0))
      largest = partitioner;
  if (
    largest !== null &&
    (Math.log10(most) - Math.log10(largest.numPartitions) < 1 || wanted <= largest.numPartitions)
  )
    return largest;
  return new HashPartitioner(wanted);
}

export function combineNode(
  node: PlanNode,
  combiner: Combiner,
  partitioner: Partitioner,
  mapSide: boolean,
  callSite: string,
): PlanNode {
  const dependency = samePartitioner(node.partitioner, partitioner)
    ? narrow(node)
    : shuffle(node, partitioner, mapSide ? { kind: "combined", combiner } : { kind: "byKey" }, callSite);
  return new PlanNode({
    operator: { kind: "combine", combiner },
    dependencies: [dependency],
    partitioner,
    numPartitions: partitioner.numPartitions,
    label: "ShuffledRDD",
    callSite,
  });
}

export function joinNode(
  how: JoinKind,
  left: PlanNode,
  right: PlanNode,
  partitioner: Partitioner,
  callSite: string,
): PlanNode {
  return new PlanNode({
    operator: { kind: "join", how },
    dependencies: [pairDependency(left, partitioner, callSite), pairDependency(right, partitioner, callSite)],
    partitioner,
    numPartitions: partitioner.numPartitions,
    label: how === "anti" ? "SubtractedRDD" : "CoGroupedRDD",
    callSite,
  });
}
