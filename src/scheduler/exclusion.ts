/**
 * Workers on which tasks fail again and again get no more of them: first not the task that failed there, then none of its stage, and after failures in
 * stages that succeeded elsewhere, none at all for a while. It is the slot that is excluded: a worker that takes a dead one's place is not
 * trusted more than that was.
 */
import type { Executors } from "../executor/executors.ts";
import type { EventBus } from "./events.ts";
import type { ExclusionSettings } from "./settings.ts";

export class Exclusion {
  readonly settings: ExclusionSettings;
  readonly #executors: Executors;
  readonly #events: EventBus;
  /** By slot, when tasks of stages that succeeded had failed there. */
  readonly #failures = new Map<number, number[]>();
  readonly #until = new Map<number, number>();

  constructor(settings: ExclusionSettings, executors: Executors, events: EventBus) {
    this.settings = settings;
    this.#executors = executors;
    this.#events = events;
  }

  allows(slot: number): boolean {
    return (this.#until.get(slot) ?? 0) <= performance.now();
  }

  /** Tasks failed here, of a stage that has succeeded since. */
  failed(slot: number, times: readonly number[]): void {
    const now = performance.now();
    const { timeout, applicationFailures } = this.settings;
    const recent = [...(this.#failures.get(slot) ?? []), ...times].filter((time) => time + timeout > now);
    this.#failures.set(slot, recent);
    if (recent.length < applicationFailures) return;
    this.#failures.delete(slot);
    this.#until.set(slot, now + timeout);
    this.publish(slot, null, recent.length);
  }

  publish(slot: number, stage: number | null, failures: number): void {
    const worker = this.#executors.workers.find((id) => this.#executors.slotOf(id) === slot);
    if (worker === undefined) return;
    this.#events.publish({ type: "workerExcluded", worker, stage, failures, time: performance.now() });
  }
}

/** Of one attempt at a stage. */
export class StageExclusion {
  readonly #all: Exclusion;
  readonly #stage: number;
  /** By slot and partition: how often the task failed there, and when last. */
  readonly #failures = new Map<number, Map<number, { count: number; time: number }>>();

  constructor(all: Exclusion, stage: number) {
    this.#all = all;
    this.#stage = stage;
  }

  allows(slot: number, partitions: readonly number[]): boolean {
    const { taskAttempts, stageFailures } = this.#all.settings;
    const failures = this.#failures.get(slot);
    if (failures === undefined) return this.#all.allows(slot);
    return (
      failures.size < stageFailures &&
      this.#all.allows(slot) &&
      partitions.every((partition) => (failures.get(partition)?.count ?? 0) < taskAttempts)
    );
  }

  /** Whether the slot is excluded from the stage from now on. */
  failed(slot: number, partition: number): boolean {
    const failures = this.#failures.get(slot) ?? new Map<number, { count: number; time: number }>();
    this.#failures.set(slot, failures);
    const before = failures.size;
    const count = (failures.get(partition)?.count ?? 0) + 1;
    failures.set(partition, { count, time: performance.now() });
    const { stageFailures } = this.#all.settings;
    if (before >= stageFailures || failures.size < stageFailures) return false;
    this.#all.publish(slot, this.#stage, failures.size);
    return true;
  }

  /** The stage has succeeded: what failed did so because of where it ran. */
  succeeded(): void {
    for (const [slot, failures] of this.#failures)
      this.#all.failed(
        slot,
        [...failures.values()].map(({ time }) => time),
      );
  }
}
