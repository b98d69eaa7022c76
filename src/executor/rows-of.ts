/** Chunks as the rows that users' functions get, decoded as they are asked for. */
import { type Chunk, decode } from "../column/chunk.ts";
import { rowIterator } from "../column/row-iterator.ts";
import type { TaskRuntime } from "./task-runtime.ts";

export function rowsOf(task: TaskRuntime, chunks: Iterable<Chunk>): IteratorObject<unknown, undefined> {
  return rowIterator(decodeAll(task, chunks));
}

/** The same as arrays. Between them it is seen whether the task was cancelled. */
export function* decodeAll(task: TaskRuntime, chunks: Iterable<Chunk>): Generator<readonly unknown[]> {
  for (const chunk of chunks) {
    task.checkCancelled();
    yield* decode(task.heap, chunk);
  }
}
