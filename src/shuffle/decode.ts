/** Chunks as JavaScript rows, an array at a time; between chunks it is seen whether the task was cancelled. */
import { type Chunk, decode } from "../column/chunk.ts";
import type { ShuffleTask } from "./task.ts";

export function* decodeEach(task: ShuffleTask, chunks: Iterable<Chunk>): Generator<readonly unknown[]> {
  for (const chunk of chunks) {
    yield* decode(task.heap, chunk);
    task.checkCancelled();
  }
}

export function decodeAll(task: ShuffleTask, chunks: Iterable<Chunk>): unknown[] {
  const all: unknown[] = [];
  for (const rows of decodeEach(task, chunks)) for (const row of rows) all.push(row);
  return all;
}
