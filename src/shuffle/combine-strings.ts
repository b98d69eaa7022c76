/** Combining by many distinct strings across a shuffle: pieces whose rows lie by cells, made on the map side and merged on the reduce side. */
import { columnBytes } from "../column/concat.ts";
import { pairColumn } from "../column/pair.ts";
import type { CombineKind } from "../kernels/accumulator.ts";
import { type KeyedColumns, localInputs } from "../kernels/aggregate.ts";
import { inBatches, type StringCells, toStringCells, wantsCells } from "../kernels/string-cells.ts";
import type { Keeper } from "../storage/keeper.ts";
import type { MapOutput, MapPiece } from "./map-output.ts";
import type { ReadMetrics } from "./read.ts";
import type { ShuffleTask } from "./task.ts";

/** The pieces of `inputs`, combined, in the memory of `output`; null when cells do not pay. */
export function placeStrings(
  task: ShuffleTask,
  inputs: readonly KeyedColumns[],
  kind: CombineKind,
  n: number,
  output: Keeper,
): MapPiece[] | null {
  const { compute, heap } = task;
  if (
    typeof kind !== "string" ||
    kind === "mean" ||
    inputs[0].keys.type.kind !== "utf8" ||
    !wantsCells(compute, inputs)
  )
    return null;
  return inBatches(compute, inputs).map((batch) => {
    task.checkCancelled();
    const { segment } = batch[0].keys;
    const scratch = heap.arena(segment);
    try {
      const local = localInputs(compute, batch, kind, scratch);
      const made = toStringCells(compute, local, kind, n, output.arena(segment));
      const { cells, offsets } = made;
      const bounds = Uint32Array.from({ length: n + 1 }, (_, p) => offsets[p * cells]);
      return { column: pairColumn(made), offsets: bounds, stringCells: { cells, offsets } };
    } finally {
      scratch.release();
    }
  });
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
