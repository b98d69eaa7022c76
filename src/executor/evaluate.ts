/**
 * The interpreter: the chunks of one partition of one node, pulled lazily. Columns stay readable until the next chunk is asked
 * for, or as long as `keeper` holds them when one is given.
 */
import type { Chunk } from "../column/chunk.ts";
import { batched } from "../column/row-iterator.ts";
import { GnistaError } from "../errors.ts";
import { readSlices } from "../shuffle/read-slices.ts";
import { Keeper } from "../storage/keeper.ts";
import { combined, grouped, type Input, joined, sorted } from "./keyed-operators.ts";
import type { InputSpec, NodeSpec } from "./protocol.ts";
import { rangeChunks } from "./range-chunks.ts";
import { decodeAll, rowsOf } from "./rows-of.ts";
import { readSource } from "./sources.ts";
import { StepChain } from "./step-chain.ts";
import { storePartition } from "./store.ts";
import { storedChunks } from "./stored-chunks.ts";
import type { TaskRuntime } from "./task-runtime.ts";

export function evaluate(
  task: TaskRuntime,
  at: number,
  partition: number,
  keeper: Keeper | null,
): Iterable<Chunk> {
  const node = task.stage.spec.nodes[at];
  const copies = node.stored.get(partition);
  if (copies !== undefined) {
    if (node.level !== null) task.metrics.cacheHits++;
    return storedChunks(task, { node: node.id, partition }, copies, keeper);
  }
  return node.level === null
    ? compute(task, at, partition, keeper)
    : storePartition(task, node, node.level, partition, keeper, (inner) =>
        compute(task, at, partition, inner),
      );
}

function compute(task: TaskRuntime, at: number, partition: number, keeper: Keeper | null): Iterable<Chunk> {
  const node = task.stage.spec.nodes[at];
  const { operator } = node;
  const input: Input = (i, holder) => inputOf(task, node, i, partition, holder);
  switch (operator.kind) {
    case "map":
    case "filter":
    case "flatMap":
    case "mapValues":
    case "flatMapValues":
    case "keyBy": {
      const chain = StepChain.at(task.stage, at)!;
      // Chunks are kept to become part of a column.
      return chain.run(
        task,
        evaluate(task, chain.input, partition, keeper),
        task.slot(keeper),
        keeper !== null,
      );
    }
    case "mapPartitions":
      return userPartition(task, node, () =>
        task.fn(operator.fn)(
          partition,
          // Nothing is computed for a function that does not ask for rows.
          rowsOf(task, concatenated([() => inputOf(task, node, 0, partition, null)])),
        ),
      );
    case "zipPartitions":
      return userPartition(task, node, () =>
        task.fn(operator.fn)(
          partition,
          node.inputs.map((_, i) => rowsOf(task, inputOf(task, node, i, partition, null))),
        ),
      );
    case "collection":
      throw new GnistaError(
        "JOB_FAILED",
        `partition ${partition} of ${node.callSite} is not in memory any more`,
        { partition },
      );
    case "localCheckpoint":
      throw new GnistaError(
        "CHECKPOINT_LOST",
        `partition ${partition} of what was kept by ${node.callSite} is gone: it was unpersisted, or could not be read any more; run the program again, and use checkpoint(), which is slower but writes files that outlive that`,
        { operation: node.callSite, partition },
      );
    case "range":
      return rangeChunks(task, operator, node.numPartitions, partition, keeper);
    case "source":
      return readSource(task, operator.reader, operator.splits[partition], keeper);
    case "union":
      return operator.aligned
        ? concatenated(node.inputs.map((_, i) => () => inputOf(task, node, i, partition, keeper)))
        : evaluate(task, ...task.stage.union(at).find(partition), keeper);
    case "coalesce":
      return concatenated(
        operator.groups[partition].map((parent) => () => inputOf(task, node, 0, parent, keeper)),
      );
    case "prune":
      return inputOf(task, node, 0, operator.keep[partition], keeper);
    case "cartesian":
      return cartesian(task, node, partition);
    case "exchange":
    case "checkpointed":
      return inputOf(task, node, 0, partition, keeper);
    case "sort":
      return sorted(task, node, operator, partition, input, keeper);
    case "combine":
      return combined(task, node, operator, partition, input, keeper);
    case "group":
    case "cogroup":
      return grouped(task, node, operator.kind, input, keeper);
    case "join":
      return joined(task, node, operator, input, keeper);
  }
}

function inputOf(
  task: TaskRuntime,
  node: NodeSpec,
  at: number,
  partition: number,
  keeper: Keeper | null,
): Iterable<Chunk> {
  const input: InputSpec = node.inputs[at];
  if (input.kind === "node") return evaluate(task, input.at, partition, keeper);
  if (keeper !== null) return readSlices(task, input.outputs, partition, keeper, task.metrics);
  const passing = task.track(new Keeper(task.heap));
  return releasedAfterEach(readSlices(task, input.outputs, partition, passing, task.metrics), passing);
}

function* releasedAfterEach(chunks: Iterable<Chunk>, keeper: Keeper): Generator<Chunk> {
  for (const chunk of chunks) {
    yield chunk;
    keeper.release();
  }
}

function* userPartition(task: TaskRuntime, node: NodeSpec, call: () => unknown): Generator<Chunk> {
  try {
    const values = call();
    if (typeof values !== "object" || values === null || !(Symbol.iterator in values))
      throw new TypeError(
        `the function must return an iterable (an array, an iterator, a generator), but returned ${values === null ? "null" : typeof values}`,
      );
    yield* batched(values as Iterable<unknown>);
  } catch (error) {
    throw task.userError(error, node.callSite);
  }
}

function* concatenated(parts: readonly (() => Iterable<Chunk>)[]): Generator<Chunk> {
  for (const part of parts) yield* part();
}

function numPartitionsOf(input: InputSpec): number {
  return input.kind === "node" ? input.numPartitions : 0;
}

/** Partition i of n is left i / right.n by right i % right.n; the right side is held once and walked for each left row. */
function* cartesian(task: TaskRuntime, node: NodeSpec, partition: number): Generator<Chunk> {
  const width = numPartitionsOf(node.inputs[1]);
  const right: unknown[] = [];
  for (const rows of decodeAll(task, inputOf(task, node, 1, partition % width, null)))
    for (const row of rows) right.push(row);
  for (const rows of decodeAll(task, inputOf(task, node, 0, Math.floor(partition / width), null)))
    for (const left of rows) {
      task.checkCancelled();
      for (let from = 0; from < right.length; from += 16384)
        yield right.slice(from, from + 16384).map((value) => [left, value]);
    }
}
