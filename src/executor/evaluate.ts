/**
 * The interpreter: the chunks of one partition of one node, pulled lazily. Columns stay readable until the next chunk is asked
 * for, or as long as `keeper` holds them when one is given.
 */
import { type Chunk, isRows } from "../column/chunk.ts";
import type { Column } from "../column/column.ts";
import { batched } from "../column/row-iterator.ts";
import { GnistaError } from "../errors.ts";
import type { Arena } from "../memory/arena.ts";
import { combineByKey } from "../shuffle/combine.ts";
import { combineOutputs } from "../shuffle/combine-outputs.ts";
import { joinPairs } from "../shuffle/join.ts";
import { cogroupPairs, groupPairs, readSlices } from "../shuffle/read.ts";
import { sortMapOutputs, sortPairs } from "../shuffle/sort.ts";
import { Keeper } from "../storage/keeper.ts";
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
      return inputOf(task, node, 0, partition, keeper);
    case "sort": {
      const [source] = node.inputs;
      if (source.kind === "shuffle" && operator.compare === undefined) {
        const arena = (segment: Column["segment"]): Arena => task.slot(keeper).next(segment);
        const { outputs } = source;
        const sorted = sortMapOutputs(task, outputs, partition, operator.ascending, arena, task.metrics);
        if (sorted !== null) return sorted;
      }
      const input = task.track(new Keeper(task.heap));
      const chunks = [...inputOf(task, node, 0, partition, input)];
      const ordering = operator.compare === undefined ? null : task.fn(operator.compare);
      try {
        return sortPairs(
          task,
          chunks,
          operator.ascending,
          () => task.slot(keeper).next(segmentOf(chunks)),
          ordering,
        );
      } catch (error) {
        throw task.userError(error, node.callSite);
      }
    }
    case "combine": {
      const [input] = node.inputs;
      const combined = input.kind === "shuffle" && input.combined !== null;
      const held = task.track(new Keeper(task.heap));
      try {
        if (combined)
          return combineOutputs(
            task,
            input.outputs,
            partition,
            operator.combiner,
            held,
            task.slot(keeper).next(input.outputs[0]?.pieces[0]?.column.segment),
            task.metrics,
          );
        return combineByKey(
          task,
          inputOf(task, node, 0, partition, operator.combiner.kind === null ? null : held),
          operator.combiner,
          false,
          held,
          task.slot(keeper).next(),
        );
      } catch (error) {
        throw task.userError(error, node.callSite);
      }
    }
    case "group": {
      const input = task.track(new Keeper(task.heap));
      return groupPairs(task, inputOf(task, node, 0, partition, input), (segment) =>
        task.slot(keeper).next(segment),
      );
    }
    case "cogroup": {
      const input = task.track(new Keeper(task.heap));
      return cogroupPairs(
        task,
        node.inputs.map((_, i) => inputOf(task, node, i, partition, input)),
        (segment) => task.slot(keeper).next(segment),
      );
    }
    case "join": {
      const input = task.track(new Keeper(task.heap));
      const left = [...inputOf(task, node, 0, partition, input)];
      const right = [...inputOf(task, node, 1, partition, input)];
      const held = task.track(new Keeper(task.heap));
      const slot = task.slot(keeper);
      return joinPairs(task, left, right, operator.how, held, (segment) => slot.next(segment));
    }
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
  return readSlices(
    task,
    input.outputs,
    partition,
    keeper ?? task.track(new Keeper(task.heap)),
    task.metrics,
  );
}

function segmentOf(chunks: readonly Chunk[]): Column["segment"] | undefined {
  const column = chunks.find((chunk) => !isRows(chunk)) as Column | undefined;
  return column?.segment;
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
