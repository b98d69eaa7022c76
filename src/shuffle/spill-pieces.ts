/**
 * Writing pieces of a map output to disk: for each partition its rows as frames, so that a reduce task reads no other's. Neighbouring pieces without
 * a layout become one, so that frames are not smaller than they must be; one with a layout keeps it. Costs a pass over the rows.
 */
import type { Column } from "../column/column.ts";
import { concatColumns } from "../column/concat.ts";
import { rowBytes } from "../column/row-bytes.ts";
import { sameDictionary } from "../column/same-dictionary.ts";
import { sliceColumn } from "../column/slice.ts";
import { sameType } from "../column/type.ts";
import { GnistaError } from "../errors.ts";
import type { Arena } from "../memory/arena.ts";
import type { Heap } from "../memory/heap.ts";
import type { SegmentId } from "../memory/segment.ts";
import type { FileWriter } from "../storage/disk-files.ts";
import { type FrameRef, FrameWriter } from "../storage/frame.ts";
import type { DiskPiece, MapPiece, MapTask } from "./map-output.ts";
import type { ShuffleTask } from "./task.ts";

const FRAME_BYTES = 4 << 20;
const FRAME_SHARE = 1 / 16;

/** A frame has at most about as many bytes of rows, so that who reads them holds little. */
export function frameBytes({ limit }: Pick<Heap, "limit">): number {
  return Math.min(FRAME_BYTES, limit * FRAME_SHARE);
}

/** What writing takes. */
type Spilling = Pick<ShuffleTask, "heap" | "compute" | "checkCancelled">;

export function spillPieces(
  task: Spilling,
  pieces: readonly MapPiece[],
  numPartitions: number,
  from: MapTask | null,
  file: FileWriter,
): DiskPiece[] {
  const writer = new FrameWriter(task.compute, file);
  return neighbours(pieces).map((group) => ({
    from,
    file: file.name,
    ...spillGroup(task, group, numPartitions, writer),
  }));
}

/** Pieces that can be one: of one type, without layouts. */
function neighbours(pieces: readonly MapPiece[]): MapPiece[][] {
  const groups: MapPiece[][] = [];
  for (const piece of pieces) {
    const last = groups.at(-1);
    if (last !== undefined && isPlain(last[0]) && isPlain(piece) && canConcat(last[0].column, piece.column))
      last.push(piece);
    else groups.push([piece]);
  }
  return groups;
}

function isPlain({ cells, stringCells, buckets, packed }: MapPiece): boolean {
  return cells === undefined && stringCells === undefined && buckets === undefined && packed === undefined;
}

/** Whether the columns end to end are a column of the same type. */
function canConcat(a: Column, b: Column): boolean {
  if (!sameType(a.type, b.type)) return false;
  if (a.type.kind === "dictionary") return sameDictionary([a, b]);
  return a.children.every((child, i) => canConcat(child, b.children[i]));
}

function spillGroup(
  task: Spilling,
  group: readonly MapPiece[],
  n: number,
  writer: FrameWriter,
): Omit<DiskPiece, "from" | "file"> {
  const frames: number[] = [];
  const most = frameBytes(task.heap);
  const first = new Uint32Array(n + 1);
  const offsets = new Uint32Array(n + 1);
  for (let p = 0; p < n; p++) {
    task.checkCancelled();
    const slices = group.flatMap((piece) => slicesOf(task, piece, p));
    for (let from = 0; from < slices.length; ) {
      let [to, bytes] = [from + 1, slices[from].bytes];
      while (to < slices.length && bytes + slices[to].bytes <= most) bytes += slices[to++].bytes;
      for (const ref of writeSlices(task, slices.slice(from, to), writer)) frames.push(ref.at, ref.bytes);
      from = to;
    }
    first[p + 1] = frames.length / 2;
    offsets[p + 1] = offsets[p] + slices.reduce((sum, slice) => sum + slice.to - slice.from, 0);
  }
  const [{ column: _, ...layout }] = group;
  return { ...layout, offsets, frames: Float64Array.from(frames), first };
}

/** About how many rows of a column have so many bytes, their dictionary apart; one at least. */
export function rowsWithin(heap: Heap, column: Column, bytes: number): number {
  const all = rowBytes(heap, column, 0, column.length);
  return all <= bytes ? Math.max(1, column.length) : Math.max(1, Math.floor((column.length * bytes) / all));
}

interface Slice {
  readonly column: Column;
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
}

/** The rows of partition p, cut where they are more than a frame. */
function slicesOf({ heap }: Spilling, { column, offsets }: MapPiece, p: number): Slice[] {
  const [begin, end] = [offsets[p], offsets[p + 1]];
  const bytesOfRow = rowBytes(heap, column, 0, column.length) / Math.max(1, column.length);
  const most = rowsWithin(heap, column, frameBytes(heap));
  const slices: Slice[] = [];
  for (let from = begin; from < end; from += most) {
    const to = Math.min(end, from + most);
    slices.push({ column, from, to, bytes: bytesOfRow * (to - from) });
  }
  return slices;
}

/** As one frame, or a frame each when there is no memory for what is one. */
function writeSlices(task: Spilling, slices: readonly Slice[], writer: FrameWriter): FrameRef[] {
  try {
    return [writeFrame(task, slices, writer)];
  } catch (error) {
    if (slices.length === 1 || !GnistaError.is(error, "OUT_OF_MEMORY")) throw error;
    return slices.map((slice) => writeFrame(task, [slice], writer));
  }
}

function writeFrame({ heap }: Spilling, slices: readonly Slice[], writer: FrameWriter): FrameRef {
  const arenas: Arena[] = [];
  const arena = (segment: SegmentId): Arena => {
    const made = heap.arena(segment);
    arenas.push(made);
    return made;
  };
  try {
    const columns = slices.map(({ column, from, to }) =>
      sliceColumn(heap, column, from, to, arena(column.segment)),
    );
    return writer.write(
      columns.length === 1 ? columns[0] : concatColumns(heap, columns, arena(columns[0].segment)),
    );
  } finally {
    for (const made of arenas) made.release();
  }
}
