/** What reading and writing a shuffle needs from the task that does it. */
import type { FunctionSpec } from "../closure/spec.ts";
import type { Compute } from "../kernels/compute.ts";
import type { Heap } from "../memory/heap.ts";
import type { TaskFiles } from "../storage/task-files.ts";

// biome-ignore lint/suspicious/noExplicitAny: user functions are typed at the API
export type AnyFunction = (...args: any[]) => any;

/** Counts what was written to disk. */
export interface SpillMetrics {
  memoryBytesSpilled: number;
  diskBytesSpilled: number;
}

export interface ShuffleTask {
  readonly heap: Heap;
  readonly compute: Compute;
  readonly files: TaskFiles;
  /** Bytes that an operator may gather before it writes them to disk. */
  readonly share: number;
  readonly metrics: SpillMetrics;
  fn(spec: FunctionSpec): AnyFunction;
  checkCancelled(): void;
  /** What is given back with the task, whatever happens: who takes rows may stop, and the generator that made them never knows. */
  track<T extends { end(): void }>(held: T): T;
}
