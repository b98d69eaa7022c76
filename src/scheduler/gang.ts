/** The tasks of one attempt at a barrier stage: what they did counts when all have succeeded, and they are tried again together. */
import { barrierState, breakBarrier } from "../executor/barrier.ts";
import type { FailedTask } from "../executor/protocol.ts";
import type { TaskReport } from "../executor/task-report.ts";

type Done = Extract<TaskReport, { readonly type: "done" }>;

/** An attempt at a task that has failed, and where. */
export interface FailedAttempt {
  readonly partition: number;
  readonly worker: number;
  readonly error: FailedTask;
}

export class Gang {
  readonly state: SharedArrayBuffer;
  readonly #done: [number, Done][] = [];
  #failure: FailedAttempt | null = null;

  constructor(tasks: number) {
    this.state = barrierState(tasks);
  }

  /** Why the attempt fails: what failed first, not who had to stop for it. */
  get failure(): FailedAttempt | null {
    return this.#failure;
  }

  add(partition: number, report: TaskReport, worker: number): void {
    if (report.type === "done") this.#done.push([partition, report]);
    else if (report.type === "failed" && this.#failure === null) {
      this.#failure = { partition, worker, error: report.error };
      this.break();
    }
  }

  /** Tasks that wait for others need not: the attempt has failed. */
  break(): void {
    breakBarrier(this.state);
  }

  /** Hands over what the tasks did. */
  take(): [number, Done][] {
    return this.#done.splice(0);
  }
}
