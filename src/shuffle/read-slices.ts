/** The reduce side of a shuffle: the rows of one partition in map order; slices of what is in memory, at no copy, and frames of what is on disk. */
import type { Column } from "../column/column.ts";
import { columnBytes } from "../column/concat.ts";
import { sliceColumn } from "../column/slice.ts";
import { unpackPairs } from "../kernels/packed-pairs.ts";
import { besideRoom } from "../storage/beside-room.ts";
import type { Keeper } from "../storage/keeper.ts";
import { isOnDisk, piecesOf, readFrames } from "./load-pieces.ts";
import type { MapOutput } from "./map-output.ts";
import { frameBytes, rowsWithin } from "./spill-pieces.ts";
import type { ShuffleTask } from "./task.ts";

/** Counts what was read. */
export interface ReadMetrics {
  shuffleRowsRead: number;
  shuffleBytesRead: number;
}

/** A slice has no more than this part of a share, so that few of them exceed it by little. */
const SLICE = 1 / 4;

/**
 * Slices live as long as the map outputs do. `keeper` holds realigned validity, packed pairs put in columns, what had to be copied, and what was
 * read from disk; it may be released after each column.
 */
export function* readSlices(
  task: ShuffleTask,
  outputs: readonly MapOutput[],
  partition: number,
  keeper: Keeper,
  metrics: ReadMetrics,
): Generator<Column> {
  for (const piece of piecesOf(outputs, partition)) {
    const { offsets, packed } = piece;
    const columns = isOnDisk(piece)
      ? readFrames(task, piece, partition, keeper, () => keeper.arena())
      : [piece.column];
    for (const column of columns) {
      const [begin, end] = isOnDisk(piece)
        ? [0, column.length]
        : [offsets[partition], offsets[partition + 1]];
      // Frames are small enough, and go when the keeper is released.
      const most = isOnDisk(piece)
        ? column.length
        : rowsWithin(task.heap, column, Math.max(frameBytes(task.heap), task.share * SLICE));
      for (let from = begin; from < end; from += most) {
        const arena = keeper.arena(column.segment);
        const rows = sliceColumn(task.heap, column, from, Math.min(end, from + most), arena);
        const slice = packed === undefined ? rows : unpackPairs(task.compute, rows, packed, arena);
        metrics.shuffleRowsRead += slice.length;
        metrics.shuffleBytesRead += columnBytes(task.heap, slice);
        yield besideRoom(task.heap, slice, (segment) => keeper.arena(segment));
      }
    }
  }
}
