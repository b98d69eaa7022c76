/**
 * The reduce side of a shuffle: slices of the map outputs in map order, at no copy, and rows grouped
 * and cogrouped by key; `sort.ts`, `combine.ts` and `join.ts` make more of them.
 */
import { type Chunk, decode } from "../column/chunk.ts";
import type { Column } from "../column/column.ts";
import { columnBytes } from "../column/concat.ts";
import { keyOf } from "../column/equality.ts";
import { sliceColumn } from "../column/slice.ts";
import type { Keeper } from "../storage/keeper.ts";
import type { MapOutput } from "./map-output.ts";
import { asPair } from "./pairs.ts";
import type { ShuffleTask } from "./task.ts";

/** Counts what was read. */
export interface ReadMetrics {
  shuffleRowsRead: number;
  shuffleBytesRead: number;
}

/** The rows of one reduce partition. The slices live as long as the map outputs do; `scratch` holds realigned validity. */
export function readSlices(
  task: ShuffleTask,
  outputs: readonly MapOutput[],
  partition: number,
  scratch: Keeper,
  metrics: ReadMetrics,
): Column[] {
  const slices: Column[] = [];
  for (const output of outputs)
    for (const { column, offsets } of output.pieces) {
      const [from, to] = [offsets[partition], offsets[partition + 1]];
      if (from === to) continue;
      const slice = sliceColumn(task.heap, column, from, to, scratch.arena(column.segment));
      metrics.shuffleRowsRead += to - from;
      metrics.shuffleBytesRead += columnBytes(task.heap, slice);
      slices.push(slice);
    }
  return slices;
}

/** [key, values[]] by first appearance of the key. */
export function groupPairs(task: ShuffleTask, chunks: Iterable<Chunk>): Chunk[] {
  const groups = new Map<unknown, [unknown, unknown[]]>();
  for (const rows of decodeEach(task, chunks))
    for (const row of rows) {
      const [key, value] = asPair(row);
      const identity = typeof key === "object" ? keyOf(key) : key;
      const group = groups.get(identity);
      if (group === undefined) groups.set(identity, [key, [value]]);
      else group[1].push(value);
    }
  return groups.size === 0 ? [] : [[...groups.values()]];
}

/** [key, [values of input 0, values of input 1, ...]], keys by first appearance in the inputs in order. */
export function cogroupPairs(task: ShuffleTask, inputs: readonly Iterable<Chunk>[]): Chunk[] {
  const groups = new Map<unknown, [unknown, unknown[][]]>();
  inputs.forEach((chunks, at) => {
    for (const rows of decodeEach(task, chunks))
      for (const row of rows) {
        const [key, value] = asPair(row);
        const identity = typeof key === "object" ? keyOf(key) : key;
        let group = groups.get(identity);
        if (group === undefined) {
          group = [key, inputs.map(() => [])];
          groups.set(identity, group);
        }
        group[1][at].push(value);
      }
  });
  return groups.size === 0 ? [] : [[...groups.values()]];
}

export function* decodeEach(task: ShuffleTask, chunks: Iterable<Chunk>): Generator<readonly unknown[]> {
  for (const chunk of chunks) {
    yield* decode(task.heap, chunk);
    task.checkCancelled();
  }
}

export function decodeAll(task: ShuffleTask, chunks: Iterable<Chunk>): unknown[] {
  const all: unknown[] = [];
  for (const rows of decodeEach(task, chunks)) for (const row of rows) all.push(row);
  return all;
}
