/**
 * Sorting more pairs than fit a task's share of memory: runs of a share each are sorted and written to disk, then merged some frames at a time.
 * Stable; costs one write and one read of all rows, and a second sort in small pieces.
 */
import { type Chunk, isRows } from "../column/chunk.ts";
import type { Column } from "../column/column.ts";
import { sliceColumn } from "../column/slice.ts";
import type { Arena } from "../memory/arena.ts";
import { type FrameRef, FrameWriter } from "../storage/frame.ts";
import { Keeper } from "../storage/keeper.ts";
import { type KeyOrder, mergeRuns, type Run } from "./merge-runs.ts";
import { buildPairs } from "./pairs.ts";
import { sortPairs } from "./sort.ts";
import { frameBytes } from "./spill-pieces.ts";
import type { ShuffleTask } from "./task.ts";
import { chunkBytes, type Gathered } from "./within-share.ts";

const MOST_RUNS = 48;
/** What an arena takes at least. */
const LEAST_FRAME = 65536;

/** Runs that are merged at a time: a frame of each fits the share. */
function mostRuns({ share }: ShuffleTask): number {
  return Math.min(MOST_RUNS, Math.max(4, Math.floor(share / LEAST_FRAME)));
}

interface RunFile {
  readonly name: string;
  readonly runs: readonly Run[];
}

/** `input` holds the chunks, and is released as they are written. A chunk of the result is readable until the next is asked for. */
export function* sortExternally(
  task: ShuffleTask,
  gathered: Gathered,
  order: KeyOrder,
  input: Keeper,
  out: () => Arena,
): Generator<Chunk> {
  let sorted = writeRuns(task, sortedRuns(task, gathered, order, input));
  while (sorted.runs.length > mostRuns(task)) {
    const { name, runs } = sorted;
    sorted = writeRuns(task, mergedGroups(task, name, runs, order));
    task.files.remove(name);
  }
  yield* mergeRuns(task, sorted.name, sorted.runs, order, out);
  task.files.remove(sorted.name);
}

/** The chunks of each run; those of one must be taken before the next. What has been gathered already is the first. */
function* sortedRuns(
  task: ShuffleTask,
  { chunks, rest }: Gathered,
  order: KeyOrder,
  input: Keeper,
): Generator<Iterable<Chunk>> {
  yield sortedRun(task, chunks, order);
  input.release();
  let run: Chunk[] = [];
  let bytes = 0;
  for (const chunk of { [Symbol.iterator]: () => rest ?? [].values() }) {
    run.push(chunk);
    bytes += chunkBytes(task.heap, chunk);
    if (bytes < task.share) continue;
    yield sortedRun(task, run, order);
    run = [];
    bytes = 0;
    input.release();
  }
  if (run.length > 0) yield sortedRun(task, run, order);
  input.release();
}

function* sortedRun(
  task: ShuffleTask,
  chunks: readonly Chunk[],
  { ascending, ordering }: KeyOrder,
): Generator<Chunk> {
  const held = new Keeper(task.heap);
  try {
    yield* sortPairs(task, chunks, ascending, () => held.arena(segmentOf(chunks)), ordering);
  } finally {
    held.end();
  }
}

function* mergedGroups(
  task: ShuffleTask,
  name: string,
  runs: readonly Run[],
  order: KeyOrder,
): Generator<Iterable<Chunk>> {
  const most = mostRuns(task);
  for (let from = 0; from < runs.length; from += most) {
    const held = new Keeper(task.heap);
    const out = (): Arena => {
      held.release();
      return held.arena();
    };
    try {
      yield mergeRuns(task, name, runs.slice(from, from + most), order, out);
    } finally {
      held.end();
    }
  }
}

function writeRuns(task: ShuffleTask, runs: Iterable<Iterable<Chunk>>): RunFile {
  const file = task.files.create();
  const writer = new FrameWriter(task.compute, file);
  const written: Run[] = [];
  for (const chunks of runs) {
    const frames: FrameRef[] = [];
    for (const chunk of chunks) {
      task.checkCancelled();
      writeChunk(task, chunk, writer, frames);
      task.metrics.memoryBytesSpilled += chunkBytes(task.heap, chunk);
    }
    written.push({ frames });
    // They lay in what the run was sorted in.
    writer.forgetDictionaries();
  }
  file.close();
  task.metrics.diskBytesSpilled += file.bytes;
  return { name: file.name, runs: written };
}

function writeChunk(task: ShuffleTask, chunk: Chunk, writer: FrameWriter, frames: FrameRef[]): void {
  const most = Math.min(frameBytes(task.heap), task.share / mostRuns(task));
  const rows = Math.max(1, Math.floor((chunk.length * most) / Math.max(1, chunkBytes(task.heap, chunk))));
  for (let from = 0; from < chunk.length; from += rows) {
    const to = Math.min(chunk.length, from + rows);
    const scratch = task.heap.arena(isRows(chunk) ? undefined : chunk.segment);
    try {
      const part = isRows(chunk)
        ? buildPairs(chunk.slice(from, to), scratch)
        : sliceColumn(task.heap, chunk, from, to, scratch);
      frames.push(writer.write(part));
    } finally {
      scratch.release();
    }
  }
}

function segmentOf(chunks: readonly Chunk[]): Column["segment"] | undefined {
  return (chunks.find((chunk) => !isRows(chunk)) as Column | undefined)?.segment;
}
