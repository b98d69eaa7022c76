/** Runs one task and says how it went. Never throws: whatever a user's function did becomes a message to the driver. */

import { GnistaError } from "../errors.ts";
import type { Heap, Region } from "../memory/heap.ts";
import type { TaskValue } from "../plan/action.ts";
import type { MapOutput } from "../shuffle/map-output.ts";
import { writeShuffle } from "../shuffle/write.ts";
import { Keeper } from "../storage/keeper.ts";
import { copyable, runAction } from "./actions.ts";
import { evaluate } from "./evaluate.ts";
import type { LocalAccumulators } from "./local-accumulators.ts";
import type { FailedTask, FromWorker, TaskSet } from "./protocol.ts";
import type { StageRuntime } from "./stage-runtime.ts";
import { TaskContext } from "./task-context.ts";
import { TaskCancelled, TaskRuntime, UserFunctionError } from "./task-runtime.ts";

export type TaskReport = Extract<FromWorker, { readonly type: "done" | "failed" | "cancelled" }>;

export function runTask(
  stage: StageRuntime,
  set: TaskSet,
  at: number,
  control: Int32Array,
  accumulators: LocalAccumulators,
): TaskReport {
  const { run } = set;
  const task = new TaskRuntime(stage, set.partitions[at], set.attempts[at], control);
  const context = new TaskContext(task, set.firstTask + at);
  const start = performance.now();
  accumulators.begin(stage);
  TaskContext.enter(context);
  try {
    task.checkCancelled();
    const result = compute(task);
    context.end(null);
    const accumulated = copyable(accumulators.end());
    task.metrics.runTime = performance.now() - start;
    task.metrics.rowsWritten =
      result.kind === "action" && result.value.kind === "block" ? result.value.block.rows : 0;
    return { type: "done", run, at, result, stored: task.stored, accumulated, metrics: task.metrics };
  } catch (error) {
    context.end(error instanceof UserFunctionError ? error.thrown : error);
    accumulators.end();
    task.dropStored();
    if (error instanceof TaskCancelled) return { type: "cancelled", run, at };
    return { type: "failed", run, at, error: describe(error, task), stored: [] };
  } finally {
    TaskContext.leave();
    task.end();
  }
}

function compute(
  task: TaskRuntime,
): { kind: "action"; value: TaskValue } | { kind: "shuffle"; output: MapOutput } {
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
    task.partition,
  );
  task.metrics.shuffleRowsWritten = output.rows;
  task.metrics.shuffleBytesWritten = output.bytes;
  return { kind: "shuffle", output };
}

/** The memory that a report hands over. */
export function regionsOf(report: TaskReport): Region[] {
  if (report.type !== "done") return [];
  const { result, stored } = report;
  const regions = stored.flatMap(({ block }) => block.regions);
  if (result.kind === "shuffle") return [...regions, ...result.output.regions];
  return result.value.kind === "block" ? [...regions, ...result.value.block.regions] : regions;
}

/** Frees what a report carries, when nobody wants it any more. */
export function dropReport({ heap }: { readonly heap: Heap }, report: TaskReport): void {
  for (const region of regionsOf(report)) heap.free(region);
}

function describe(error: unknown, task: TaskRuntime): FailedTask {
  const thrown = error instanceof UserFunctionError ? error.thrown : error;
  const root = task.stage.spec.nodes[task.stage.spec.root];
  const operation = error instanceof UserFunctionError ? error.callSite : root.callSite;
  const ours = GnistaError.is(thrown) ? thrown : null;
  const source = sourceOf(thrown);
  return {
    name: thrown instanceof Error ? thrown.name : typeof thrown,
    message: thrown instanceof Error ? thrown.message : String(thrown),
    stack: thrown instanceof Error ? (thrown.stack ?? "") : "",
    code: ours?.code ?? null,
    place: { operation, partition: task.partition, ...(source === null ? {} : { source }), ...ours?.place },
    thrown: cloneable(thrown),
  };
}

/** The first stack frame in the user's own code. */
function sourceOf(thrown: unknown): string | null {
  if (!(thrown instanceof Error) || thrown.stack === undefined) return null;
  for (const line of thrown.stack.split("\n")) {
    const match = /(?:\(|at )((?:file:\/\/)?\/[^()]+:\d+:\d+)\)?$/.exec(line.trim());
    if (match !== null && !match[1].includes("node:") && !INTERNAL.some((dir) => match[1].includes(dir)))
      return match[1].replace(/^file:\/\//, "");
  }
  return null;
}

const HERE = new URL("..", import.meta.url).pathname;
const INTERNAL = [
  "executor",
  "shuffle",
  "column",
  "kernels",
  "expr",
  "closure",
  "storage",
  "memory",
  "io",
].map((dir) => `${HERE}${dir}/`);

function cloneable(value: unknown): unknown {
  try {
    return structuredClone(value);
  } catch {
    return undefined;
  }
}
