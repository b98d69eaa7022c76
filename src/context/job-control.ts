/**
 * Jobs: running functions over partitions, and naming and cancelling what runs. A job belongs to the group, and has the tags and properties,
 * that were set when its action was called.
 */
import { ActionCall } from "../rdd/action-call.ts";
import { builtin, capture } from "../rdd/derive.ts";
import type { RDD } from "../rdd/rdd.ts";
import type { Rows } from "../rdd/types.ts";
import type { JobOptions } from "../scheduler/engine.ts";
import { ContextBase } from "./context-base.ts";

export class JobControl extends ContextBase {
  readonly #tags = new Set<string>();
  readonly #properties: Record<string, string> = {};
  #group: string | undefined;
  #description: string | undefined;

  /** `f` over the rows of each partition; what it returns, flattened, in partition order, as PySpark's runJob. */
  async runJob<T, U>(
    rdd: RDD<T>,
    f: (rows: Rows<T>) => Iterable<U>,
    partitions?: readonly number[],
  ): Promise<U[]> {
    const call = new ActionCall(rdd, "runJob");
    const fn = builtin("toArray", capture(f, call.site));
    return (await call.values<U[]>(rdd, { kind: "call", fn }, partitions)).flat(1) as U[];
  }

  setJobGroup(group: string, description?: string): void {
    this.#group = group;
    this.#description = description;
  }

  clearJobGroup(): void {
    this.#group = undefined;
    this.#description = undefined;
  }

  setJobDescription(description: string): void {
    this.#description = description;
  }

  addJobTag(tag: string): void {
    this.#tags.add(tag);
  }

  removeJobTag(tag: string): void {
    this.#tags.delete(tag);
  }

  getJobTags(): string[] {
    return [...this.#tags];
  }

  clearJobTags(): void {
    this.#tags.clear();
  }

  cancelJobGroup(group: string): void {
    this.engine.cancelGroup(group);
  }

  cancelJobsWithTag(tag: string): void {
    this.engine.cancelTag(tag);
  }

  cancelAllJobs(): void {
    this.engine.cancelAll("cancelAllJobs was called");
  }

  cancelJob(id: number): void {
    this.engine.cancelJob(id);
  }

  setLocalProperty(key: string, value: string | null): void {
    if (value === null) delete this.#properties[key];
    else this.#properties[key] = value;
  }

  getLocalProperty(key: string): string | null {
    return this.#properties[key] ?? null;
  }

  /** What holds for a job that is started now. @internal */
  jobOptions(callSite: string, signal: AbortSignal | undefined): JobOptions {
    const signals = [this.signal, signal].filter((s) => s !== undefined);
    return {
      callSite,
      signal: signals.length > 1 ? AbortSignal.any(signals) : signals[0],
      group: this.#group,
      description: this.#description,
      tags: this.getJobTags(),
      localProperties: { ...this.#properties },
    };
  }
}
