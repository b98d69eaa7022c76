/**
 * The rows that one map task wrote for all reduce partitions: pieces whose rows lie in partition order, in shared memory, so that a reduce task
 * reads its slice of each piece at no copy, or on disk, where it reads its frames; in map order, then piece order.
 */
import type { Column } from "../column/column.ts";
import type { Runs } from "../kernels/dense.ts";
import type { RangeBuckets } from "../kernels/range-partition.ts";
import type { Heap, Region } from "../memory/heap.ts";
import type { ShuffleId } from "../plan/node.ts";
import type { ShuffleTask } from "./task.ts";

export interface MapOutput {
  readonly pieces: readonly (MapPiece | DiskPiece)[];
  readonly regions: readonly Region[];
  /** Of the spill directory. */
  readonly files: readonly string[];
  readonly rows: number;
  readonly bytes: number;
  /** About how many bytes each partition has in memory. Says the same wherever the pieces are. */
  readonly sizes: Float64Array;
}

export interface PieceLayout {
  /** Row bounds: partition p is rows offsets[p] to offsets[p + 1]. */
  readonly offsets: Uint32Array;
  /** Within each partition, rows lie by runs of keys: what `aggregateCells` reads. */
  readonly cells?: CellLayout;
  /** Within each partition, rows with string keys lie by cells: what `mergeStringCells` reads. */
  readonly stringCells?: StringCellLayout;
  /** Within each partition, rows lie by buckets in the order of their keys: what `sortMapOutputs` reads. */
  readonly buckets?: RangeBuckets;
  /** When rows are packed pairs: a column of their shape, without rows. */
  readonly packed?: Column;
}

/** A task of a map stage, which makes its output again when it is lost. */
export interface MapTask {
  readonly shuffle: ShuffleId;
  readonly mapPartition: number;
}

export interface MapPiece extends PieceLayout {
  readonly column: Column;
}

export interface DiskPiece extends PieceLayout {
  /** Who wrote it; null when it is the reading task's own. */
  readonly from: MapTask | null;
  readonly file: string;
  /** Of all frames, in order: where each begins, and its bytes. */
  readonly frames: Float64Array;
  /** Partition p has frames first[p] to first[p + 1]. */
  readonly first: Uint32Array;
}

export interface CellLayout {
  readonly runs: Runs;
  /** Bounds of the cells, partition by partition. */
  readonly offsets: Uint32Array;
}

export interface StringCellLayout {
  /** Cells of a partition. */
  readonly cells: number;
  /** Bounds of the cells, partition by partition. */
  readonly offsets: Uint32Array;
}

export function rowsOf({ pieces }: MapOutput, partition: number): number {
  return pieces.reduce((sum, { offsets }) => sum + offsets[partition + 1] - offsets[partition], 0);
}

/** About how many bytes a partition has. */
export function outputBytes(outputs: readonly MapOutput[], partition: number): number {
  return outputs.reduce((sum, { sizes }) => sum + sizes[partition], 0);
}

/** Frees the memory of an output and removes its files, when it is the task's own. */
export function dropMapOutput(task: ShuffleTask, output: MapOutput): void {
  freeMapOutput(task.heap, output);
  for (const name of output.files) task.files.remove(name);
}

/** Drops the task's own outputs when it is ended, or else with the task. */
export function holdOutputs(task: ShuffleTask, outputs: MapOutput[]): { end(): void } {
  return task.track({
    end: () => {
      for (const output of outputs.splice(0)) dropMapOutput(task, output);
    },
  });
}

/** Frees the memory only. */
export function freeMapOutput(heap: Heap, output: MapOutput): void {
  for (const region of output.regions) heap.free(region);
}
