/**
 * Storing a partition: its chunks become one block in shared memory, which the driver registers when the task is done. Without
 * room for it the partition is simply not stored, as Spark does with MEMORY_ONLY, and is computed again next time.
 */

import type { Block } from "../column/block.ts";
import { type Chunk, decode } from "../column/chunk.ts";
import { batched } from "../column/row-iterator.ts";
import { GnistaError } from "../errors.ts";
import { toColumns } from "../shuffle/pairs.ts";
import { Keeper } from "../storage/keeper.ts";
import type { NodeSpec } from "./protocol.ts";
import type { TaskRuntime } from "./task-runtime.ts";

/** All rows of `chunks` as a block; what the chunks lie in must be held by `keeper`. */
export function toBlock(chunks: Iterable<Chunk>, keeper: Keeper): Block {
  return keeper.toBlock([...toColumns(chunks, keeper)]);
}

export function* storePartition(
  task: TaskRuntime,
  node: NodeSpec,
  partition: number,
  given: Keeper | null,
  compute: (keeper: Keeper | null) => Iterable<Chunk>,
): Generator<Chunk> {
  const mine = task.stored.find((s) => s.node === node.id && s.partition === partition);
  if (mine !== undefined) {
    yield* mine.block.chunks;
    return;
  }
  const keeper = task.track(new Keeper(task.heap));
  const lazy = task.lazy;
  let block: Block;
  try {
    task.lazy = false;
    block = toBlock(compute(keeper), keeper);
  } catch (error) {
    if (!GnistaError.is(error, "OUT_OF_MEMORY")) throw error;
    keeper.end();
    task.lazy = lazy;
    yield* lazy ? compute(given) : unstored(task, given, compute);
    return;
  }
  task.lazy = lazy;
  task.stored.push({ node: node.id, partition, block });
  if (!lazy) {
    for (const chunk of block.chunks) if (chunk.length > 0) yield chunk;
    return;
  }
  for (const chunk of block.chunks) for (const rows of decode(task.heap, chunk)) yield* batched(rows);
}

/** The chunks that the block would have had, one after the other; kept with `given`, or else freed when the next is asked for. */
function* unstored(
  task: TaskRuntime,
  given: Keeper | null,
  compute: (keeper: Keeper) => Iterable<Chunk>,
): Generator<Chunk> {
  const keeper = given ?? task.track(new Keeper(task.heap));
  for (const column of toColumns(compute(keeper), keeper)) {
    yield column;
    if (given === null) keeper.release();
  }
}
