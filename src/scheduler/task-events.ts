/** What is published of the tasks of a stage: workers claim them without telling the driver, so starts are seen late and ends when they report. */
import type { TaskReport } from "../executor/task-report.ts";
import type { ActiveSet } from "./active-set.ts";
import type { EventBus } from "./events.ts";

export class TaskEvents {
  readonly #bus: EventBus;
  readonly #stage: number;

  constructor(bus: EventBus, stage: number) {
    this.#bus = bus;
    this.#stage = stage;
  }

  /** Publishes the starts of tasks that were not known to run. */
  look(sets: Iterable<ActiveSet>): void {
    const now = performance.now();
    for (const active of sets)
      for (const at of active.open) {
        const worker = active.claimant(at);
        if (worker !== null) this.#started(active, at, worker, now);
      }
  }

  /** A task that counts has succeeded; what another attempt had done before, or nobody waits for, has not. */
  ended(active: ActiveSet, report: TaskReport, worker: number, counts: boolean): void {
    const done = report.type === "done" ? report.metrics : null;
    this.#started(active, report.at, worker, performance.now() - (done?.runTime ?? 0));
    this.#bus.publish({
      type: "taskEnd",
      ...this.#taskOf(active, report.at, worker),
      time: performance.now(),
      outcome: !counts || report.type === "cancelled" ? "cancelled" : done === null ? "failed" : "succeeded",
      message: messageOf(report),
      metrics: counts ? done : null,
    });
  }

  speculated(partition: number): void {
    this.#bus.publish({ type: "taskSpeculated", stage: this.#stage, partition, time: performance.now() });
  }

  #started(active: ActiveSet, at: number, worker: number, time: number): void {
    if (active.start(at, time))
      this.#bus.publish({ type: "taskStart", ...this.#taskOf(active, at, worker), time });
  }

  #taskOf(
    { set }: ActiveSet,
    at: number,
    worker: number,
  ): {
    readonly stage: number;
    readonly partition: number;
    readonly attempt: number;
    readonly worker: number;
  } {
    return { stage: this.#stage, partition: set.partitions[at], attempt: set.attempts[at], worker };
  }
}

function messageOf(report: TaskReport): string | null {
  if (report.type === "failed") return report.error.message;
  return report.type === "inputLost" ? report.message : null;
}
