/**
 * What the driver and its workers say to each other. A stage is shipped once to every worker; then a task is an index claimed
 * from a counter in shared memory, so that idle workers take what is left and nothing is assigned in advance.
 */

import type { MessagePort } from "node:worker_threads";
import type { FunctionSpec } from "../closure/spec.ts";
import type { ErrorCode, ErrorPlace } from "../errors.ts";
import type { Backend } from "../kernels/compute.ts";
import type { CopySet } from "../memory/copies.ts";
import type { HeapShare } from "../memory/heap.ts";
import type { Action, TaskValue } from "../plan/action.ts";
import type { Combiner, NodeId, Operator, ShuffleId, ShuffleWrite } from "../plan/node.ts";
import type { PartitionerSpec } from "../plan/partitioner.ts";
import type { StorageLevel } from "../plan/storage-level.ts";
import type { MapOutput } from "../shuffle/map-output.ts";
import type { NotMoved } from "../storage/evictable.ts";
import type { MemoryRequest } from "../storage/memory-manager.ts";
import type { StoredCopy } from "../storage/stored-copy.ts";
import type { Move, Moved } from "./moves.ts";
import type { TaskMetrics } from "./task-metrics.ts";

/** An operator as it travels: what was lazy is resolved to what this stage needs. */
export type ShippedOperator =
  | Exclude<Operator, { readonly kind: "collection" | "source" | "coalesce" | "prune" }>
  | { readonly kind: "collection" }
  | { readonly kind: "source"; readonly reader: string; readonly splits: readonly unknown[] }
  | { readonly kind: "coalesce"; readonly groups: readonly (readonly number[])[] }
  | { readonly kind: "prune"; readonly keep: readonly number[] };

export type InputSpec =
  /** Index into `StageSpec.nodes`. */
  | { readonly kind: "node"; readonly at: number; readonly numPartitions: number }
  | {
      readonly kind: "shuffle";
      readonly shuffle: ShuffleId;
      readonly outputs: readonly MapOutput[];
      readonly combined: Combiner | null;
    };

export interface NodeSpec {
  readonly id: NodeId;
  readonly operator: ShippedOperator;
  readonly inputs: readonly InputSpec[];
  readonly numPartitions: number;
  readonly callSite: string;
  /** Where what is computed here is kept; null when it is not. Partitions that are there already are in `stored`. */
  readonly level: StorageLevel | null;
  /** By partition: the copies of the rows of a collection or of a persisted node, the quickest to read first. */
  readonly stored: ReadonlyMap<number, readonly StoredCopy[]>;
}

export type StageOutput =
  | { readonly kind: "action"; readonly action: Action; readonly callSite: string }
  | {
      readonly kind: "shuffle";
      readonly shuffle: ShuffleId;
      readonly write: ShuffleWrite;
      readonly partitioner: PartitionerSpec;
      readonly callSite: string;
    };

/** What becomes of the values that a task adds to an accumulator. */
export type AccumulatorAdd =
  /** { sum, count } */
  | { readonly kind: "sum" }
  | { readonly kind: "list" }
  /** add(local, value) => local, from a copy of `zero` */
  | { readonly kind: "custom"; readonly zero: unknown; readonly add: FunctionSpec }
  /** make() => an object to which values are added by its own `add` */
  | { readonly kind: "object"; readonly make: FunctionSpec };

export interface StageSpec {
  /** The number that messages call it by: every attempt at a stage has its own. */
  readonly key: number;
  readonly stage: number;
  readonly attempt: number;
  readonly nodes: readonly NodeSpec[];
  readonly root: number;
  readonly output: StageOutput;
  readonly accumulators: readonly { readonly id: number; readonly add: AccumulatorAdd }[];
  readonly broadcasts: readonly number[];
  readonly localProperties: Readonly<Record<string, string>>;
  /** The tasks may wait for each other, and succeed or are tried again together. */
  readonly barrier: boolean;
}

/** Where the tasks of a set wait for each other (see `barrier.ts`), and how many can run at once. */
export interface BarrierSpec {
  readonly state: SharedArrayBuffer;
  readonly slots: number;
}

/**
 * A run over some tasks of a stage. `control` is an Int32Array over shared memory: [0] the next index into
 * `partitions` to claim, [1] 1 when cancelled, [2 + i] the worker that claimed index i, plus 1, and, of n tasks, [2 + n + i] 1 when task i is
 * cancelled.
 */
export interface TaskSet {
  readonly run: number;
  /** Of the stage's spec. */
  readonly key: number;
  readonly partitions: readonly number[];
  readonly attempts: readonly number[];
  /** The number of the first task of the set, counted over all sets; the others follow. */
  readonly firstTask: number;
  readonly barrier: BarrierSpec | null;
  readonly control: SharedArrayBuffer;
}

export type ToWorker =
  | { readonly type: "stage"; readonly spec: StageSpec }
  | { readonly type: "dropStage"; readonly key: number }
  | { readonly type: "tasks"; readonly set: TaskSet }
  | { readonly type: "copies"; readonly set: CopySet }
  | { readonly type: "broadcast"; readonly id: number; readonly value: unknown }
  | { readonly type: "dropBroadcast"; readonly id: number }
  /** Asks for a copy of what is stored, or to write it to disk. */
  | { readonly type: "move"; readonly id: number; readonly move: Move };

export interface FailedTask {
  /** Of the error; null when what was thrown is none, and `message` shows it. */
  readonly name: string | null;
  readonly message: string;
  readonly stack: string;
  /** gnista's error code, when it is one of ours. */
  readonly code: ErrorCode | null;
  readonly place: ErrorPlace;
  /** What was thrown, when structured clone can carry it. */
  readonly thrown: unknown;
}

/** What was there for tasks to read and is not any more: its file is gone or corrupt, or it was dropped. */
export type LostInput =
  | { readonly kind: "mapOutput"; readonly shuffle: ShuffleId; readonly mapPartition: number }
  | { readonly kind: "block"; readonly node: NodeId; readonly partition: number };

/** A partition that a task has stored. */
export interface StoredPartition {
  readonly node: NodeId;
  readonly partition: number;
  readonly level: StorageLevel;
  readonly copy: StoredCopy;
  /** The worker that made it. */
  readonly maker: number;
}

export type FromWorker =
  | { readonly type: "ready" }
  /** It waits for the reply, in the middle of whatever it does. */
  | { readonly type: "memory"; readonly request: MemoryRequest<Moved> }
  /** A copy of a stored partition cannot be read any more. */
  | {
      readonly type: "copyLost";
      readonly node: NodeId;
      readonly partition: number;
      readonly identity: string;
    }
  | { readonly type: "broadcastDropped"; readonly id: number }
  /** What was asked for is done, or could not be done. */
  | { readonly type: "moved"; readonly id: number; readonly result: Moved | NotMoved }
  /** It has made its first file in the spill directory. */
  | { readonly type: "spilling" }
  | {
      readonly type: "done";
      readonly run: number;
      readonly at: number;
      readonly result:
        | { readonly kind: "action"; readonly value: TaskValue }
        | { readonly kind: "shuffle"; readonly output: MapOutput };
      readonly stored: readonly StoredPartition[];
      readonly accumulated: readonly { readonly id: number; readonly update: unknown }[];
      readonly metrics: TaskMetrics;
    }
  | {
      readonly type: "failed";
      readonly run: number;
      readonly at: number;
      readonly error: FailedTask;
    }
  | { readonly type: "cancelled"; readonly run: number; readonly at: number }
  /** The task could not read what it needs, which has to be made again. */
  | {
      readonly type: "inputLost";
      readonly run: number;
      readonly at: number;
      readonly lost: LostInput;
      readonly message: string;
    };

export interface WorkerSetup {
  readonly share: HeapShare;
  readonly worker: number;
  /** How many run tasks at a time. */
  readonly executors: number;
  readonly backend: Backend;
  readonly spillDirectory: string;
  readonly line: WorkerLine;
}

/** How the driver answers a worker that waits in the middle of a task. */
export interface WorkerLine {
  /** Words: [0] replies sent, [1] 1 while it runs tasks. */
  readonly words: SharedArrayBuffer;
  readonly replies: MessagePort;
}

/** The number under which a worker owns regions of the heap. */
export function heapOwner(worker: number): number {
  return worker + 1;
}
