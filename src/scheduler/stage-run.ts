/**
 * One attempt at a stage: ships it, hands out task sets, retries what failed, and ends as a promise. A task that fails is tried again up to
 * `maxTaskFailures` times in all; then the attempt fails with the last error. When a task has lost what it reads, the attempt fails with
 * `InputLost` as soon as the tasks that run have ended, and what they did counts. Cancelling rejects at once; workers stop at the
 * next chunk, and one that does not come back is replaced.
 */
import type { GnistaError } from "../errors.ts";
import type { Executors } from "../executor/executors.ts";
import type { LostInput, StageSpec, TaskSet } from "../executor/protocol.ts";
import type { TaskReport } from "../executor/task-report.ts";
import { ActiveSet, controlWords } from "./active-set.ts";
import type { EventBus } from "./events.ts";
import { type Exclusion, StageExclusion } from "./exclusion.ts";
import { type FailedAttempt, Gang } from "./gang.ts";
import { InputLost } from "./input-lost.ts";
import { LoneRetries } from "./lone-retries.ts";
import type { Scarce } from "./scheduler-parts.ts";
import type { SchedulerSettings } from "./settings.ts";
import { Speculation } from "./speculation.ts";
import { excludedEverywhere, isFinal, lostWorker, taskError } from "./task-error.ts";
import { TaskEvents } from "./task-events.ts";

export type Done = Extract<TaskReport, { readonly type: "done" }>;

export interface StageRunOptions {
  readonly spec: StageSpec;
  readonly partitions: readonly number[];
  readonly executors: Executors;
  readonly events: EventBus;
  readonly settings: SchedulerSettings;
  readonly exclusion: Exclusion | null;
  /** A task succeeded; takes over what the report carries. */
  done(partition: number, report: Done): void;
  /** A report of a task that nobody waits for any more; must free what it carries. */
  drop(report: TaskReport): void;
  /** Frees memory, or room on disk, before a task that ran out of it is tried again. */
  reclaim(what: Scarce): Promise<void>;
}

const KILL_AFTER_MS = 1000;
/** How often the driver looks at the claims of tasks that take longer. */
const LOOK_EVERY_MS = 100;
let nextRun = 0;
let nextTask = 0;

export class StageRun {
  readonly spec: StageSpec;
  readonly result: Promise<void>;
  /** Resolves when no worker works on this stage any more. */
  readonly ended: Promise<void>;
  readonly #options: StageRunOptions;
  readonly #executors: Executors;
  readonly #events: TaskEvents;
  readonly #exclusion: StageExclusion | null;
  readonly #speculation: Speculation | null;
  readonly #sets = new Map<number, ActiveSet>();
  readonly #attempts = new Map<number, number>();
  readonly #failures = new Map<number, number>();
  readonly #finished = new Set<number>();
  readonly #speculated = new Set<number>();
  readonly #lost: LostInput[] = [];
  readonly #lone = new LoneRetries();
  readonly #kills: NodeJS.Timeout[] = [];
  #lostMessage = "";
  #lastFailure: FailedAttempt | null = null;
  #watch: NodeJS.Timeout | null = null;
  #settled = false;
  #resolve!: () => void;
  #reject!: (error: unknown) => void;
  #ended!: () => void;

  constructor(options: StageRunOptions) {
    const { spec, partitions, executors, settings, exclusion } = options;
    this.spec = spec;
    this.#options = options;
    this.#executors = executors;
    this.#events = new TaskEvents(options.events, spec.stage);
    this.#exclusion = exclusion === null ? null : new StageExclusion(exclusion, spec.stage);
    this.#speculation =
      settings.speculation === null || spec.barrier || partitions.length < 2
        ? null
        : new Speculation(settings.speculation, partitions.length);
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
      this.#options.drop(report);
      return true;
    }
    const partition = active.set.partitions[report.at];
    const counts = !this.#settled && !this.#finished.has(partition);
    // First, so that a listener which cancels the job does not undo it.
    if (counts) this.#take(active, partition, report, worker);
    else this.#options.drop(report);
    this.#events.ended(active, report, worker, counts);
    this.#forget(active);
    return true;
  }

  /** A worker died: what it had claimed and not reported has failed. */
  workerLost(worker: number, reason: string): void {
    for (const active of [...this.#sets.values()])
      for (const at of [...active.open]) {
        if (active.claimant(at) !== worker) continue;
        const error = lostWorker(worker, reason, active.set.partitions[at]);
        this.report({ type: "failed", run: active.set.run, at, error }, worker);
      }
  }

  /** Sends a new worker what is under way. */
  welcome(worker: number): void {
    // Also when there is no set, because a task is just about to be tried again.
    if (this.#settled && this.#sets.size === 0) return;
    this.#executors.send(worker, { type: "stage", spec: this.spec });
    for (const { set } of this.#sets.values())
      if (this.#workersFor(set.partitions).includes(worker))
        this.#executors.send(worker, { type: "tasks", set });
  }

  cancel(error: unknown): void {
    this.#settle(error);
  }

  #take(active: ActiveSet, partition: number, report: TaskReport, worker: number): void {
    if (report.type === "inputLost") this.#inputLost(report.lost, report.message, active);
    else if (active.gang !== null) active.gang.add(partition, report, worker);
    else if (report.type === "done") this.#done(partition, report);
    else if (report.type === "failed") this.#failed([partition], { partition, worker, error: report.error });
  }

  #done(partition: number, report: Done): void {
    this.#finished.add(partition);
    this.#options.done(partition, report);
    if (this.#speculation !== null) {
      this.#speculation.succeeded(report.metrics.runTime);
      if (this.#speculated.has(partition)) this.#endOthers(partition);
    }
    if (this.#finished.size < this.#options.partitions.length) return;
    this.#exclusion?.succeeded();
    this.#settle(null);
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
    for (const [, report] of gang.take()) this.#options.drop(report);
    if (failure !== null) this.#failed(partitions, failure);
  }

  #submit(partitions: readonly number[]): void {
    const workers = this.#workersFor(partitions);
    if (workers.length === 0) {
      this.#settle(excludedEverywhere(this.spec, partitions[0], this.#lastError()));
      return;
    }
    const gang = this.spec.barrier ? new Gang(partitions.length) : null;
    const set: TaskSet = {
      run: nextRun++,
      key: this.spec.key,
      partitions,
      attempts: partitions.map((p) => this.#attempts.get(p) ?? 0),
      firstTask: nextTask,
      barrier: gang === null ? null : { state: gang.state, slots: workers.length },
      control: controlWords(partitions.length),
    };
    nextTask += partitions.length;
    partitions.forEach((p, i) => this.#attempts.set(p, set.attempts[i] + 1));
    this.#sets.set(set.run, new ActiveSet(set, gang));
    const interval = Math.min(LOOK_EVERY_MS, this.#speculation?.interval ?? LOOK_EVERY_MS);
    this.#watch ??= setInterval(() => this.#look(), interval).unref();
    for (const worker of workers) this.#executors.send(worker, { type: "tasks", set });
  }

  #workersFor(partitions: readonly number[]): readonly number[] {
    const { workers } = this.#executors;
    if (this.#exclusion === null) return workers;
    return workers.filter((id) => this.#exclusion!.allows(this.#executors.slotOf(id), partitions));
  }

  #look(): void {
    this.#events.look(this.#sets.values());
    const threshold = this.#speculation?.threshold ?? null;
    if (threshold === null || this.#lost.length > 0 || this.#lone.pending) return;
    const before = performance.now() - threshold;
    for (const active of [...this.#sets.values()])
      for (const at of active.open) {
        const partition = active.set.partitions[at];
        if ((active.startOf(at) ?? before) >= before || this.#underWay(partition).length > 1) continue;
        if (this.#workersFor([partition]).length === 0) continue;
        this.#speculated.add(partition);
        this.#events.speculated(partition);
        this.#submit([partition]);
      }
  }

  /** The attempts at a partition that have not ended. */
  #underWay(partition: number): (readonly [ActiveSet, number])[] {
    return [...this.#sets.values()].flatMap((active) => {
      const at = active.set.partitions.indexOf(partition);
      return active.open.has(at) ? [[active, at] as const] : [];
    });
  }

  /** One attempt at the partition was first. */
  #endOthers(partition: number): void {
    for (const [active, at] of this.#underWay(partition)) {
      if (active.set.partitions.length === 1) active.withdraw();
      active.cancelTask(at);
      this.#forget(active);
      if (active.open.has(at)) this.#killLater(active, at);
    }
  }

  /** Tries these partitions again, because one of them failed. */
  #failed(partitions: readonly number[], attempt: FailedAttempt): void {
    const { partition, worker, error } = attempt;
    for (const p of partitions) this.#failures.set(p, (this.#failures.get(p) ?? 0) + 1);
    const failures = this.#failures.get(partition)!;
    if (failures >= this.#options.settings.maxTaskFailures || isFinal(error)) {
      this.#settle(taskError(this.spec, partition, failures, error));
      return;
    }
    this.#lastFailure = attempt;
    if (this.#exclusion?.failed(this.#executors.slotOf(worker), partition) === true) this.#moveUnclaimed();
    const scarce = error.code === "OUT_OF_MEMORY" ? "memory" : error.code === "DISK_FAILED" ? "disk" : null;
    const alone = scarce === "memory" && !this.spec.barrier;
    if (alone) this.#lone.expect();
    const ready = scarce === null ? Promise.resolve() : this.#options.reclaim(scarce);
    void ready.then(() => {
      // Not beside another attempt, which may succeed, or else is followed by one.
      const wanted = !this.#settled && this.#lost.length === 0 && this.#underWay(partition).length === 0;
      if (alone && wanted) this.#lone.add(partition);
      else if (alone) this.#lone.giveUp();
      else if (wanted && this.#lone.pending) this.#lone.postpone(partitions);
      else if (wanted) this.#submit(partitions);
      if (alone) this.#holdBack();
    });
  }

  /** Begins no more tasks beside those that run, until those that ran out of memory have been tried alone. */
  #holdBack(): void {
    for (const active of [...this.#sets.values()]) {
      this.#lone.postpone(this.#takeBack(active));
      this.#forget(active);
    }
    if (this.#sets.size === 0) this.#submitNext();
  }

  #submitNext(): void {
    if (this.#settled) return;
    const partitions = this.#lone.next();
    if (partitions.length > 0) this.#submit(partitions);
  }

  /** The partitions of tasks that no worker has claimed, which are not attempts then. */
  #takeBack(active: ActiveSet): readonly number[] {
    const partitions = active.withdraw();
    for (const p of partitions) this.#attempts.set(p, this.#attempts.get(p)! - 1);
    return partitions;
  }

  #lastError(): GnistaError | null {
    if (this.#lastFailure === null) return null;
    const { partition, error } = this.#lastFailure;
    return taskError(this.spec, partition, this.#failures.get(partition)!, error);
  }

  /** Hands what no worker has claimed out again, to those that are not excluded. */
  #moveUnclaimed(): void {
    for (const active of [...this.#sets.values()]) {
      const partitions = this.#takeBack(active);
      if (partitions.length === 0) continue;
      this.#submit(partitions);
      this.#forget(active);
    }
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
    for (const active of this.#sets.values()) for (const at of active.open) this.#killLater(active, at);
  }

  #forget(active: ActiveSet): void {
    if (active.open.size > 0 || !this.#sets.delete(active.set.run)) return;
    const { gang } = active;
    if (gang !== null && !this.#settled) this.#gangEnded(active, gang);
    else for (const [, report] of gang?.take() ?? []) this.#options.drop(report);
    if (this.#sets.size > 0) return;
    if (this.#settled) this.#end();
    else if (this.#lost.length > 0) this.#settle(new InputLost(this.#lost, this.#lostMessage));
    else this.#submitNext();
  }

  #end(): void {
    // They would hold all that the stage has read.
    for (const timer of this.#kills) clearTimeout(timer);
    for (const worker of this.#executors.workers)
      this.#executors.send(worker, { type: "dropStage", key: this.spec.key });
    this.#ended();
  }

  /** Ends the worker that then still runs a task that is not wanted. */
  #killLater(active: ActiveSet, at: number): void {
    const kill = (): void => {
      const worker = active.open.has(at) ? active.claimant(at) : null;
      if (worker !== null) this.#executors.kill(worker);
    };
    this.#kills.push(setTimeout(kill, KILL_AFTER_MS).unref());
  }
}
