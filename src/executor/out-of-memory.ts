/** What an error says when memory is short: what was asked for, what holds the memory, and what to do in this case. */
import type { Heap } from "../memory/heap.ts";
import { outputBytes } from "../shuffle/map-output.ts";
import type { MemoryHolders } from "../storage/memory-holders.ts";
import type { StageSpec } from "./protocol.ts";
import type { CurrentTask } from "./stage-runtime.ts";

/** So many times as much as the mean partition is no chance. */
const SKEWED = 4;
/** Holders of less than this part of the budget are no matter. */
const NOTABLE = 1 / 20;

export function outOfMemory(
  bytes: number,
  { used, limit }: Pick<Heap, "used" | "limit">,
  holders: MemoryHolders,
  task: CurrentTask,
): string {
  const { otherTasks, cached, mapOutputs, collections } = holders;
  const known = otherTasks + cached + mapOutputs + collections;
  const own = holders.task ?? Math.max(0, used - known);
  const parts: readonly (readonly [number, string])[] = [
    [own, "this task"],
    [otherTasks, "other tasks"],
    [cached, "cached data that is protected or in use"],
    [mapOutputs, "map outputs"],
    [collections, "collections of the program"],
    [used - known - own, "results on their way to the program"],
  ];
  const held = parts
    .filter(([size]) => size >= limit * NOTABLE)
    .sort(([a], [b]) => b - a)
    .map(([size, what]) => `${what} ${mebibytes(size)}`);
  const by = held.length === 0 ? "" : `, which is taken by ${held.join(", ")}`;
  return `${mebibytes(bytes)} more do not fit the memory of ${mebibytes(limit)}${by}. ${advice(holders, own, task)}`;
}

/** For the largest of what can be made less. */
function advice(holders: MemoryHolders, own: number, { partition, stage: { spec } }: CurrentTask): string {
  const more = "give the context more with the option memory";
  const { cached, largestCached, collections, mapOutputs, notWritten } = holders;
  if (largestCached !== null && cached > Math.max(own, collections))
    return `Unpersist what is not needed (${largestCached} has most of it), or ${more}`;
  if (notWritten !== null && mapOutputs > own)
    return `The map outputs could not be written to disk (${notWritten}); mend that, or ${more}`;
  if (collections > own) return `Read the rows from files instead of handing them over, or ${more}`;
  const { numPartitions } = spec.nodes[spec.root];
  const times = timesTheMean(spec, partition);
  if (times >= SKEWED)
    return `Partition ${partition} has ${Math.round(times)} times the rows of the mean one: combine the values of its keys before they move (reduceByKey or aggregateByKey, not groupByKey), spread a frequent key over several, or ${more}`;
  return `Use more partitions than ${numPartitions}, or ${more}`;
}

/** How many times as much as the mean partition of its shuffles this one reads; 0 when it reads none. */
function timesTheMean({ nodes, root }: StageSpec, partition: number): number {
  const { numPartitions } = nodes[root];
  let [own, all] = [0, 0];
  for (const node of nodes)
    for (const input of node.inputs)
      if (input.kind === "shuffle" && node.numPartitions === numPartitions) {
        own += outputBytes(input.outputs, partition);
        for (let p = 0; p < numPartitions; p++) all += outputBytes(input.outputs, p);
      }
  return all === 0 ? 0 : (own * numPartitions) / all;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(bytes < 10 << 20 ? 1 : 0)} MiB`;
}
