/** The sums of a job's events, kept for the last jobs: what `sc.metrics()` returns. */
import { addMetrics, type MutableMetrics, NO_METRICS, type TaskMetrics } from "../executor/task-metrics.ts";
import type { EventBus } from "./events.ts";

export interface StageMetrics extends TaskMetrics {
  readonly stage: number;
  readonly name: string;
  readonly tasks: number;
  readonly failedTasks: number;
  readonly skipped: boolean;
  /** Milliseconds from its start to its end, or to now. */
  readonly duration: number;
}

export interface JobMetrics {
  readonly job: number;
  readonly callSite: string;
  readonly outcome: "running" | "succeeded" | "failed" | "cancelled";
  /** Milliseconds from submission to the end, or to now. */
  readonly duration: number;
  readonly stages: readonly StageMetrics[];
  /** The most bytes of the context's memory in use, as seen whenever one of its tasks had ended. */
  readonly peakMemory: number;
  /** Bytes of cached partitions in memory and on disk, all datasets together, when the job ended, or now. */
  readonly cached: { readonly memory: number; readonly disk: number };
  /** Sums over the stages. */
  readonly totals: TaskMetrics;
}

const KEEP = 1000;
type Mutable<T> = { -readonly [K in keyof T]: T[K] };
interface StageRecord extends Mutable<Omit<StageMetrics, "duration">> {
  start: number;
  end: number | null;
}
interface JobRecord {
  job: number;
  callSite: string;
  outcome: JobMetrics["outcome"];
  start: number;
  end: number | null;
  peakMemory: number;
  /** Null while it runs. */
  cached: JobMetrics["cached"] | null;
  stages: Map<number, StageRecord>;
}

export class MetricsListener {
  #cached: JobMetrics["cached"] = { memory: 0, disk: 0 };
  readonly #jobs = new Map<number, JobRecord>();
  readonly #jobOfStage = new Map<number, JobRecord>();

  constructor(bus: EventBus, usedBytes: () => number) {
    bus.subscribe((event) => {
      switch (event.type) {
        case "jobStart":
          this.#start(event.job, event.callSite, event.time);
          break;
        case "stageStart":
        case "stageSkipped": {
          const job = this.#jobs.get(event.job);
          if (job === undefined) break;
          const skipped = event.type === "stageSkipped";
          const known = job.stages.get(event.stage);
          if (known !== undefined) {
            // Another attempt, or the first at a stage whose outputs were lost when it had been skipped.
            known.skipped = skipped;
            known.end = null;
            this.#jobOfStage.set(event.stage, job);
            break;
          }
          job.stages.set(event.stage, {
            ...NO_METRICS,
            stage: event.stage,
            name: event.name,
            tasks: event.tasks,
            failedTasks: 0,
            skipped,
            start: event.time,
            end: skipped ? event.time : null,
          });
          if (!skipped) this.#jobOfStage.set(event.stage, job);
          break;
        }
        case "stageEnd": {
          const stage = this.#jobOfStage.get(event.stage)?.stages.get(event.stage);
          if (stage !== undefined) stage.end = event.time;
          break;
        }
        case "taskEnd": {
          const job = this.#jobOfStage.get(event.stage);
          const stage = job?.stages.get(event.stage);
          if (job === undefined || stage === undefined) break;
          job.peakMemory = Math.max(job.peakMemory, usedBytes());
          if (event.outcome === "failed") stage.failedTasks++;
          if (event.metrics !== null) addMetrics(stage, event.metrics);
          break;
        }
        case "jobEnd": {
          const job = this.#jobs.get(event.job);
          if (job === undefined) break;
          job.outcome = event.outcome;
          job.end = event.time;
          job.cached = this.#cached;
          break;
        }
        case "blockStored":
        case "blockDropped": {
          const bytes = event.type === "blockStored" ? event.bytes : -event.bytes;
          this.#cached = { ...this.#cached, [event.where]: this.#cached[event.where] + bytes };
          break;
        }
      }
    });
  }

  #start(job: number, callSite: string, time: number): void {
    this.#jobs.set(job, {
      job,
      callSite,
      outcome: "running",
      start: time,
      end: null,
      peakMemory: 0,
      cached: null,
      stages: new Map(),
    });
    if (this.#jobs.size <= KEEP) return;
    const [oldest, record] = this.#jobs.entries().next().value!;
    for (const stage of record.stages.keys()) this.#jobOfStage.delete(stage);
    this.#jobs.delete(oldest);
  }

  jobs(): JobMetrics[] {
    const now = performance.now();
    return [...this.#jobs.values()].map((record) => {
      const totals: MutableMetrics = { ...NO_METRICS };
      for (const stage of record.stages.values()) addMetrics(totals, stage);
      return {
        job: record.job,
        callSite: record.callSite,
        outcome: record.outcome,
        duration: (record.end ?? now) - record.start,
        peakMemory: record.peakMemory,
        cached: record.cached ?? this.#cached,
        stages: [...record.stages.values()].map(({ start, end, ...stage }) => ({
          ...stage,
          duration: (end ?? now) - start,
        })),
        totals,
      };
    });
  }
}
