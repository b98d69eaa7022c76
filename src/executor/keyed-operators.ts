/**
 * Operators over all pairs of a partition: sort, combine, group, cogroup and join. What fits the task's share of memory is worked on there; more
 * than that goes over disk, to the same result but for the order of keys.
 */
import { type Chunk, isRows } from "../column/chunk.ts";
import type { Column } from "../column/column.ts";
import { copyColumn } from "../column/copy.ts";
import type { Arena } from "../memory/arena.ts";
import type { Operator } from "../plan/node.ts";
import { combineByKey } from "../shuffle/combine.ts";
import { combineOutputs } from "../shuffle/combine-outputs.ts";
import { sortExternally } from "../shuffle/external-sort.ts";
import { cogroupPairs, groupPairs } from "../shuffle/group.ts";
import { inParts, type Side } from "../shuffle/in-parts.ts";
import { joinPairs } from "../shuffle/join.ts";
import { outputBytes } from "../shuffle/map-output.ts";
import { sortMapOutputs, sortPairs } from "../shuffle/sort.ts";
import { gatherWithin } from "../shuffle/within-share.ts";
import { Keeper } from "../storage/keeper.ts";
import type { NodeSpec } from "./protocol.ts";
import type { TaskRuntime } from "./task-runtime.ts";

type Of<K extends Operator["kind"]> = Extract<Operator, { readonly kind: K }>;

/** A node's input by its index; its chunks stay readable while the keeper holds them, or else until the next is asked for. */
export type Input = (at: number, keeper: Keeper | null) => Iterable<Chunk>;

export function* sorted(
  task: TaskRuntime,
  node: NodeSpec,
  { ascending, compare }: Of<"sort">,
  partition: number,
  input: Input,
  keeper: Keeper | null,
): Generator<Chunk> {
  const slot = task.slot(keeper);
  const held = task.track(new Keeper(task.heap));
  const [source] = node.inputs;
  try {
    if (
      source.kind === "shuffle" &&
      compare === undefined &&
      outputBytes(source.outputs, partition) <= task.share
    ) {
      const { outputs } = source;
      const next = (segment: Column["segment"]) => slot.next(segment);
      const found = sortMapOutputs(task, outputs, partition, ascending, held, next, task.metrics);
      if (found !== null) {
        held.end();
        yield* found;
        return;
      }
      // What was read of pieces that do not lie alike.
      held.release();
    }
    const ordering = compare === undefined ? null : task.fn(compare);
    const gathered = gatherWithin(task.heap, input(0, held), task.share);
    const segment = segmentOf(gathered.chunks);
    yield* gathered.rest === null
      ? sortPairs(task, gathered.chunks, ascending, () => slot.next(segment), ordering)
      : kept(
          task,
          sortExternally(task, gathered, { ascending, ordering }, held, () => slot.next()),
          keeper,
        );
  } catch (error) {
    throw task.userError(error, node.callSite);
  }
}

export function* combined(
  task: TaskRuntime,
  node: NodeSpec,
  { combiner }: Of<"combine">,
  partition: number,
  input: Input,
  keeper: Keeper | null,
): Generator<Chunk> {
  const slot = task.slot(keeper);
  const held = task.track(new Keeper(task.heap));
  const next = (segment?: Column["segment"]): Arena => slot.next(segment);
  const [source] = node.inputs;
  try {
    yield* source.kind === "shuffle" && source.combined !== null
      ? combineOutputs(task, source.outputs, partition, combiner, held, next, task.metrics)
      : // What is combined row by row is not kept.
        combineByKey(task, input(0, combiner.kind === null ? null : held), combiner, false, held, next);
  } catch (error) {
    throw task.userError(error, node.callSite);
  }
}

export function* grouped(
  task: TaskRuntime,
  node: NodeSpec,
  kind: "group" | "cogroup",
  input: Input,
  keeper: Keeper | null,
): Generator<Chunk> {
  const slot = task.slot(keeper);
  const next = (segment: Column["segment"]): Arena => slot.next(segment);
  yield* inParts(task, sidesOf(task, node, input), node.numPartitions, {
    run: (sides) => (kind === "group" ? groupPairs(task, sides[0], next) : cogroupPairs(task, sides, next)),
    keep: keepIn(task, keeper),
  });
}

export function* joined(
  task: TaskRuntime,
  node: NodeSpec,
  { how }: Of<"join">,
  input: Input,
  keeper: Keeper | null,
): Generator<Chunk> {
  const slot = task.slot(keeper);
  const held = task.track(new Keeper(task.heap));
  yield* inParts(task, sidesOf(task, node, input), node.numPartitions, {
    run: ([left, right]) => joinPairs(task, left, right, how, held, (segment) => slot.next(segment)),
    keep: keepIn(task, keeper),
  });
}

function sidesOf(task: TaskRuntime, node: NodeSpec, input: Input): Side[] {
  return node.inputs.map((_, at) => {
    const keeper = task.track(new Keeper(task.heap));
    return { gathered: gatherWithin(task.heap, input(at, keeper), task.share), keeper };
  });
}

/** Chunks that were made on the way over disk refer to memory that goes before the keeper's. */
function keepIn(task: TaskRuntime, keeper: Keeper | null): ((chunk: Chunk) => Chunk) | null {
  if (keeper === null) return null;
  return (chunk) => (isRows(chunk) ? chunk : copyColumn(task.heap, chunk, keeper.arena(chunk.segment)));
}

function* kept(task: TaskRuntime, chunks: Iterable<Chunk>, keeper: Keeper | null): Generator<Chunk> {
  const keep = keepIn(task, keeper);
  for (const chunk of chunks) yield keep === null ? chunk : keep(chunk);
}

function segmentOf(chunks: readonly Chunk[]): Column["segment"] | undefined {
  return (chunks.find((chunk) => !isRows(chunk)) as Column | undefined)?.segment;
}
