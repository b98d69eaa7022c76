/**
 * The map side of a shuffle: rows, combined first where the dependency says so, are permuted into partition order by the
 * partition kernel and left in shared memory. One pass over the data; a piece a chunk, or one piece when combined.
 */
import { buildColumn } from "../column/builder.ts";
import type { Chunk } from "../column/chunk.ts";
import type { Column } from "../column/column.ts";
import { nonNegativeMod } from "../column/hash-value.ts";
import { readColumn } from "../column/reader.ts";
import { type Partitioned, partitionByHash, partitionByIndex } from "../kernels/partition.ts";
import { partitionByRange } from "../kernels/range-partition.ts";
import { canSort } from "../kernels/sort.ts";
import type { Arena } from "../memory/arena.ts";
import type { SegmentId } from "../memory/segment.ts";
import type { ShuffleWrite } from "../plan/node.ts";
import { checkPartition, type PartitionerSpec, RangePartitioner } from "../plan/partitioner.ts";
import { Keeper } from "../storage/keeper.ts";
import { combineByKey } from "./combine.ts";
import { combineForShuffle } from "./combine-for-shuffle.ts";
import type { MapOutput, MapTask } from "./map-output.ts";
import { MapOutputBuilder } from "./map-output-builder.ts";
import { buildPairs } from "./pairs.ts";
import { keysOf, type Place, placeColumns } from "./place-columns.ts";
import type { AnyFunction, ShuffleTask } from "./task.ts";

export function writeShuffle(
  task: ShuffleTask,
  chunks: Iterable<Chunk>,
  input: Keeper,
  write: ShuffleWrite,
  partitioner: PartitionerSpec,
  from: MapTask | null,
): MapOutput {
  const output = new MapOutputBuilder(task, partitioner.numPartitions, from);
  const combined = new Keeper(task.heap);
  try {
    if (write.kind === "combined" && partitioner.kind === "hash")
      combineForShuffle(task, chunks, write.combiner, input, output);
    else {
      const next = (segment?: SegmentId): Arena => {
        combined.release();
        return combined.arena(segment);
      };
      const source =
        write.kind === "combined" ? combineByKey(task, chunks, write.combiner, false, input, next) : chunks;
      const place = placement(task, write, partitioner, from?.mapPartition ?? 0);
      const build = write.kind === "roundRobin" ? buildColumn : buildPairs;
      placeColumns(task, source, input, build, place, output);
    }
    return output.finish();
  } finally {
    output.release();
    combined.release();
    input.release();
  }
}

function placement(
  task: ShuffleTask,
  write: ShuffleWrite,
  partitioner: PartitionerSpec,
  mapPartition: number,
): Place {
  const n = partitioner.numPartitions;
  if (write.kind === "roundRobin") return roundRobin(task, n, mapPartition);
  switch (partitioner.kind) {
    case "hash":
      return (column, out) => partitionByHash(task.compute, column, keysOf(column), n, out);
    case "range": {
      const byValue = new RangePartitioner(partitioner.bounds, partitioner.ascending);
      const { bounds, ascending } = partitioner;
      const range = write.kind === "toSort" ? partitioner : { bounds, ascending };
      return (column, out) => {
        const keys = keysOf(column);
        return bounds.length === 0 || canSort(keys.type)
          ? partitionByRange(task.compute, column, keys, range, n, out)
          : byFunction(task, column, keys, (key) => byValue.getPartition(key), n, out);
      };
    }
    case "custom": {
      const getPartition = task.fn(partitioner.getPartition);
      return (column, out) => byFunction(task, column, keysOf(column), getPartition, n, out);
    }
  }
}

function byFunction(
  task: ShuffleTask,
  column: Column,
  keys: Column,
  getPartition: AnyFunction,
  n: number,
  out: Arena,
): Partitioned {
  const scratch = task.heap.arena(column.segment);
  try {
    const ptr = scratch.allocate(column.length * 4);
    const indices = scratch.segment.u32.subarray(ptr >>> 2, (ptr >>> 2) + column.length);
    const values = readColumn(task.heap, keys);
    for (let i = 0; i < values.length; i++) indices[i] = checkPartition(getPartition(values[i]), n);
    return partitionByIndex(task.compute, column, ptr, n, out);
  } finally {
    scratch.release();
  }
}

/** Row i of map partition m goes to start(m) + i: even, and the same whenever the task is run again. */
function roundRobin(task: ShuffleTask, n: number, mapPartition: number): Place {
  let next = nonNegativeMod(Math.imul(mapPartition + 1, 0x9e3779b1), n);
  return (column, out) => {
    const scratch = task.heap.arena(column.segment);
    try {
      const ptr = scratch.allocate(column.length * 4);
      const indices = scratch.segment.u32;
      for (let i = 0, at = ptr >>> 2; i < column.length; i++, at++) {
        indices[at] = next;
        next = next + 1 === n ? 0 : next + 1;
      }
      return partitionByIndex(task.compute, column, ptr, n, out);
    } finally {
      scratch.release();
    }
  };
}
