/** The tasks of one attempt at a barrier stage: what they did counts when all have succeeded, and they are tried again together. */
import { barrierState, breakBarrier } from "../executor/barrier.ts";
import type { FailedTask } from "../executor/protocol.ts";
import type { TaskReport } from "../executor/task-report.ts";

type Done = Extract<TaskReport, { readonly type: "done" }>;

export class Gang {
  readonly state: SharedArrayBuffer;
  readonly #done: [number, Done][] = [];
  #failure: { readonly partition: number; readonly error: FailedTask } | null = null;

  constructor(tasks: number) {
    this.state = barrierState(tasks);
  }

  /** Why the attempt fails: what failed first, not who had to stop for it. */
  get failure(): { readonly partition: number; readonly error: FailedTask } | null {
    return this.#failure;
  }

  add(partition: number, report: TaskReport): void {
    if (report.type === "done") this.#done.push([partition, report]);
    else if (report.type === "failed" && this.#failure === null) {
      this.#failure = { partition, error: report.error };
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
