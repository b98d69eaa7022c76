/**
 * The chunks of a stored partition: where they lie, beside room when their segment is full, read from frames, or in pieces when few are wanted.
 * When a copy cannot be read, the next chunks come from another; BLOCK_LOST when there is none.
 */
import { type Chunk, decode } from "../column/chunk.ts";
import type { Column } from "../column/column.ts";
import { columnBytes } from "../column/concat.ts";
import { sliceColumn } from "../column/slice.ts";
import { GnistaError } from "../errors.ts";
import type { NodeId } from "../plan/node.ts";
import { besideRoom } from "../storage/beside-room.ts";
import { Keeper } from "../storage/keeper.ts";
import { type CopyReader, readCopy } from "../storage/read-copy.ts";
import { copyIdentity, type StoredCopy } from "../storage/stored-copy.ts";
import type { ArenaSlot, TaskRuntime } from "./task-runtime.ts";

interface Source {
  readonly node: NodeId;
  readonly partition: number;
}

export function* storedChunks(
  task: TaskRuntime,
  source: Source,
  copies: readonly StoredCopy[],
  keeper: Keeper | null,
): Generator<Chunk> {
  const [first] = copies;
  task.metrics.rowsRead += first.rows;
  if (first.kind !== "columns") task.metrics.bytesRead += first.bytes;
  else for (const chunk of first.chunks) task.metrics.bytesRead += columnBytes(task.heap, chunk);
  yield* copyChunks(task, source, copies, keeper);
}

/** Columns stay readable as long as `keeper` holds them, or else until the next is asked for. */
export function* copyChunks(
  task: TaskRuntime,
  source: Source,
  copies: readonly StoredCopy[],
  keeper: Keeper | null,
): Generator<Chunk> {
  const left = [...copies];
  const slot = task.slot(keeper);
  let reader = open(task, left[0], keeper);
  for (let i = 0; i < reader.chunks; ) {
    let chunk: Column;
    try {
      chunk = reader.read(i, () => slot.next());
    } catch (error) {
      if (!GnistaError.is(error, "BLOCK_LOST")) throw error;
      lost(task, source, left.shift()!, left.length, error);
      reader = open(task, left[0], keeper);
      continue;
    }
    if (left[0].kind !== "columns") {
      if (task.lazy) yield* decode(task.heap, chunk);
      else yield chunk;
    } else if (task.lazy) yield* pieces(task, chunk);
    else if (chunk.length > 0) yield besideRoom(task.heap, chunk, (segment) => slot.next(segment));
    i++;
  }
}

function open(task: TaskRuntime, copy: StoredCopy, keeper: Keeper | null): CopyReader {
  let dictionaries: Keeper | null = keeper;
  return readCopy(task.compute, task.files, copy, (segment) => {
    dictionaries ??= task.track(new Keeper(task.heap));
    return dictionaries.sharedArena(segment);
  });
}

/** Tells the driver, and gives up when no copy is left. */
function lost(
  task: TaskRuntime,
  { node, partition }: Source,
  copy: StoredCopy,
  left: number,
  error: GnistaError,
): void {
  const identity = copyIdentity(copy);
  if (identity !== null) task.stage.storage.copyLost(node, partition, identity);
  if (left > 0) return;
  throw new GnistaError("BLOCK_LOST", error.message, { ...error.place, node, partition }, error);
}

/** A stored column in pieces, so that take(n) does not work through all of it. */
function* pieces(task: TaskRuntime, column: Column): Generator<Column> {
  const scratch: ArenaSlot = task.slot(null);
  for (let from = 0, size = 1024; from < column.length; from += size, size = Math.min(65536, size * 4))
    yield sliceColumn(
      task.heap,
      column,
      from,
      Math.min(column.length, from + size),
      scratch.next(column.segment),
    );
}
