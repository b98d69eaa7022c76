/**
 * The face of the engine towards `context.ts` and `rdd/`: run a job, keep and drop what is stored, listen. One engine
 * a context. `scheduler/create-engine.ts` makes it.
 */

import type { AccumulatorAdd, LostInput } from "../executor/protocol.ts";
import type { Backend } from "../kernels/compute.ts";
import type { Copy } from "../memory/copies.ts";
import type { Heap } from "../memory/heap.ts";
import type { Action, TaskValue } from "../plan/action.ts";
import type { PlanNode } from "../plan/node.ts";
import type { Usage } from "../storage/block-manager.ts";
import type { EventBus } from "./events.ts";
import type { JobMetrics } from "./metrics.ts";
import type { SchedulerSettings } from "./settings.ts";

export interface EngineOptions {
  /** Worker threads; 0 runs tasks on the driver's own thread (master "local"). */
  readonly threads: number;
  readonly backend: Backend;
  /** Bytes for execution and storage together. */
  readonly memory: number;
  /** spark.memory.storageFraction */
  readonly storageFraction: number;
  readonly scheduling: SchedulerSettings;
  /** Where temporary files go. */
  readonly localDirectory: string;
}

export interface JobOptions {
  readonly callSite: string;
  readonly signal?: AbortSignal | undefined;
  readonly group?: string | undefined;
  readonly description?: string | undefined;
  readonly tags?: readonly string[];
  readonly localProperties?: Readonly<Record<string, string>>;
}

/** What it returns stands in the job's result instead of the value, which is then its own to free. */
export type OnValue = (at: number, value: TaskValue) => TaskValue;

export interface RunningJob {
  readonly id: number;
  /** One value a requested partition, in the order asked for. Blocks belong to the caller, who frees them. */
  readonly result: Promise<readonly TaskValue[]>;
  cancel(reason?: string): void;
}

export interface Engine {
  readonly heap: Heap;
  readonly events: EventBus;
  readonly defaultParallelism: number;
  /**
   * Starts a job over `partitions` of `node`. `onValue` is called as tasks finish, in any order (for progress and approximate
   * actions, and for what need not wait); `result` is in order.
   */
  run(
    node: PlanNode,
    action: Action,
    partitions: readonly number[],
    options: JobOptions,
    onValue?: OnValue,
  ): RunningJob;
  /** Copies out of the heap, with the help of the workers; what is copied must stay until then. */
  copyOut(copies: readonly Copy[]): Promise<void>;
  cancelAll(reason: string): void;
  cancelGroup(group: string, reason?: string): void;
  cancelTag(tag: string, reason?: string): void;
  cancelJob(id: number, reason?: string): void;
  /** Stores a collection node's rows in shared memory now, instead of at the first job. */
  load(node: PlanNode): void;
  /** Keeps what is computed of a node at its storage level, which may have changed, until no plan reaches it any more. */
  persist(node: PlanNode): void;
  /** Frees the map outputs that a node reads; jobs that read them now finish first, later ones make them again. */
  freeShuffles(node: PlanNode): void;
  /** Frees the cached partitions of a node. */
  unpersist(node: PlanNode): Promise<void>;
  /** A map output or a stored partition cannot be read any more: it is made again when it is needed next. */
  lose(lost: LostInput): void;
  /** The partitions of a persisted node that are not held. */
  missing(node: PlanNode): number[];
  /** How many partitions of a persisted node are held, and their bytes. */
  storage(node: PlanNode): Usage;
  /** Makes a value readable in every worker as broadcast `id`. */
  broadcast(id: number, value: unknown): void;
  /** Resolves when no worker has it any more, but for stages that run. */
  dropBroadcast(id: number): Promise<void>;
  /** Called with the updates of each task that counts, once a task of an action. */
  onAccumulator(id: number, merge: (update: unknown) => void, add: AccumulatorAdd): void;
  metrics(): readonly JobMetrics[];
  stop(): Promise<void>;
}
