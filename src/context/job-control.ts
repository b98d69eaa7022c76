/**
 * Jobs: running functions over partitions, and naming, watching and cancelling what runs. A job belongs to the group, and has the tags and
 * properties, that were set when its action was called. They hold for the flow of the program that set them, through its awaits, and for
 * what it starts from there on (as Spark's hold for a thread and its children), so that flows side by side do not mix up theirs. A function
 * runs in its caller's flow up to its first await: what it sets before that holds for the caller too.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { GnistaError } from "../errors.ts";
import { ActionCall, type ActionOptions, plainValue } from "../rdd/action-call.ts";
import type { ApproximateEvaluator } from "../rdd/approximate-evaluator.ts";
import { builtin, capture, indices } from "../rdd/derive.ts";
import { FutureAction } from "../rdd/future-action.ts";
import { approximately, type PartialResult } from "../rdd/partial-result.ts";
import type { RDD } from "../rdd/rdd.ts";
import type { Rows } from "../rdd/types.ts";
import type { JobOptions } from "../scheduler/engine.ts";
import { ContextBase } from "./context-base.ts";

/** What a flow of the program has set for its jobs. */
interface JobSettings {
  readonly group?: string | undefined;
  readonly description?: string | undefined;
  readonly tags: readonly string[];
  readonly properties: Readonly<Record<string, string>>;
}

const NOTHING_SET: JobSettings = { tags: [], properties: {} };

export class JobControl extends ContextBase {
  readonly #settings = new AsyncLocalStorage<JobSettings>();
  readonly #doomedGroups = new Set<string>();

  get #set(): JobSettings {
    return this.#settings.getStore() ?? NOTHING_SET;
  }

  #change(settings: Partial<JobSettings>): void {
    this.#settings.enterWith({ ...this.#set, ...settings });
  }

  /**
   * `f` over the rows of each partition, or of some; the items of what it returns, in partition order. One job.
   *
   * @example
   * await sc.runJob(sc.parallelize([1, 2, 3, 4], 2), (rows) => rows.map((x) => x * x)) // => [1, 4, 9, 16]
   * await sc.runJob(sc.parallelize([1, 2, 3, 4], 2), (rows) => rows, [1]) // => [3, 4]
   */
  async runJob<T, U>(
    rdd: RDD<T>,
    f: (rows: Rows<T>) => Iterable<U>,
    partitions?: readonly number[],
    options?: ActionOptions,
  ): Promise<U[]> {
    const call = new ActionCall(rdd, "runJob", options);
    const fn = builtin("toArray", capture(f, call.site));
    const parts = await call.values<U[]>(rdd, { kind: "call", fn }, checkIndices(rdd, partitions));
    return parts.flat(1) as U[];
  }

  /**
   * A job whose results are handed to `resultHandler` on the driver as tasks finish, in any order; `resultFunc` makes the result of the
   * future when all have.
   *
   * @example
   * const sums = [];
   * const job = sc.submitJob(
   *   sc.parallelize([1, 2, 3, 4], 2),
   *   (rows) => rows.reduce((a, b) => a + b, 0),
   *   [0, 1],
   *   (index, sum) => { sums[index] = sum; },
   *   () => sums,
   * );
   * await job // => [3, 7]
   */
  submitJob<T, U, R>(
    rdd: RDD<T>,
    processPartition: (rows: Rows<T>) => U,
    partitions: readonly number[],
    resultHandler: (index: number, result: U) => void,
    resultFunc: () => R,
    options?: ActionOptions,
  ): FutureAction<R> {
    return new FutureAction(async (own) => {
      const call = new ActionCall(rdd, "submitJob", own);
      const fn = builtin("withoutIndex", capture(processPartition, call.site));
      let failure: { readonly thrown: unknown } | null = null;
      const job = call.start(rdd, { kind: "call", fn }, checkIndices(rdd, partitions), (at, value) => {
        try {
          if (failure === null) resultHandler(at, plainValue<U>(value));
        } catch (thrown) {
          failure = { thrown };
          job.cancel("its result handler threw");
        }
      });
      try {
        await job.result;
      } catch (error) {
        throw failure === null ? error : (failure as { readonly thrown: unknown }).thrown;
      }
      if (failure !== null) throw (failure as { readonly thrown: unknown }).thrown;
      return resultFunc();
    }, options);
  }

  /**
   * A job that answers after at most `timeout` milliseconds with what an evaluator makes of the tasks that have finished, in a
   * `PartialResult`; the job goes on, and `getFinalValue()` waits for it.
   *
   * @example
   * const rdd = sc.range(100, undefined, 1, 4);
   * const count = (rows) => rows.reduce((n) => n + 1, 0);
   * const result = await sc.runApproximateJob(rdd, count, new CountEvaluator(4, 0.95), 10_000);
   * result.initialValue // => { mean: 100, confidence: 1, low: 100, high: 100 }
   */
  async runApproximateJob<T, U, R>(
    rdd: RDD<T>,
    f: (rows: Rows<T>) => U,
    evaluator: ApproximateEvaluator<U, R>,
    timeout: number,
    options?: ActionOptions,
  ): Promise<PartialResult<R>> {
    const call = new ActionCall(rdd, "runApproximateJob", options);
    const fn = builtin("withoutIndex", capture(f, call.site));
    return approximately(rdd, call, { kind: "call", fn }, evaluator, timeout);
  }

  /**
   * Jobs that this flow of the program starts from now on belong to this group, until it is changed or cleared.
   *
   * @example
   * sc.setJobGroup("nightly", "the nightly counts");
   * await sc.range(3).count();
   * sc.clearJobGroup();
   */
  setJobGroup(group: string, description?: string): void {
    this.#change({ group, description });
  }

  /**
   * Jobs started from now on belong to no group.
   *
   * @example
   * sc.clearJobGroup()
   */
  clearJobGroup(): void {
    this.#change({ group: undefined, description: undefined });
  }

  /**
   * What jobs started from now on are for, in their events.
   *
   * @example
   * sc.setJobDescription("count the visitors")
   * sc.setJobDescription(null)
   */
  setJobDescription(description: string | null): void {
    this.#change({ description: description ?? undefined });
  }

  /**
   * Jobs started from now on have this tag too. INVALID_ARGUMENT for an empty tag and for one with a comma.
   *
   * @example
   * sc.addJobTag("report");
   * sc.getJobTags() // => ["report"]
   * sc.removeJobTag("report")
   */
  addJobTag(tag: string): void {
    if (tag === "" || tag.includes(","))
      throw new GnistaError(
        "INVALID_ARGUMENT",
        `a job tag must not be empty or contain a comma, got "${tag}"`,
      );
    if (!this.#set.tags.includes(tag)) this.#change({ tags: [...this.#set.tags, tag] });
  }

  /**
   * Jobs started from now on do not have this tag.
   *
   * @example
   * sc.addJobTag("report");
   * sc.removeJobTag("report");
   * sc.getJobTags() // => []
   */
  removeJobTag(tag: string): void {
    this.#change({ tags: this.#set.tags.filter((known) => known !== tag) });
  }

  /**
   * The tags that a job started now would have.
   *
   * @example
   * sc.getJobTags() // => []
   */
  getJobTags(): string[] {
    return [...this.#set.tags];
  }

  /**
   * Jobs started from now on have no tags.
   *
   * @example
   * sc.addJobTag("report");
   * sc.clearJobTags();
   * sc.getJobTags() // => []
   */
  clearJobTags(): void {
    this.#change({ tags: [] });
  }

  /**
   * Cancels the jobs of a group that run now; their actions fail with JOB_CANCELLED.
   *
   * @example
   * sc.setJobGroup("slow");
   * const counting = sc.range(1000).countAsync();
   * sc.clearJobGroup();
   * sc.cancelJobGroup("slow");
   * await counting // => throws JOB_CANCELLED
   */
  cancelJobGroup(group: string, reason?: string): void {
    this.engine.cancelGroup(group, reason);
  }

  /**
   * Cancels the jobs of a group that run now, and each that is started in it later.
   *
   * @example
   * sc.cancelJobGroupAndFutureJobs("unwanted");
   * sc.setJobGroup("unwanted");
   * const counting = sc.range(3).countAsync();
   * sc.clearJobGroup();
   * await counting // => throws JOB_CANCELLED
   */
  cancelJobGroupAndFutureJobs(group: string, reason?: string): void {
    this.#doomedGroups.add(group);
    this.engine.cancelGroup(group, reason);
  }

  /**
   * Cancels the jobs with a tag that run now.
   *
   * @example
   * sc.addJobTag("report");
   * const counting = sc.range(1000).countAsync();
   * sc.clearJobTags();
   * sc.cancelJobsWithTag("report");
   * await counting // => throws JOB_CANCELLED
   */
  cancelJobsWithTag(tag: string, reason?: string): void {
    this.engine.cancelTag(tag, reason);
  }

  /**
   * Cancels all jobs that run now.
   *
   * @example
   * const counting = sc.range(1000).countAsync();
   * sc.cancelAllJobs();
   * await counting // => throws JOB_CANCELLED
   */
  cancelAllJobs(): void {
    this.engine.cancelAll("cancelAllJobs was called");
  }

  /**
   * Cancels a job by its id, as the events and the status tracker name it.
   *
   * @example
   * const counting = sc.range(1000).countAsync();
   * for (const id of sc.statusTracker.getActiveJobIds()) sc.cancelJob(id, "no longer needed");
   * await counting // => throws JOB_CANCELLED
   */
  cancelJob(jobId: number, reason?: string): void {
    this.engine.cancelJob(jobId, reason);
  }

  /**
   * Cancels the job that runs a stage.
   *
   * @example
   * sc.cancelStage(-1)
   */
  cancelStage(stageId: number, reason = `stage ${stageId} was cancelled`): void {
    const job = this.statusTracker.jobOfStage(stageId);
    if (job !== null) this.engine.cancelJob(job, reason);
  }

  /**
   * Sets a property that the tasks of jobs started from now on can read, by `TaskContext.get().getLocalProperty(key)`; null removes it.
   *
   * @example
   * sc.setLocalProperty("tenant", "north");
   * await sc.parallelize([1], 1).map(() => TaskContext.get().getLocalProperty("tenant")).collect() // => ["north"]
   * sc.setLocalProperty("tenant", null)
   */
  setLocalProperty(key: string, value: string | null): void {
    const { [key]: _, ...others } = this.#set.properties;
    this.#change({ properties: value === null ? others : { ...others, [key]: value } });
  }

  /**
   * A property that was set, or null.
   *
   * @example
   * sc.getLocalProperty("colour") // => null
   */
  getLocalProperty(key: string): string | null {
    return this.#set.properties[key] ?? null;
  }

  /** What holds for the jobs of an action that is called now. @internal */
  jobOptions(callSite: string, signal: AbortSignal | undefined): JobOptions {
    const signals = [this.signal, signal].filter((s) => s !== undefined);
    const { group, description, tags, properties } = this.#set;
    return {
      callSite,
      signal: signals.length > 1 ? AbortSignal.any(signals) : signals[0],
      group,
      description,
      tags,
      localProperties: properties,
    };
  }

  /** Of a group whose future jobs were cancelled too. @internal */
  isDoomed(group: string | undefined): boolean {
    return group !== undefined && this.#doomedGroups.has(group);
  }
}

function checkIndices(
  rdd: RDD<unknown> | RDD<never>,
  partitions: readonly number[] | undefined,
): readonly number[] {
  const n = rdd.getNumPartitions();
  for (const index of partitions ?? [])
    if (!Number.isInteger(index) || index < 0 || index >= n)
      throw new GnistaError("INVALID_ARGUMENT", `there is no partition ${index}; the RDD has ${n}`);
  return partitions ?? indices(n);
}
