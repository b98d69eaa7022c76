/**
 * All that a stage reads, held while it runs: map outputs, stored partitions, collections. What is not there is made first, and what is lost
 * or dropped while other things are made is made again.
 */
import { GnistaError } from "../errors.ts";
import type { NodeSpec } from "../executor/protocol.ts";
import type { PlanNode, ShuffleDependency, ShuffleId } from "../plan/node.ts";
import type { MapOutput } from "../shuffle/map-output.ts";
import type { Job } from "./job.ts";
import type { SchedulerParts } from "./scheduler-parts.ts";
import type { ShuffleState } from "./shuffle-registry.ts";
import { shipNodes, stageNodes, stageShuffles } from "./stage.ts";

export interface StageInputs {
  readonly specs: readonly NodeSpec[];
  release(): void;
}

/** `shuffle` sees to it that the outputs of a shuffle are there. */
export async function stageInputs(
  parts: SchedulerParts,
  job: Job,
  node: PlanNode,
  shuffle: (job: Job, dependency: ShuffleDependency) => Promise<ShuffleState>,
): Promise<StageInputs> {
  const { blocks, shuffles } = parts;
  const isStored = (n: PlanNode): boolean => blocks.has(n.id, n.numPartitions);
  for (;;) {
    let nodes = stageNodes(node, isStored);
    await load(parts, job, nodes);
    await Promise.all(stageShuffles(nodes, isStored).map((dependency) => shuffle(job, dependency)));
    job.check();
    nodes = stageNodes(node, isStored);
    const states = new Map<ShuffleId, ShuffleState>();
    for (const dependency of stageShuffles(nodes, isStored))
      states.set(dependency.id, shuffles.state(dependency));
    if ([...states.values()].every(({ outputs }) => !outputs.includes(null)))
      return hold(parts, nodes, states);
  }
}

function hold(
  { blocks, collections, shuffles }: SchedulerParts,
  nodes: readonly PlanNode[],
  states: ReadonlyMap<ShuffleId, ShuffleState>,
): StageInputs {
  // Before anything is pinned: it may fail.
  for (const node of nodes) if (node.operator.kind === "collection") collections.blocks(node);
  const { specs, pinned } = shipNodes(nodes, {
    pin: (n) => blocks.pin(n.id),
    collection: (n) => collections.blocks(n),
    outputs: ({ id }) => states.get(id)!.outputs.slice() as MapOutput[],
  });
  for (const state of states.values()) shuffles.acquire(state);
  return {
    specs,
    release: () => {
      for (const stored of pinned) blocks.unpin(stored);
      for (const state of states.values()) shuffles.release(state);
    },
  };
}

/** Stores the collections that a stage reads, after making room when there is none. */
async function load(
  { collections, reclaim }: SchedulerParts,
  job: Job,
  nodes: readonly PlanNode[],
): Promise<void> {
  for (const node of nodes) {
    if (node.operator.kind !== "collection") continue;
    try {
      collections.blocks(node);
    } catch (error) {
      if (!GnistaError.is(error, "OUT_OF_MEMORY")) throw error;
      await reclaim("memory");
      job.check();
      collections.blocks(node);
    }
  }
}
