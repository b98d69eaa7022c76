/**
 * The part of a worker that does not care which thread it is on: keeps the stages that were shipped, the broadcasts, and the local
 * values of accumulators, and works through task sets. `worker.ts` drives one in a thread, the inline executor
 * drives one on the driver.
 */
import type { ReviveHost } from "../closure/revive.ts";
import { claimCopies } from "../memory/copies.ts";
import { LocalAccumulators } from "./local-accumulators.ts";
import type { StageSpec, TaskSet, ToWorker } from "./protocol.ts";
import { runTask } from "./run-task.ts";
import { StageRuntime, type TaskResources } from "./stage-runtime.ts";
import type { TaskReport } from "./task-report.ts";

export class TaskRunner {
  readonly #resources: TaskResources;
  readonly #stages = new Map<number, StageRuntime>();
  readonly #broadcasts = new Map<number, unknown>();
  readonly #accumulators = new LocalAccumulators();

  constructor(resources: TaskResources) {
    this.#resources = resources;
  }

  handle(message: Exclude<ToWorker, { readonly type: "tasks" | "move" | "dropBroadcast" }>): void {
    switch (message.type) {
      case "stage":
        this.#stages.set(
          message.spec.key,
          new StageRuntime(message.spec, this.#resources, this.#host(message.spec)),
        );
        break;
      case "dropStage":
        this.#stages.delete(message.key);
        break;
      case "broadcast":
        this.#broadcasts.set(message.id, message.value);
        break;
      case "copies":
        for (const _ of claimCopies(this.#resources.compute.heap, message.set, this.#resources.worker + 1));
        break;
    }
  }

  dropBroadcast(id: number): void {
    this.#broadcasts.delete(id);
  }

  /** Claims and runs tasks of the set until none is left. */
  *run(set: TaskSet): Generator<TaskReport> {
    const control = new Int32Array(set.control);
    const stage = this.#stages.get(set.key);
    if (stage === undefined) return;
    for (;;) {
      const at = Atomics.add(control, 0, 1);
      if (at >= set.partitions.length) return;
      Atomics.store(control, 2 + at, this.#resources.worker + 1);
      yield runTask(stage, set, at, control, this.#accumulators);
    }
  }

  /** A stage has its broadcasts as long as it runs: they may be dropped meanwhile, and tasks be tried again. */
  #host({ broadcasts }: StageSpec): ReviveHost {
    const values = new Map(broadcasts.map((id) => [id, this.#broadcasts.get(id)]));
    return {
      broadcast: (id) => ({ id, value: values.get(id) }),
      accumulator: (id) => this.#accumulators.handle(id),
    };
  }
}
