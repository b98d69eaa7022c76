/**
 * The pieces of map outputs that have rows for one reduce partition, all in memory: those on disk are read into a keeper, as pieces that have no
 * rows but the partition's, so that who works on whole layouts needs not know where they were.
 */
import type { Column } from "../column/column.ts";
import { concatColumns } from "../column/concat.ts";
import { GnistaError } from "../errors.ts";
import type { Arena } from "../memory/arena.ts";
import type { SegmentId } from "../memory/segment.ts";
import { FrameReader, type FrameRef } from "../storage/frame.ts";
import { Keeper } from "../storage/keeper.ts";
import type { DiskPiece, MapOutput, MapPiece, MapTask, PieceLayout } from "./map-output.ts";
import type { ShuffleTask } from "./task.ts";

/** Those with rows for the partition, wherever they are. */
export function piecesOf(outputs: readonly MapOutput[], partition: number): (MapPiece | DiskPiece)[] {
  return outputs.flatMap(({ pieces }) =>
    pieces.filter(({ offsets }) => offsets[partition] < offsets[partition + 1]),
  );
}

export function isOnDisk(piece: MapPiece | DiskPiece): piece is DiskPiece {
  return "file" in piece;
}

/** In the segment of those that are in memory, as kernels work within one. */
export function loadPieces(
  task: ShuffleTask,
  outputs: readonly MapOutput[],
  partition: number,
  keeper: Keeper,
): MapPiece[] {
  const found = piecesOf(outputs, partition);
  const inMemory = found.find((piece) => !isOnDisk(piece)) as MapPiece | undefined;
  let segment = inMemory?.column.segment;
  return found.map((piece) => {
    if (!isOnDisk(piece)) return piece;
    const loaded = loadPiece(task, piece, partition, keeper, segment);
    segment ??= loaded.column.segment;
    return loaded;
  });
}

/** The rows of a partition as they were written, some megabytes at a time, each where `next` says; dictionaries in `keeper`. */
export function* readFrames(
  task: ShuffleTask,
  piece: DiskPiece,
  partition: number,
  keeper: Keeper,
  next: () => Arena,
): Generator<Column> {
  const reader = new FrameReader(task.compute, task.files, piece.file, (segment) =>
    keeper.sharedArena(segment),
  );
  for (let at = piece.first[partition]; at < piece.first[partition + 1]; at++) {
    const ref = { at: piece.frames[2 * at], bytes: piece.frames[2 * at + 1] };
    yield readFrame(reader, ref, next(), piece.from);
  }
}

function readFrame(reader: FrameReader, ref: FrameRef, out: Arena, from: MapTask | null): Column {
  try {
    return reader.read(ref, out);
  } catch (error) {
    if (from === null || !GnistaError.is(error, "BLOCK_LOST")) throw error;
    throw new GnistaError("BLOCK_LOST", error.message, { ...error.place, ...from }, error);
  }
}

function loadPiece(
  task: ShuffleTask,
  piece: DiskPiece,
  partition: number,
  keeper: Keeper,
  segment: SegmentId | undefined,
): MapPiece {
  const arena = keeper.arena(segment);
  const layout = onlyPartition(piece, partition);
  if (piece.first[partition + 1] === piece.first[partition] + 1) {
    const [column] = readFrames(task, piece, partition, keeper, () => arena);
    return { ...layout, column };
  }
  const parts = new Keeper(task.heap);
  try {
    const columns = [...readFrames(task, piece, partition, keeper, () => parts.arena(arena.segment.id))];
    return { ...layout, column: concatColumns(task.heap, columns, arena) };
  } finally {
    parts.end();
  }
}

/** The layout without all rows but the partition's. */
function onlyPartition(piece: DiskPiece, partition: number): PieceLayout {
  const { offsets, cells, stringCells, buckets, packed } = piece;
  const [from, to] = [offsets[partition], offsets[partition + 1]];
  const clamped = (bounds: Uint32Array): Uint32Array =>
    bounds.map((bound) => Math.min(Math.max(bound, from), to) - from);
  return {
    offsets: clamped(offsets),
    ...(cells === undefined ? {} : { cells: { ...cells, offsets: clamped(cells.offsets) } }),
    ...(stringCells === undefined
      ? {}
      : { stringCells: { ...stringCells, offsets: clamped(stringCells.offsets) } }),
    ...(buckets === undefined ? {} : { buckets: { ...buckets, offsets: clamped(buckets.offsets) } }),
    ...(packed === undefined ? {} : { packed }),
  };
}
