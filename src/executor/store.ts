/**
 * Storing a partition while it is computed, as one copy that the driver registers when the task is done. Without room for it the partition is
 * simply not stored, as in Spark: what was gathered is given on, and then the rest of the same iterator, so that no function is called twice.
 */
import type { Block } from "../column/block.ts";
import { type Chunk, decode } from "../column/chunk.ts";
import type { Column } from "../column/column.ts";
import type { StorageLevel } from "../plan/storage-level.ts";
import { toColumns } from "../shuffle/pairs.ts";
import { cutColumn } from "../storage/cut-column.ts";
import { Keeper } from "../storage/keeper.ts";
import type { NodeSpec } from "./protocol.ts";
import { copyChunks } from "./stored-chunks.ts";
import { Storing } from "./storing.ts";
import type { TaskRuntime } from "./task-runtime.ts";

/** All rows of `chunks` as a block; what the chunks lie in must be held by `keeper`. */
export function toBlock(chunks: Iterable<Chunk>, keeper: Keeper): Block {
  return keeper.toBlock([...toColumns(chunks, keeper)]);
}

/** The chunks of the partition, the same whether it could be stored or not. */
export function* storePartition(
  task: TaskRuntime,
  node: NodeSpec,
  level: StorageLevel,
  partition: number,
  given: Keeper | null,
  compute: (keeper: Keeper) => Iterable<Chunk>,
): Generator<Chunk> {
  const source = { node: node.id, partition };
  const mine = task.stored.find((stored) => stored.node === node.id && stored.partition === partition);
  if (mine !== undefined) {
    yield* copyChunks(task, source, [mine.copy], given);
    return;
  }
  const keeper = task.track(new Keeper(task.heap));
  const storing = new Storing(task, level, keeper, (bytes) => mayStore(task, node, bytes));
  const columns = toColumns(compute(keeper), keeper);
  if (gather(task, columns, storing)) {
    const copy = storing.finish();
    task.stored.push({ ...source, level, copy, maker: task.stage.worker });
    yield* copyChunks(task, source, [copy], given);
    return;
  }
  for (const column of unstored(task, storing, columns, keeper, given))
    if (task.lazy) yield* decode(task.heap, column);
    else yield column;
}

/** After an attempt that failed, perhaps for want of memory, half of it is left to the task. */
function mayStore(task: TaskRuntime, { id }: NodeSpec, bytes: number): boolean {
  if (task.attempt > 0 && task.heap.used + bytes > task.heap.limit / 2) return false;
  return task.stage.storage.mayStore(id, bytes);
}

/** Whether all columns could be stored. */
function gather(task: TaskRuntime, columns: Iterator<Column>, storing: Storing): boolean {
  const { lazy } = task;
  // All of the partition is computed, however few rows are wanted.
  task.lazy = false;
  try {
    for (let step = columns.next(); step.done !== true; step = columns.next())
      if (!storing.add(step.value)) return false;
    return true;
  } finally {
    task.lazy = lazy;
  }
}

/** What was gathered, then the rest: readable as long as `given` keeps it, or else until the next is asked for. */
function* unstored(
  task: TaskRuntime,
  storing: Storing,
  rest: Iterator<Column>,
  keeper: Keeper,
  given: Keeper | null,
): Generator<Column> {
  const holder = given ?? task.track(new Keeper(task.heap));
  const passed = function* (chunks: readonly Column[], arenas: number): Generator<Column> {
    yield* chunks.slice(0, -1);
    // Not before: who takes a chunk may release all.
    keeper.handOver(arenas, holder);
    yield* chunks.slice(-1);
    if (given === null) holder.release();
  };
  for (const { chunks, arenas } of storing.takeBack(holder, (segment) => keeper.sharedArena(segment)))
    yield* passed(chunks, arenas);
  for (let step = rest.next(); step.done !== true; step = rest.next()) {
    const { value } = step;
    const chunks = [...cutColumn(task.heap, value, () => keeper.arena(value.segment))];
    yield* passed(chunks, keeper.arenas);
  }
}
