/** The chunks of a stored partition: where they lie, beside room when their segment is full, or in pieces when few are wanted. */
import type { Block } from "../column/block.ts";
import type { Chunk } from "../column/chunk.ts";
import type { Column } from "../column/column.ts";
import { columnBytes } from "../column/concat.ts";
import { sliceColumn } from "../column/slice.ts";
import { besideRoom } from "../storage/beside-room.ts";
import type { Keeper } from "../storage/keeper.ts";
import type { TaskRuntime } from "./task-runtime.ts";

export function* storedChunks(task: TaskRuntime, block: Block, keeper: Keeper | null): Generator<Chunk> {
  task.metrics.rowsRead += block.rows;
  for (const chunk of block.chunks) task.metrics.bytesRead += columnBytes(task.heap, chunk);
  const slot = task.slot(keeper);
  for (const chunk of block.chunks) {
    if (task.lazy) yield* pieces(task, chunk);
    else if (chunk.length > 0) yield besideRoom(task.heap, chunk, (segment) => slot.next(segment));
  }
}

/** A stored column in pieces, so that take(n) does not work through all of it. */
function* pieces(task: TaskRuntime, column: Column): Generator<Column> {
  const scratch = task.slot(null);
  for (let from = 0, size = 1024; from < column.length; from += size, size = Math.min(65536, size * 4))
    yield sliceColumn(
      task.heap,
      column,
      from,
      Math.min(column.length, from + size),
      scratch.next(column.segment),
    );
}
