/** Combining by many distinct strings across a shuffle: pieces whose rows lie by cells, made on the map side and merged on the reduce side. */
import { columnBytes } from "../column/concat.ts";
import { pairColumn } from "../column/pair.ts";
import type { AggregateKind } from "../kernels/accumulator.ts";
import { type KeyedColumns, localInputs } from "../kernels/aggregate.ts";
import { type StringCells, toStringCells } from "../kernels/string-cells.ts";
import type { Keeper } from "../storage/keeper.ts";
import { loadPieces, piecesOf } from "./load-pieces.ts";
import type { MapOutput, MapPiece } from "./map-output.ts";
import type { MapOutputBuilder } from "./map-output-builder.ts";
import type { ReadMetrics } from "./read-slices.ts";
import type { ShuffleTask } from "./task.ts";

/** The groups of `inputs` as a piece in the memory of `output`. */
export function placeStrings(
  task: ShuffleTask,
  inputs: readonly KeyedColumns[],
  kind: AggregateKind,
  output: MapOutputBuilder,
): MapPiece {
  task.checkCancelled();
  const n = output.numPartitions;
  const { segment } = inputs[0].keys;
  const scratch = task.heap.arena(segment);
  try {
    const local = localInputs(task.compute, inputs, kind, scratch);
    const made = toStringCells(task.compute, local, kind, n, output.arena(segment));
    const { cells, offsets } = made;
    const bounds = Uint32Array.from({ length: n + 1 }, (_, p) => offsets[p * cells]);
    return { column: pairColumn(made), offsets: bounds, stringCells: { cells, offsets } };
  } finally {
    scratch.release();
  }
}

/** The pieces with rows for `partition`, when there are any and all lie by as many cells; what is on disk is read into `keeper`. */
export function stringCellsOf(
  task: ShuffleTask,
  outputs: readonly MapOutput[],
  partition: number,
  keeper: Keeper,
  metrics: ReadMetrics,
): StringCells[] | null {
  const found = piecesOf(outputs, partition);
  const cells = found[0]?.stringCells?.cells;
  if (cells === undefined || found.some(({ stringCells }) => stringCells?.cells !== cells)) return null;
  return loadPieces(task, outputs, partition, keeper).map(({ column, offsets, stringCells }) => {
    const rows = offsets[partition + 1] - offsets[partition];
    metrics.shuffleRowsRead += rows;
    metrics.shuffleBytesRead += (columnBytes(task.heap, column) / column.length) * rows;
    const [keys, values] = column.children;
    return { keys, values, ...stringCells! };
  });
}
