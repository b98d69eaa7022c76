/**
 * Pairs sorted by key, stable. What a range partitioner's grid has put into buckets on the map side is sorted bucket by bucket, at no
 * pass over all of it; columns of one type go through the kernels; everything else is sorted as JavaScript values.
 */
import { type Chunk, isRows } from "../column/chunk.ts";
import type { Column } from "../column/column.ts";
import { columnBytes } from "../column/concat.ts";
import { compareValues } from "../column/equality.ts";
import { withOwnDictionaries } from "../column/own-dictionaries.ts";
import { sameType, valueWidth } from "../column/type.ts";
import { type FlatRows, flatChunks } from "../kernels/flat-rows.ts";
import { canSort, flatOrder, sortBuckets, sortByKey, sortPackedBuckets } from "../kernels/sort.ts";
import type { Arena } from "../memory/arena.ts";
import type { KeyOrdering } from "../plan/partitioner.ts";
import type { Keeper } from "../storage/keeper.ts";
import { decodeAll } from "./decode.ts";
import { isOnDisk, loadPieces, piecesOf } from "./load-pieces.ts";
import type { MapOutput, MapPiece } from "./map-output.ts";
import { asPair, isPairs } from "./pairs.ts";
import type { ReadMetrics } from "./read-slices.ts";
import type { ShuffleTask } from "./task.ts";

/** `out` may be asked for once the segment is known. */
export function sortPairs(
  task: ShuffleTask,
  chunks: readonly Chunk[],
  ascending: boolean,
  out: () => Arena,
  ordering: KeyOrdering | null = null,
): Chunk[] {
  if (chunks.length === 0) return [];
  const columns = chunks.filter((chunk) => !isRows(chunk)) as Column[];
  if (
    ordering === null &&
    columns.length === chunks.length &&
    columns.every((c) => isPairs(c) && sameType(c.type, columns[0].type)) &&
    canSort(columns[0].children[0].type)
  )
    return [sortByKey(task.compute, columns, ascending, out())];
  const rows = decodeAll(task, chunks).map(asPair);
  const direction = ascending ? 1 : -1;
  const compare = ordering ?? compareValues;
  rows.sort((a, b) => direction * compare(a[0], b[0]));
  return [rows];
}

/** The rows of one partition, when they lie in the same buckets in all map outputs; else null. What is on disk is read into `keeper`. */
export function sortMapOutputs(
  task: ShuffleTask,
  outputs: readonly MapOutput[],
  partition: number,
  ascending: boolean,
  keeper: Keeper,
  out: (segment: Column["segment"]) => Arena,
  metrics: ReadMetrics,
): Chunk[] | null {
  if (!piecesOf(outputs, partition).every(({ buckets }) => buckets?.ascending === ascending)) return null;
  const pieces = loadPieces(task, outputs, partition, keeper);
  if (pieces.length === 0) return null;
  const [first] = pieces;
  if (
    !pieces.every(
      ({ column, packed }) =>
        (packed === undefined) === (first.packed === undefined) &&
        column.segment === first.column.segment &&
        sameType((packed ?? column).type, (first.packed ?? first.column).type),
    )
  )
    return null;
  task.checkCancelled();
  const memory = out(first.column.segment);
  const sorted =
    first.packed === undefined
      ? sortColumns(task, pieces, partition, ascending, memory)
      : sortPacked(task, pieces, partition, ascending, memory);
  if (sorted === null) return null;
  metrics.shuffleRowsRead += sorted.length;
  metrics.shuffleBytesRead += columnBytes(task.heap, sorted);
  // Dictionaries that were read from disk lie in the keeper, which goes first.
  const fromDisk = piecesOf(outputs, partition).some(isOnDisk);
  return [fromDisk ? withOwnDictionaries(task.heap, sorted, memory) : sorted];
}

function sortPacked(
  task: ShuffleTask,
  pieces: readonly MapPiece[],
  partition: number,
  ascending: boolean,
  out: Arena,
): Column {
  const { starts, edges } = pieces[0].buckets!;
  const [from, to] = [starts[partition], starts[partition + 1]];
  const buckets = runsOf(pieces, from, to, ({ column }, row, length) => ({
    at: column.values + row * valueWidth(column.type),
    length,
  }));
  const like = pieces.map(({ packed }) => packed!);
  return sortPackedBuckets(task.compute, like, buckets, edges.subarray(from, to + 1), ascending, out);
}

function sortColumns(
  task: ShuffleTask,
  pieces: readonly MapPiece[],
  partition: number,
  ascending: boolean,
  out: Arena,
): Column | null {
  const columns = pieces.map(({ column }) => column);
  const order = flatOrder(columns[0], ascending);
  const flat = order === null ? null : flatChunks(columns);
  if (order === null || flat === null) return null;
  const widths = flat[0].map((leaf) => valueWidth(leaf.type));
  const { starts } = pieces[0].buckets!;
  const buckets = runsOf(pieces, starts[partition], starts[partition + 1], (piece, row, length): FlatRows => {
    const leaves = flat[pieces.indexOf(piece)];
    return { leaves: leaves.map((leaf, f) => leaf.values + row * widths[f]), length };
  });
  return sortBuckets(task.compute, columns, buckets, order, out);
}

/** The rows of each bucket, a run a piece. */
function runsOf<R>(
  pieces: readonly MapPiece[],
  from: number,
  to: number,
  run: (piece: MapPiece, row: number, length: number) => R,
): R[][] {
  return Array.from({ length: to - from }, (_, b) =>
    pieces.map((piece) => {
      const { offsets } = piece.buckets!;
      return run(piece, offsets[from + b], offsets[from + b + 1] - offsets[from + b]);
    }),
  );
}
