/** The reduce side of combining by key: cell by cell when all map outputs are laid out so, else over their slices; in map order either way. */
import type { Chunk } from "../column/chunk.ts";
import { columnBytes } from "../column/concat.ts";
import { pairColumn } from "../column/pair.ts";
import { sameType } from "../column/type.ts";
import { mergeKind } from "../kernels/aggregate.ts";
import { aggregateCells, type Cells } from "../kernels/cells.ts";
import { mergeStringCells } from "../kernels/string-cells.ts";
import type { Arena } from "../memory/arena.ts";
import type { Combiner } from "../plan/node.ts";
import { Keeper } from "../storage/keeper.ts";
import { combineByKey } from "./combine.ts";
import { stringCellsOf } from "./combine-strings.ts";
import type { MapOutput } from "./map-output.ts";
import { type ReadMetrics, readSlices } from "./read.ts";
import type { ShuffleTask } from "./task.ts";

/** [key, combined] pairs of one reduce partition, in `out` or as plain rows. `keeper` is for what is made on the way. */
export function combineOutputs(
  task: ShuffleTask,
  outputs: readonly MapOutput[],
  partition: number,
  combiner: Combiner,
  keeper: Keeper,
  out: Arena,
  metrics: ReadMetrics,
): Chunk[] {
  const { kind } = combiner;
  const strings = typeof kind === "string" ? stringCellsOf(task, outputs, partition, metrics) : null;
  if (strings !== null && typeof kind === "string")
    return [pairColumn(mergeStringCells(task.compute, strings, partition, mergeKind(kind), out))];
  const cells = typeof kind === "string" ? cellsOf(outputs, partition) : null;
  if (cells === null || typeof kind !== "string") {
    const scratch = new Keeper(task.heap);
    try {
      const slices = readSlices(task, outputs, partition, scratch, metrics);
      return combineByKey(task, slices, combiner, true, keeper, out);
    } finally {
      scratch.release();
    }
  }
  if (cells.length === 0) return [];
  const n = (cells[0].offsets.length - 1) / cells[0].runs.count;
  for (const { offsets, runs, keys, values } of cells) {
    const rows = offsets[(partition + 1) * runs.count] - offsets[partition * runs.count];
    metrics.shuffleRowsRead += rows;
    metrics.shuffleBytesRead +=
      ((columnBytes(task.heap, keys) + columnBytes(task.heap, values)) / keys.length) * rows;
  }
  const pairs = aggregateCells(task.compute, cells, partition, n, mergeKind(kind), out);
  return pairs.keys.length === 0 ? [] : [pairColumn(pairs)];
}

/** The pieces with rows for `partition`, when all are laid out by cell and have keys of one type. */
function cellsOf(outputs: readonly MapOutput[], partition: number): Cells[] | null {
  const found: Cells[] = [];
  for (const { pieces } of outputs)
    for (const { column, offsets, cells } of pieces) {
      if (offsets[partition] === offsets[partition + 1]) continue;
      if (cells === undefined) return null;
      const [keys, values] = column.children;
      if (found.length > 0 && !sameType(found[0].keys.type, keys.type)) return null;
      found.push({ keys, values, ...cells });
    }
  return found;
}
