/** Combining by many distinct strings across a shuffle: pieces whose rows lie by cells, made on the map side and merged on the reduce side. */
import { columnBytes } from "../column/concat.ts";
import { pairColumn } from "../column/pair.ts";
import type { AggregateKind } from "../kernels/accumulator.ts";
import { type KeyedColumns, localInputs } from "../kernels/aggregate.ts";
import { type StringCells, toStringCells } from "../kernels/string-cells.ts";
import type { Keeper } from "../storage/keeper.ts";
import type { MapOutput, MapPiece } from "./map-output.ts";
import type { ReadMetrics } from "./read.ts";
import type { ShuffleTask } from "./task.ts";

/** The groups of `inputs` as a piece in the memory of `output`. */
export function placeStrings(
  task: ShuffleTask,
  inputs: readonly KeyedColumns[],
  kind: AggregateKind,
  n: number,
  output: Keeper,
): MapPiece {
  task.checkCancelled();
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

/** The pieces with rows for `partition`, when there are any and all lie by as many cells. */
export function stringCellsOf(
  task: ShuffleTask,
  outputs: readonly MapOutput[],
  partition: number,
  metrics: ReadMetrics,
): StringCells[] | null {
  const pieces = outputs
    .flatMap((output) => output.pieces)
    .filter(({ offsets }) => offsets[partition] < offsets[partition + 1]);
  const cells = pieces[0]?.stringCells?.cells;
  if (cells === undefined || pieces.some(({ stringCells }) => stringCells?.cells !== cells)) return null;
  return pieces.map(({ column, offsets, stringCells }) => {
    const rows = offsets[partition + 1] - offsets[partition];
    metrics.shuffleRowsRead += rows;
    metrics.shuffleBytesRead += (columnBytes(task.heap, column) / column.length) * rows;
    const [keys, values] = column.children;
    return { keys, values, ...stringCells! };
  });
}
