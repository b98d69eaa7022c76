/**
 * One attempt at one task: a stage's pipeline over one partition. It holds what lives no longer than the attempt (arenas, stored
 * blocks to report, metrics) and gives all memory back when the attempt ends badly.
 */

import type { FunctionSpec } from "../closure/spec.ts";
import { type ErrorCode, GnistaError } from "../errors.ts";
import type { Compute } from "../kernels/compute.ts";
import type { Arena } from "../memory/arena.ts";
import type { Heap } from "../memory/heap.ts";
import type { SegmentId } from "../memory/segment.ts";
import type { Keeper } from "../storage/keeper.ts";
import { filesOfCopy, regionsOfCopy } from "../storage/stored-copy.ts";
import { TaskFiles } from "../storage/task-files.ts";
import type { StoredPartition, TaskSet } from "./protocol.ts";
import type { AnyFunction, StageRuntime } from "./stage-runtime.ts";
import { type MutableMetrics, NO_METRICS } from "./task-metrics.ts";

/** Thrown between chunks when the task set was cancelled. */
export class TaskCancelled extends Error {}

/** Errors that may come up within a user's function and are not about it. */
const NOT_THE_USERS: ReadonlySet<ErrorCode> = new Set([
  "OUT_OF_MEMORY",
  "BLOCK_LOST",
  "CHECKPOINT_LOST",
  "DISK_FAILED",
]);

/** An error out of a user's function, with the operation it happened in. */
export class UserFunctionError extends Error {
  readonly callSite: string;
  readonly thrown: unknown;

  constructor(callSite: string, thrown: unknown) {
    super();
    this.callSite = callSite;
    this.thrown = thrown;
  }
}

export class TaskRuntime {
  readonly stage: StageRuntime;
  readonly heap: Heap;
  readonly compute: Compute;
  readonly files: TaskFiles;
  readonly share: number;
  readonly partition: number;
  readonly attempt: number;
  /** The terminal may stop early: work in small pieces. */
  lazy = false;
  readonly metrics: MutableMetrics = { ...NO_METRICS };
  readonly stored: StoredPartition[] = [];
  readonly #control: Int32Array;
  readonly #cancelWord: number;
  readonly #slots = new Set<ArenaSlot>();
  readonly #held = new Set<{ end(): void }>();

  constructor(stage: StageRuntime, set: TaskSet, at: number, control: Int32Array) {
    this.stage = stage;
    this.heap = stage.compute.heap;
    this.compute = stage.compute;
    this.files = new TaskFiles(stage.files);
    this.share = stage.share;
    this.partition = set.partitions[at];
    this.attempt = set.attempts[at];
    this.#control = control;
    this.#cancelWord = 2 + set.partitions.length + at;
  }

  fn(spec: FunctionSpec): AnyFunction {
    return this.stage.fn(spec);
  }

  /** Tasks of a barrier stage wait for each other. */
  get patient(): boolean {
    return !this.stage.spec.barrier;
  }

  get cancelled(): boolean {
    return Atomics.load(this.#control, 1) !== 0 || Atomics.load(this.#control, this.#cancelWord) !== 0;
  }

  checkCancelled(): void {
    if (this.cancelled) throw new TaskCancelled();
  }

  userError(error: unknown, callSite: string): unknown {
    if (
      error instanceof UserFunctionError ||
      error instanceof TaskCancelled ||
      (GnistaError.is(error) && NOT_THE_USERS.has(error.code))
    )
      return error;
    return new UserFunctionError(callSite, error);
  }

  /** Where an operator puts its chunks: kept with `keeper`, or else freed when the next chunk is asked for. */
  slot(keeper: Keeper | null): ArenaSlot {
    const slot = new ArenaSlot(this.heap, keeper);
    if (keeper === null) this.#slots.add(slot);
    else this.#held.add(keeper);
    return slot;
  }

  /** What is given back with the task, whatever happens. */
  track<T extends { end(): void }>(held: T): T {
    this.#held.add(held);
    return held;
  }

  /** Gives back what the attempt still holds. */
  end(): void {
    for (const slot of this.#slots) slot.release();
    for (const held of this.#held) held.end();
    this.files.end();
  }

  /** Frees what a failed attempt stored. */
  dropStored(): void {
    for (const { copy } of this.stored) {
      for (const region of regionsOfCopy(copy)) this.heap.free(region);
      for (const file of filesOfCopy(copy)) this.files.remove(file);
    }
    this.stored.length = 0;
  }
}

export class ArenaSlot {
  readonly #heap: Heap;
  readonly #keeper: Keeper | null;
  #arena: Arena | null = null;

  constructor(heap: Heap, keeper: Keeper | null) {
    this.#heap = heap;
    this.#keeper = keeper;
  }

  /** The arena for the next chunk; without a keeper, the chunk before is freed. */
  next(segment?: SegmentId): Arena {
    if (this.#keeper !== null) return this.#keeper.arena(segment);
    if (this.#arena !== null) {
      this.#arena.release();
      if (segment === undefined || this.#arena.segment.id === segment) return this.#arena;
    }
    this.#arena = this.#heap.arena(segment);
    return this.#arena;
  }

  /** What lies in the keeper stays until `endHold`, even if it is released before. */
  hold(): void {
    this.#keeper?.hold();
  }

  endHold(): void {
    this.#keeper?.endHold();
  }

  release(): void {
    this.#arena?.release();
  }
}
