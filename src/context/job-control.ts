/** Jobs under the program's control: functions run over chosen partitions, and what runs cancelled. */
import { GnistaError } from "../errors.ts";
import { ActionCall, type ActionOptions, plainValue } from "../rdd/action-call.ts";
import type { ApproximateEvaluator } from "../rdd/approximate-evaluator.ts";
import { builtin, capture, indices } from "../rdd/derive.ts";
import { FutureAction } from "../rdd/future-action.ts";
import { approximately, type PartialResult } from "../rdd/partial-result.ts";
import type { RDD } from "../rdd/rdd.ts";
import type { Rows } from "../rdd/types.ts";
import { JobSettings } from "./job-settings.ts";

export class JobControl extends JobSettings {
  readonly #doomedGroups = new Set<string>();

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
        return value;
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
