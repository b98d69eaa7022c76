/**
 * Everything that happens is an event. The scheduler publishes; the progress bar, metrics and later the web UI are listeners
 * and nothing else. A listener that throws is dropped for that event, never the job.
 */
import type { TaskMetrics } from "../executor/task-metrics.ts";
import type { DropReason } from "../storage/block-manager.ts";

export type GnistaEvent =
  | {
      readonly type: "jobStart";
      readonly job: number;
      readonly time: number;
      readonly callSite: string;
      readonly description: string | null;
      readonly group: string | null;
      readonly tags: readonly string[];
      readonly stages: number;
    }
  | {
      readonly type: "jobEnd";
      readonly job: number;
      readonly time: number;
      readonly outcome: "succeeded" | "failed" | "cancelled";
      readonly message: string | null;
    }
  | {
      readonly type: "stageStart";
      readonly stage: number;
      readonly attempt: number;
      readonly job: number;
      readonly time: number;
      readonly name: string;
      readonly tasks: number;
    }
  | {
      readonly type: "stageSkipped";
      readonly stage: number;
      readonly job: number;
      readonly time: number;
      readonly name: string;
      readonly tasks: number;
    }
  | {
      readonly type: "stageEnd";
      readonly stage: number;
      readonly attempt: number;
      readonly job: number;
      readonly time: number;
      readonly outcome: "succeeded" | "failed" | "cancelled";
    }
  | {
      /** Of a task that takes long, `time` may be up to a tenth of a second late. */
      readonly type: "taskStart";
      readonly stage: number;
      readonly partition: number;
      readonly attempt: number;
      readonly worker: number;
      readonly time: number;
    }
  | {
      readonly type: "taskEnd";
      readonly stage: number;
      readonly partition: number;
      readonly attempt: number;
      readonly worker: number;
      readonly time: number;
      readonly outcome: "succeeded" | "failed" | "cancelled";
      readonly message: string | null;
      readonly metrics: TaskMetrics | null;
    }
  | {
      /** Of each copy. */
      readonly type: "blockStored";
      readonly node: number;
      readonly partition: number;
      /** As in toDebugString. */
      readonly level: string;
      readonly where: "memory" | "disk";
      readonly bytes: number;
      readonly rows: number;
      readonly time: number;
    }
  | {
      readonly type: "blockDropped";
      readonly node: number;
      readonly partition: number;
      readonly level: string;
      readonly where: "memory" | "disk";
      readonly bytes: number;
      readonly reason: DropReason;
      readonly time: number;
    }
  | {
      /** The output of a map task has gone to disk, and given so many bytes of memory back, because tasks needed it. */
      readonly type: "mapOutputEvicted";
      readonly shuffle: number;
      /** Of the map stage. */
      readonly partition: number;
      readonly bytes: number;
      readonly time: number;
    }
  | { readonly type: "workerStart" | "workerExit"; readonly worker: number; readonly time: number }
  | {
      /** A task takes long, and is tried a second time beside the first. */
      readonly type: "taskSpeculated";
      readonly stage: number;
      readonly partition: number;
      readonly time: number;
    }
  | {
      /** A worker gets no more tasks of a stage, or for a while of any (`stage` is null), because of failures there. */
      readonly type: "workerExcluded";
      readonly worker: number;
      readonly stage: number | null;
      readonly failures: number;
      readonly time: number;
    };

export type Listener = (event: GnistaEvent) => void;

export class EventBus {
  readonly #listeners = new Set<Listener>();

  /** Returns the function that unsubscribes. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  publish(event: GnistaEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        queueMicrotask(() => process.emitWarning(`a gnista event listener threw: ${String(error)}`));
      }
    }
  }
}
