/**
 * What runs now, and how the last jobs went: low-level progress, kept from the events.
 *
 * https://spark.apache.org/docs/latest/api/scala/org/apache/spark/SparkStatusTracker.html
 */
import type { EventBus, GnistaEvent } from "../scheduler/events.ts";

export interface JobInfo {
  readonly jobId: number;
  readonly status: "running" | "succeeded" | "failed" | "cancelled";
  /** The stages that have been started or skipped so far. */
  readonly stageIds: readonly number[];
}

export interface StageInfo {
  readonly stageId: number;
  readonly name: string;
  readonly numTasks: number;
  readonly numActiveTasks: number;
  readonly numCompletedTasks: number;
  readonly numFailedTasks: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
interface JobRecord {
  readonly jobId: number;
  readonly group: string | null;
  readonly tags: readonly string[];
  status: JobInfo["status"];
  readonly stageIds: number[];
}

const KEEP = 1000;

export class StatusTracker {
  readonly #jobs = new Map<number, JobRecord>();
  readonly #stages = new Map<number, Mutable<StageInfo>>();

  /** @internal */
  constructor(events: EventBus) {
    events.subscribe((event) => this.#see(event));
  }

  /**
   * The jobs of a group, or those without one, oldest first.
   *
   * @example
   * sc.setJobGroup("hourly");
   * await sc.range(3).count();
   * sc.clearJobGroup();
   * sc.statusTracker.getJobIdsForGroup("hourly").length // => 1
   */
  getJobIdsForGroup(group: string | null = null): number[] {
    return [...this.#jobs.values()].filter((job) => job.group === group).map((job) => job.jobId);
  }

  /**
   * The jobs with a tag, oldest first.
   *
   * @example
   * sc.addJobTag("audit");
   * await sc.range(3).count();
   * sc.clearJobTags();
   * sc.statusTracker.getJobIdsForTag("audit").length // => 1
   */
  getJobIdsForTag(tag: string): number[] {
    return [...this.#jobs.values()].filter((job) => job.tags.includes(tag)).map((job) => job.jobId);
  }

  /**
   * The jobs that run now.
   *
   * @example
   * const counting = sc.range(3).countAsync();
   * sc.statusTracker.getActiveJobIds().length > 0 // => true
   * await counting // => 3
   */
  getActiveJobIds(): number[] {
    return [...this.#jobs.values()].filter((job) => job.status === "running").map((job) => job.jobId);
  }

  /**
   * The stages that have tasks to run now.
   *
   * @example
   * Array.isArray(sc.statusTracker.getActiveStageIds()) // => true
   */
  getActiveStageIds(): number[] {
    return this.getActiveJobIds().flatMap((id) =>
      (this.#jobs.get(id)?.stageIds ?? []).filter((stage) => {
        const info = this.#stages.get(stage);
        return info !== undefined && info.numCompletedTasks < info.numTasks;
      }),
    );
  }

  /**
   * How a job goes or went; null when it is not known (any more).
   *
   * @example
   * await sc.range(3).count();
   * const { job } = sc.metrics().at(-1);
   * sc.statusTracker.getJobInfo(job).status // => "succeeded"
   */
  getJobInfo(jobId: number): JobInfo | null {
    const job = this.#jobs.get(jobId);
    return job === undefined ? null : { jobId, status: job.status, stageIds: [...job.stageIds] };
  }

  /**
   * How a stage goes or went; null when it is not known (any more).
   *
   * @example
   * await sc.parallelize([1, 2], 2).count();
   * const [stage] = sc.metrics().at(-1).stages;
   * sc.statusTracker.getStageInfo(stage.stage).numCompletedTasks // => 2
   */
  getStageInfo(stageId: number): StageInfo | null {
    const stage = this.#stages.get(stageId);
    return stage === undefined ? null : { ...stage };
  }

  /** The job that runs a stage now. @internal */
  jobOfStage(stageId: number): number | null {
    for (const job of this.#jobs.values())
      if (job.status === "running" && job.stageIds.includes(stageId)) return job.jobId;
    return null;
  }

  #see(event: GnistaEvent): void {
    switch (event.type) {
      case "jobStart":
        this.#jobs.set(event.job, {
          jobId: event.job,
          group: event.group,
          tags: event.tags,
          status: "running",
          stageIds: [],
        });
        this.#forget();
        break;
      case "jobEnd": {
        const job = this.#jobs.get(event.job);
        if (job !== undefined) job.status = event.outcome;
        break;
      }
      case "stageStart":
      case "stageSkipped": {
        const job = this.#jobs.get(event.job);
        if (job !== undefined && !job.stageIds.includes(event.stage)) job.stageIds.push(event.stage);
        this.#stages.set(event.stage, {
          stageId: event.stage,
          name: event.name,
          numTasks: event.tasks,
          numActiveTasks: 0,
          numCompletedTasks: event.type === "stageSkipped" ? event.tasks : 0,
          numFailedTasks: 0,
        });
        break;
      }
      case "taskStart": {
        const stage = this.#stages.get(event.stage);
        if (stage !== undefined) stage.numActiveTasks++;
        break;
      }
      case "taskEnd": {
        const stage = this.#stages.get(event.stage);
        if (stage === undefined) break;
        stage.numActiveTasks--;
        if (event.outcome === "succeeded") stage.numCompletedTasks++;
        else if (event.outcome === "failed") stage.numFailedTasks++;
        break;
      }
    }
  }

  #forget(): void {
    if (this.#jobs.size <= KEEP) return;
    const [oldest, { stageIds }] = this.#jobs.entries().next().value!;
    for (const stage of stageIds) this.#stages.delete(stage);
    this.#jobs.delete(oldest);
  }
}
