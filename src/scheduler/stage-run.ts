/**
 * One attempt at a stage: ships it, hands out task sets, retries what failed, and ends as a promise. A task that fails is tried again up to
 * `maxTaskFailures` times in all; then the attempt fails with the last error. When a task has lost what it reads, the attempt fails with
 * `InputLost` as soon as the tasks that run have ended, and what they did counts. Cancelling rejects at once; workers stop at the
 * next chunk, and one that does not come back is replaced.
 */
import { GnistaError } from "../errors.ts";
import type { Executors } from "../executor/executors.ts";
import type { FailedTask, LostInput, StageSpec, TaskSet } from "../executor/protocol.ts";
import type { TaskReport } from "../executor/task-report.ts";
import { ActiveSet, controlWords } from "./active-set.ts";
import type { EventBus, GnistaEvent } from "./events.ts";
import { Gang } from "./gang.ts";
import { isFinal, lostWorker, taskError } from "./task-error.ts";

export type Done = Extract<TaskReport, { readonly type: "done" }>;

export interface StageRunHooks {
  /** A task succeeded; takes over what the report carries. */
  done(partition: number, report: Done): void;
  /** A report of a task that nobody waits for any more; must free what it carries. */
  drop(report: TaskReport): void;
  /** Frees memory before a task that ran out of it is tried again. */
  reclaim(): Promise<void>;
}

/** What the attempt fails with when what its tasks read has to be made again. */
export class InputLost extends GnistaError {
  readonly lost: readonly LostInput[];

  constructor(lost: readonly LostInput[], message: string) {
    super("BLOCK_LOST", message);
    this.lost = lost;
  }
}

const KILL_AFTER_MS = 1000;
/** How often the driver looks at the claims of tasks that take longer. */
const LOOK_EVERY_MS = 100;
let nextRun = 0;
let nextTask = 0;

export class StageRun {
  readonly spec: StageSpec;
  readonly result: Promise<void>;
  readonly #executors: Executors;
  readonly #events: EventBus;
  readonly #hooks: StageRunHooks;
  readonly #maxFailures: number;
  readonly #sets = new Map<number, ActiveSet>();
  readonly #failures = new Map<number, number>();
  readonly #lost: LostInput[] = [];
  #lostMessage = "";
  #watch: NodeJS.Timeout | null = null;
  #remaining: number;
  #settled = false;
  #resolve!: () => void;
  #reject!: (error: unknown) => void;
  #ended!: () => void;
  /** Resolves when no worker works on this stage any more. */
  readonly ended: Promise<void>;

  constructor(
    spec: StageSpec,
    partitions: readonly number[],
    executors: Executors,
    events: EventBus,
    maxFailures: number,
    hooks: StageRunHooks,
  ) {
    this.spec = spec;
    this.#executors = executors;
    this.#events = events;
    this.#hooks = hooks;
    this.#maxFailures = maxFailures;
    this.#remaining = partitions.length;
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.ended = new Promise((resolve) => {
      this.#ended = resolve;
    });
    if (partitions.length === 0) this.#settle(null);
    else {
      for (const worker of executors.workers) executors.send(worker, { type: "stage", spec });
      this.#submit(partitions);
    }
  }

  /** Whether the report belongs to this run; handles it if so. */
  report(report: TaskReport, worker: number): boolean {
    const active = this.#sets.get(report.run);
    if (active === undefined) return false;
    if (!active.close(report.at)) {
      this.#hooks.drop(report);
      return true;
    }
    const partition = active.set.partitions[report.at];
    const runTime = report.type === "done" ? report.metrics.runTime : 0;
    this.#started(active, report.at, worker, performance.now() - runTime);
    // What was done for nothing has not succeeded.
    const done = report.type === "done" && !this.#settled;
    // First, so that a listener which cancels the job does not undo it.
    this.#take(active, partition, report);
    this.#events.publish({
      type: "taskEnd",
      ...this.#taskOf(active, report.at, worker),
      time: performance.now(),
      outcome: done
        ? "succeeded"
        : report.type === "done" || report.type === "cancelled"
          ? "cancelled"
          : "failed",
      message:
        report.type === "failed" ? report.error.message : report.type === "inputLost" ? report.message : null,
      metrics: done ? report.metrics : null,
    });
    active.handled(report.at);
    this.#forget(active);
    return true;
  }

  #take(active: ActiveSet, partition: number, report: TaskReport): void {
    if (this.#settled) this.#hooks.drop(report);
    else if (report.type === "inputLost") this.#inputLost(report.lost, report.message, active);
    else if (active.gang !== null) active.gang.add(partition, report);
    else if (report.type === "done") this.#done(partition, report);
    else if (report.type === "failed") this.#failed([partition], partition, report.error);
  }

  /** A worker died: what it had claimed and not reported has failed. */
  workerLost(worker: number, reason: string): void {
    for (const active of [...this.#sets.values()])
      for (const at of [...active.open]) {
        if (active.claimant(at) !== worker) continue;
        const error = lostWorker(worker, reason, active.set.partitions[at]);
        this.report({ type: "failed", run: active.set.run, at, error, stored: [] }, worker);
      }
  }

  /** Sends a new worker what is under way. */
  welcome(worker: number): void {
    // Also when there is no set, because a task is just about to be tried again.
    if (this.#settled && this.#sets.size === 0) return;
    this.#executors.send(worker, { type: "stage", spec: this.spec });
    for (const { set } of this.#sets.values()) this.#executors.send(worker, { type: "tasks", set });
  }

  cancel(error: unknown): void {
    this.#settle(error);
  }

  #done(partition: number, report: Done): void {
    this.#hooks.done(partition, report);
    if (--this.#remaining === 0) this.#settle(null);
  }

  /** No more tasks are begun: they would lose the same. */
  #inputLost(lost: LostInput, message: string, { gang }: ActiveSet): void {
    this.#lost.push(lost);
    this.#lostMessage = message;
    gang?.break();
    for (const active of [...this.#sets.values()]) {
      active.withdraw();
      this.#forget(active);
    }
  }

  /** All tasks of a barrier stage have ended. */
  #gangEnded({ set: { partitions } }: ActiveSet, gang: Gang): void {
    const { failure } = gang;
    if (failure === null && this.#lost.length === 0) {
      for (const [partition, report] of gang.take()) this.#done(partition, report);
      return;
    }
    for (const [, report] of gang.take()) this.#hooks.drop(report);
    if (failure !== null) this.#failed(partitions, failure.partition, failure.error);
  }

  #submit(partitions: readonly number[]): void {
    const gang = this.spec.barrier ? new Gang(partitions.length) : null;
    const set: TaskSet = {
      run: nextRun++,
      key: this.spec.key,
      partitions,
      attempts: partitions.map((p) => this.#failures.get(p) ?? 0),
      firstTask: nextTask,
      barrier: gang === null ? null : { state: gang.state, slots: this.#executors.size },
      control: controlWords(partitions.length),
    };
    nextTask += partitions.length;
    this.#sets.set(set.run, new ActiveSet(set, gang));
    this.#watch ??= setInterval(() => this.#lookAtClaims(), LOOK_EVERY_MS).unref();
    for (const worker of this.#executors.workers) this.#executors.send(worker, { type: "tasks", set });
  }

  #lookAtClaims(): void {
    const now = performance.now();
    for (const active of this.#sets.values())
      for (const at of active.open) {
        const worker = active.claimant(at);
        if (worker !== null) this.#started(active, at, worker, now);
      }
  }

  /** Publishes the start of a task, the first time that it is heard of. */
  #started(active: ActiveSet, at: number, worker: number, time: number): void {
    if (active.start(at, time))
      this.#events.publish({ type: "taskStart", ...this.#taskOf(active, at, worker), time });
  }

  #taskOf(
    { set }: ActiveSet,
    at: number,
    worker: number,
  ): Pick<Extract<GnistaEvent, { type: "taskStart" }>, "stage" | "partition" | "attempt" | "worker"> {
    return { stage: this.spec.stage, partition: set.partitions[at], attempt: set.attempts[at], worker };
  }

  /** Tries these partitions again, because one of them failed. */
  #failed(partitions: readonly number[], partition: number, error: FailedTask): void {
    for (const p of partitions) this.#failures.set(p, (this.#failures.get(p) ?? 0) + 1);
    const failures = this.#failures.get(partition)!;
    if (failures >= this.#maxFailures || isFinal(error)) {
      this.#settle(taskError(this.spec, partition, failures, error));
      return;
    }
    const ready = error.code === "OUT_OF_MEMORY" ? this.#hooks.reclaim() : Promise.resolve();
    void ready.then(() => {
      if (!this.#settled && this.#lost.length === 0) this.#submit(partitions);
    });
  }

  #settle(error: unknown): void {
    if (this.#settled) return;
    this.#settled = true;
    if (this.#watch !== null) clearInterval(this.#watch);
    if (error === null) this.#resolve();
    else this.#reject(error);
    if (this.#sets.size === 0) this.#end();
    else if (error !== null) this.#stopTasks();
  }

  #stopTasks(): void {
    for (const active of [...this.#sets.values()]) {
      active.cancel();
      active.withdraw();
      this.#forget(active);
    }
    if (this.#sets.size > 0) setTimeout(() => this.#killStragglers(), KILL_AFTER_MS).unref();
  }

  #forget(active: ActiveSet): void {
    if (active.open.size > 0 || !this.#sets.delete(active.set.run)) return;
    const { gang } = active;
    if (gang !== null && !this.#settled) this.#gangEnded(active, gang);
    else for (const [, report] of gang?.take() ?? []) this.#hooks.drop(report);
    if (this.#sets.size > 0) return;
    if (this.#settled) this.#end();
    else if (this.#lost.length > 0) this.#settle(new InputLost(this.#lost, this.#lostMessage));
  }

  #end(): void {
    for (const worker of this.#executors.workers)
      this.#executors.send(worker, { type: "dropStage", key: this.spec.key });
    this.#ended();
  }

  #killStragglers(): void {
    for (const active of this.#sets.values())
      for (const at of active.open) {
        const worker = active.claimant(at);
        if (worker !== null) this.#executors.kill(worker);
      }
  }
}
