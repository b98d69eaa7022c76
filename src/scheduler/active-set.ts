/**
 * A task set under way, as the driver sees it: which of its tasks are claimed and by whom, and which have not reported yet. Workers claim without
 * telling the driver, in the words described at `TaskSet`.
 */
import type { TaskSet } from "../executor/protocol.ts";
import type { Gang } from "./gang.ts";

const [NEXT, CANCELLED, CLAIMS] = [0, 1, 2];
/** More than a set has tasks; workers that come to claim add to it. */
const NONE_LEFT = 0x3fffffff;

export function controlWords(tasks: number): SharedArrayBuffer {
  return new SharedArrayBuffer(4 * (CLAIMS + 2 * tasks));
}

export class ActiveSet {
  readonly set: TaskSet;
  /** Of a barrier stage. */
  readonly gang: Gang | null;
  readonly #control: Int32Array;
  readonly #open: Set<number>;
  readonly #started = new Map<number, number>();

  constructor(set: TaskSet, gang: Gang | null) {
    this.set = set;
    this.gang = gang;
    this.#control = new Int32Array(set.control);
    this.#open = new Set(set.partitions.keys());
  }

  /** By index into the set: not reported yet. */
  get open(): ReadonlySet<number> {
    return this.#open;
  }

  /** The worker that runs a task; null when none has claimed it. */
  claimant(at: number): number | null {
    const claim = Atomics.load(this.#control, CLAIMS + at);
    return claim > 0 ? claim - 1 : null;
  }

  /** When a task was first seen to run; null when it was not. */
  startOf(at: number): number | null {
    return this.#started.get(at) ?? null;
  }

  /** False when that is known already. */
  start(at: number, time: number): boolean {
    if (this.#started.has(at)) return false;
    this.#started.set(at, time);
    return true;
  }

  /** A task has reported; false when that is known already. */
  close(at: number): boolean {
    return this.#open.delete(at);
  }

  /** Takes back the tasks that no worker has claimed: they will never report. Their partitions. */
  withdraw(): number[] {
    const next = Atomics.exchange(this.#control, NEXT, NONE_LEFT);
    const { partitions } = this.set;
    for (let at = next; at < partitions.length; at++) this.#open.delete(at);
    return partitions.slice(next);
  }

  /** The tasks that run end at their next look. */
  cancel(): void {
    Atomics.store(this.#control, CANCELLED, 1);
  }

  cancelTask(at: number): void {
    Atomics.store(this.#control, CLAIMS + this.set.partitions.length + at, 1);
  }
}
