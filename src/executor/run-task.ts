/** Runs one task and says how it went. Never throws: whatever a user's function did becomes a message to the driver. */
import { type InspectOptions, inspect } from "node:util";
import { GnistaError } from "../errors.ts";
import type { NodeId, ShuffleId } from "../plan/node.ts";
import { writeShuffle } from "../shuffle/write.ts";
import { Keeper } from "../storage/keeper.ts";
import { copyable, runAction } from "./actions.ts";
import { Barrier } from "./barrier.ts";
import { BarrierTaskContext } from "./barrier-task-context.ts";
import { evaluate } from "./evaluate.ts";
import type { LocalAccumulators } from "./local-accumulators.ts";
import type { FailedTask, LostInput, TaskSet } from "./protocol.ts";
import type { StageRuntime } from "./stage-runtime.ts";
import { TaskContext } from "./task-context.ts";
import { resultFiles, resultRegions, type TaskReport, type TaskResult } from "./task-report.ts";
import { TaskCancelled, TaskRuntime, UserFunctionError } from "./task-runtime.ts";

/** How much is shown of what was thrown and is no error. */
const SHOWN: InspectOptions = {
  depth: 1,
  breakLength: Number.POSITIVE_INFINITY,
  customInspect: false,
  maxStringLength: 200,
  maxArrayLength: 10,
};

export function runTask(
  stage: StageRuntime,
  set: TaskSet,
  at: number,
  control: Int32Array,
  accumulators: LocalAccumulators,
): TaskReport {
  const { run } = set;
  const task = new TaskRuntime(stage, set, at, control);
  const barrier = set.barrier === null ? null : new Barrier(task, at, set.partitions.length, set.barrier);
  const id = set.firstTask + at;
  const context = barrier === null ? new TaskContext(task, id) : new BarrierTaskContext(task, id, barrier);
  const start = performance.now();
  let result: TaskResult | null = null;
  accumulators.begin(stage);
  TaskContext.enter(context);
  stage.storage.enter(task);
  try {
    task.checkCancelled();
    result = compute(task);
    context.end(null);
    const accumulated = copyable(accumulators.end());
    barrier?.leave(true);
    for (const name of resultFiles(result)) task.files.handOver(name);
    task.metrics.runTime = performance.now() - start;
    task.metrics.rowsWritten =
      result.kind === "action" && result.value.kind === "block" ? result.value.block.rows : 0;
    return { type: "done", run, at, result, stored: task.stored, accumulated, metrics: task.metrics };
  } catch (error) {
    barrier?.leave(false);
    context.end(error instanceof UserFunctionError ? error.thrown : error);
    accumulators.end();
    task.dropStored();
    for (const region of result === null ? [] : resultRegions(result)) task.heap.free(region);
    if (error instanceof TaskCancelled) return { type: "cancelled", run, at };
    const thrown = error instanceof UserFunctionError ? error.thrown : error;
    const lost = lostInput(thrown);
    if (lost !== null) return { type: "inputLost", run, at, lost, message: (thrown as GnistaError).message };
    return { type: "failed", run, at, error: describe(error, task) };
  } finally {
    stage.storage.enter(null);
    TaskContext.leave();
    task.end();
  }
}

function compute(task: TaskRuntime): TaskResult {
  const { spec } = task.stage;
  if (spec.output.kind === "action")
    return { kind: "action", value: runAction(task, spec.output.action, spec.output.callSite) };
  const { write } = spec.output;
  const input = task.track(new Keeper(task.heap));
  // What is combined row by row is not kept.
  const byRow = write.kind === "combined" && write.combiner.kind === null;
  const output = writeShuffle(
    task,
    evaluate(task, spec.root, task.partition, byRow ? null : input),
    input,
    write,
    spec.output.partitioner,
    { shuffle: spec.output.shuffle, mapPartition: task.partition },
  );
  task.metrics.shuffleRowsWritten = output.rows;
  task.metrics.shuffleBytesWritten = output.bytes;
  return { kind: "shuffle", output };
}

function lostInput(thrown: unknown): LostInput | null {
  if (!GnistaError.is(thrown, "BLOCK_LOST")) return null;
  const { shuffle, mapPartition, node, partition } = thrown.place;
  if (shuffle !== undefined && mapPartition !== undefined)
    return { kind: "mapOutput", shuffle: shuffle as ShuffleId, mapPartition };
  return node === undefined || partition === undefined
    ? null
    : { kind: "block", node: node as NodeId, partition };
}

function describe(error: unknown, task: TaskRuntime): FailedTask {
  const thrown = error instanceof UserFunctionError ? error.thrown : error;
  const { spec } = task.stage;
  // Functions of the chain say where they belong; the rest is the shuffle's: its combiner, its partitioner, its pairs.
  const operation =
    error instanceof UserFunctionError
      ? error.callSite
      : spec.output.kind === "shuffle"
        ? spec.output.callSite
        : spec.nodes[spec.root].callSite;
  const ours = GnistaError.is(thrown) ? thrown : null;
  return {
    name: thrown instanceof Error ? String(thrown.name) : null,
    message: thrown instanceof Error ? String(thrown.message) : inspect(thrown, SHOWN),
    stack: thrown instanceof Error ? (thrown.stack ?? "") : "",
    code: ours?.code ?? null,
    place: { operation, partition: task.partition, ...ours?.place },
    thrown: cloneable(thrown),
  };
}

function cloneable(value: unknown): unknown {
  try {
    return structuredClone(value);
  } catch {
    return undefined;
  }
}
