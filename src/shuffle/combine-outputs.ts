/** The reduce side of combining by key: cell by cell when all map outputs are laid out so, else over their slices; in map order either way. */
import type { Chunk } from "../column/chunk.ts";
import { columnBytes } from "../column/concat.ts";
import { pairColumn } from "../column/pair.ts";
import { sameType } from "../column/type.ts";
import type { AggregateKind } from "../kernels/accumulator.ts";
import { type KeyedColumns, mergeKind } from "../kernels/aggregate.ts";
import { aggregateCells, type Cells } from "../kernels/cells.ts";
import { mergeStringCells } from "../kernels/string-cells.ts";
import type { Arena } from "../memory/arena.ts";
import type { SegmentId } from "../memory/segment.ts";
import type { Combiner } from "../plan/node.ts";
import type { Keeper } from "../storage/keeper.ts";
import { combineByKey } from "./combine.ts";
import { stringCellsOf } from "./combine-strings.ts";
import { loadPieces, piecesOf } from "./load-pieces.ts";
import { type MapOutput, outputBytes } from "./map-output.ts";
import { type ReadMetrics, readSlices } from "./read-slices.ts";
import type { ShuffleTask } from "./task.ts";

/** [key, combined] pairs of one reduce partition. `keeper` is for what is read and made on the way; `next` gives memory for a chunk. */
export function* combineOutputs(
  task: ShuffleTask,
  outputs: readonly MapOutput[],
  partition: number,
  combiner: Combiner,
  keeper: Keeper,
  next: (segment?: SegmentId) => Arena,
  metrics: ReadMetrics,
): Generator<Chunk> {
  const { kind } = combiner;
  if (typeof kind === "string" && outputBytes(outputs, partition) <= task.share) {
    const strings = stringCellsOf(task, outputs, partition, keeper, metrics);
    const cells = strings === null ? cellsOf(task, outputs, partition, keeper, metrics) : null;
    if (strings !== null || cells !== null) {
      const out = next((strings ?? cells)![0]?.keys.segment);
      const pairs =
        strings !== null
          ? mergeStringCells(task.compute, strings, partition, mergeKind(kind), out)
          : mergeCells(task, cells!, partition, kind, out);
      keeper.release();
      if (pairs !== null && pairs.keys.length > 0) yield pairColumn(pairs);
      return;
    }
  }
  const slices = readSlices(task, outputs, partition, keeper, metrics);
  yield* combineByKey(task, slices, combiner, true, keeper, next);
}

function mergeCells(
  task: ShuffleTask,
  cells: readonly Cells[],
  partition: number,
  kind: AggregateKind,
  out: Arena,
): KeyedColumns | null {
  if (cells.length === 0) return null;
  const n = (cells[0].offsets.length - 1) / cells[0].runs.count;
  return aggregateCells(task.compute, cells, partition, n, mergeKind(kind), out);
}

/** The pieces with rows for `partition`, when all are laid out by cell and have keys of one type; what is on disk is read into `keeper`. */
function cellsOf(
  task: ShuffleTask,
  outputs: readonly MapOutput[],
  partition: number,
  keeper: Keeper,
  metrics: ReadMetrics,
): Cells[] | null {
  if (piecesOf(outputs, partition).some(({ cells }) => cells === undefined)) return null;
  const pieces = loadPieces(task, outputs, partition, keeper);
  const keyType = pieces[0]?.column.children[0].type;
  if (pieces.some(({ column }) => !sameType(column.children[0].type, keyType))) return null;
  return pieces.map(({ column, offsets, cells }) => {
    const rows = offsets[partition + 1] - offsets[partition];
    metrics.shuffleRowsRead += rows;
    metrics.shuffleBytesRead += (columnBytes(task.heap, column) / column.length) * rows;
    const [keys, values] = column.children;
    return { keys, values, ...cells! };
  });
}
