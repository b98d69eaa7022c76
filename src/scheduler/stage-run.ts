/**
 * One run of a stage's tasks: ships the stage, hands out task sets, retries what failed, and ends as a promise. A task
 * that fails is tried again up to `maxFailures` times in all; then the run fails with the last error. Cancelling rejects at
 * once; workers stop at the next chunk, and one that does not come back is replaced.
 */
import type { Executors } from "../executor/executors.ts";
import { type FailedTask, REPORT_HANDLED, type StageSpec, type TaskSet } from "../executor/protocol.ts";
import type { TaskReport } from "../executor/task-report.ts";
import type { EventBus, GnistaEvent } from "./events.ts";
import { Gang } from "./gang.ts";
import { isFinal, lostWorker, taskError } from "./task-error.ts";

export type Done = Extract<TaskReport, { readonly type: "done" }>;

interface ActiveSet {
  readonly set: TaskSet;
  readonly control: Int32Array;
  /** By index into the set: not reported yet. */
  readonly open: Set<number>;
  /** By index into the set: its start has been published. */
  readonly started: Set<number>;
  /** Of a barrier stage. */
  readonly gang: Gang | null;
}

export interface StageRunHooks {
  /** A task succeeded; takes over what the report carries. */
  done(partition: number, report: Done): void;
  /** A report of a task that nobody waits for any more; must free what it carries. */
  drop(report: TaskReport): void;
  /** Frees memory before a task that ran out of it is tried again. */
  reclaim(): Promise<void>;
}

const KILL_AFTER_MS = 1000;
/** Workers claim tasks without telling the driver, which looks at the claims this often for those that take longer. */
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

  get settled(): boolean {
    return this.#settled;
  }

  /** Whether the report belongs to this run; handles it if so. */
  report(report: TaskReport, worker: number): boolean {
    const active = this.#sets.get(report.run);
    if (active === undefined) return false;
    if (!active.open.delete(report.at)) {
      this.#hooks.drop(report);
      return true;
    }
    const partition = active.set.partitions[report.at];
    const now = performance.now();
    this.#started(active, report.at, worker, now - (report.type === "done" ? report.metrics.runTime : 0));
    this.#events.publish({
      type: "taskEnd",
      ...this.#taskOf(active, report.at, worker),
      time: now,
      outcome: report.type === "done" ? "succeeded" : report.type,
      message: report.type === "failed" ? report.error.message : null,
      metrics: report.type === "done" ? report.metrics : null,
    });
    if (this.#settled) this.#hooks.drop(report);
    else if (active.gang !== null) active.gang.add(partition, report);
    else if (report.type === "done") this.#done(partition, report);
    else if (report.type === "failed") this.#failed([partition], partition, report.error);
    Atomics.store(active.control, 2 + report.at, REPORT_HANDLED);
    Atomics.notify(active.control, 2 + report.at);
    this.#forget(active);
    return true;
  }

  /** A worker died: what it had claimed and not reported has failed. */
  workerLost(worker: number, reason: string): void {
    for (const active of [...this.#sets.values()])
      for (const at of [...active.open]) {
        if (Atomics.load(active.control, 2 + at) !== worker + 1) continue;
        this.report(
          {
            type: "failed",
            run: active.set.run,
            at,
            error: lostWorker(worker, reason, active.set.partitions[at]),
            stored: [],
          },
          worker,
        );
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

  /** All tasks of a barrier stage have ended. */
  #gangEnded({ set: { partitions } }: ActiveSet, gang: Gang): void {
    const { failure } = gang;
    if (failure === null) for (const [partition, report] of gang.take()) this.#done(partition, report);
    else {
      for (const [, report] of gang.take()) this.#hooks.drop(report);
      this.#failed(partitions, failure.partition, failure.error);
    }
  }

  #submit(partitions: readonly number[]): void {
    const control = new Int32Array(new SharedArrayBuffer(4 * (2 + partitions.length)));
    const gang = this.spec.barrier ? new Gang(partitions.length) : null;
    const set: TaskSet = {
      run: nextRun++,
      stage: this.spec.stage,
      partitions,
      attempts: partitions.map((p) => this.#failures.get(p) ?? 0),
      firstTask: nextTask,
      barrier: gang === null ? null : { state: gang.state, slots: this.#executors.size },
      control: control.buffer as SharedArrayBuffer,
    };
    nextTask += partitions.length;
    this.#sets.set(set.run, { set, control, open: new Set(partitions.keys()), started: new Set(), gang });
    this.#watch ??= setInterval(() => this.#lookAtClaims(), LOOK_EVERY_MS).unref();
    for (const worker of this.#executors.workers) this.#executors.send(worker, { type: "tasks", set });
  }

  #lookAtClaims(): void {
    const now = performance.now();
    for (const active of this.#sets.values())
      for (const at of active.open) {
        const claim = Atomics.load(active.control, 2 + at);
        if (claim !== 0) this.#started(active, at, claim - 1, now);
      }
  }

  /** Publishes the start of a task, the first time that it is heard of. */
  #started(active: ActiveSet, at: number, worker: number, time: number): void {
    if (active.started.has(at)) return;
    active.started.add(at);
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
      if (!this.#settled) this.#submit(partitions);
    });
  }

  #settle(error: unknown): void {
    if (this.#settled) return;
    this.#settled = true;
    if (this.#watch !== null) clearInterval(this.#watch);
    if (error === null) this.#resolve();
    else {
      for (const { control } of this.#sets.values()) {
        Atomics.store(control, 1, 1);
        Atomics.store(control, 0, 0x3fffffff);
      }
      this.#reject(error);
      for (const active of [...this.#sets.values()]) {
        // What no worker had claimed will never be reported.
        for (const at of [...active.open])
          if (Atomics.load(active.control, 2 + at) === 0) active.open.delete(at);
        this.#forget(active);
      }
      if (this.#sets.size > 0) setTimeout(() => this.#killStragglers(), KILL_AFTER_MS).unref();
    }
    if (this.#sets.size === 0) this.#end();
  }

  #forget(active: ActiveSet): void {
    if (active.open.size > 0) return;
    this.#sets.delete(active.set.run);
    const { gang } = active;
    if (gang !== null && !this.#settled) {
      this.#gangEnded(active, gang);
      return;
    }
    for (const [, report] of gang?.take() ?? []) this.#hooks.drop(report);
    if (this.#settled && this.#sets.size === 0) this.#end();
  }

  #end(): void {
    for (const worker of this.#executors.workers)
      this.#executors.send(worker, { type: "dropStage", stage: this.spec.stage });
    this.#ended();
  }

  #killStragglers(): void {
    for (const { open, control } of this.#sets.values())
      for (const at of open) this.#executors.kill(Atomics.load(control, 2 + at) - 1);
  }
}
