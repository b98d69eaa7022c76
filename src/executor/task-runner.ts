/**
 * The part of a worker that does not care which thread it is on: keeps the stages that were shipped, the broadcasts, and the local
 * values of accumulators, and works through task sets. `worker.ts` drives one in a thread, the inline executor
 * drives one on the driver.
 */
import { GnistaError } from "../errors.ts";
import type { Compute } from "../kernels/compute.ts";
import { claimCopies } from "../memory/copies.ts";
import type { StageSpec, TaskSet, ToWorker } from "./protocol.ts";
import { type AccumulatorScope, runTask, type TaskReport } from "./run-task.ts";
import { type FunctionHost, StageRuntime } from "./stage-runtime.ts";
import { TaskContext } from "./task-context.ts";
import type { TaskRuntime } from "./task-runtime.ts";

export class TaskRunner {
  readonly #compute: Compute;
  readonly #worker: number;
  readonly #stages = new Map<number, StageRuntime>();
  readonly #broadcasts = new Map<number, unknown>();
  readonly #accumulators = new Accumulators();

  constructor(compute: Compute, worker: number) {
    this.#compute = compute;
    this.#worker = worker;
  }

  handle(message: Exclude<ToWorker, { readonly type: "tasks" }>): void {
    switch (message.type) {
      case "stage":
        this.#stages.set(message.spec.stage, new StageRuntime(message.spec, this.#compute, this.#host()));
        break;
      case "dropStage":
        this.#stages.delete(message.stage);
        break;
      case "broadcast":
        this.#broadcasts.set(message.id, message.value);
        break;
      case "dropBroadcast":
        this.#broadcasts.delete(message.id);
        break;
      case "copies":
        for (const _ of claimCopies(this.#compute.heap, message.set, this.#worker + 1));
        break;
    }
  }

  /** Claims and runs tasks of the set until none is left. */
  *run(set: TaskSet): Generator<TaskReport> {
    const control = new Int32Array(set.control);
    const stage = this.#stages.get(set.stage);
    if (stage === undefined) return;
    for (;;) {
      const at = Atomics.add(control, 0, 1);
      if (at >= set.partitions.length) return;
      Atomics.store(control, 2 + at, this.#worker + 1);
      yield runTask(stage, set.run, at, set.partitions[at], set.attempts[at], control, this.#accumulators);
    }
  }

  #host(): FunctionHost {
    return {
      broadcast: (id) => {
        if (!this.#broadcasts.has(id))
          throw new GnistaError(
            "UNSUPPORTED_OPERATION",
            `broadcast ${id} was destroyed before a task used it`,
          );
        return { id, value: this.#broadcasts.get(id) };
      },
      accumulator: (id) => this.#accumulators.handle(id),
    };
  }
}

/** The local side of accumulators: what this attempt added, from zero. */
class Accumulators implements AccumulatorScope {
  readonly #local = new Map<number, unknown>();
  #stage: StageRuntime | null = null;

  begin(stage: StageRuntime, task: TaskRuntime): void {
    this.#stage = stage;
    this.#local.clear();
    TaskContext.enter(new TaskContext(stage.spec, task.partition, task.attempt));
  }

  end(): readonly { readonly id: number; readonly update: unknown }[] {
    const updates = [...this.#local].map(([id, update]) => ({ id, update }));
    this.#local.clear();
    TaskContext.leave();
    return updates;
  }

  handle(id: number): { add(value: unknown): void } {
    const add = (value: unknown): void => {
      const known = this.#stage?.spec.accumulators.find((a) => a.id === id);
      if (known === undefined)
        throw new GnistaError("UNSUPPORTED_OPERATION", `accumulator ${id} is not known to this stage`);
      const local = this.#local.has(id) ? this.#local.get(id) : structuredClone(known.zero);
      this.#local.set(id, this.#add(known.add, local, value));
    };
    return {
      add,
      get value(): never {
        throw new GnistaError(
          "UNSUPPORTED_OPERATION",
          "the value of an accumulator can only be read on the driver, after an action",
        );
      },
    } as { add(value: unknown): void };
  }

  #add(how: StageSpec["accumulators"][number]["add"], local: unknown, value: unknown): unknown {
    switch (how.kind) {
      case "sum":
        return (local as number) + (value as number);
      case "list":
        (local as unknown[]).push(value);
        return local;
      case "custom":
        return this.#stage!.fn(how.add)(local, value);
    }
  }
}
