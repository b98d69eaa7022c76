/**
 * The rows that one map task wrote for all reduce partitions, in shared memory: pieces whose rows lie in partition order,
 * so that a reduce task reads its slice of each piece at no copy, in map order, then piece order.
 */
import type { Column } from "../column/column.ts";
import type { Runs } from "../kernels/dense.ts";
import type { RangeBuckets } from "../kernels/range-partition.ts";
import type { Heap, Region } from "../memory/heap.ts";

export interface MapOutput {
  readonly pieces: readonly MapPiece[];
  readonly regions: readonly Region[];
  readonly rows: number;
  readonly bytes: number;
}

export interface MapPiece {
  readonly column: Column;
  /** Row bounds: partition p is rows offsets[p] to offsets[p + 1]. */
  readonly offsets: Uint32Array;
  /** Within each partition, rows lie by runs of keys: what `aggregateCells` reads. */
  readonly cells?: CellLayout;
  /** Within each partition, rows with string keys lie by cells: what `mergeStringCells` reads. */
  readonly stringCells?: StringCellLayout;
  /** Within each partition, rows lie by buckets in the order of their keys: what `sortMapOutputs` reads. */
  readonly buckets?: RangeBuckets;
  /** When `column` is of packed pairs: a column of their shape, without rows. */
  readonly packed?: Column;
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

export function freeMapOutput(heap: Heap, output: MapOutput): void {
  for (const region of output.regions) heap.free(region);
}
