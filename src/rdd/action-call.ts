/**
 * An action under way. Where it was called, and the job group, tags and properties that were set at that moment, hold for all of its jobs,
 * however many it needs and whatever is set meanwhile.
 */
import { type Block, freeBlock } from "../column/block.ts";
import { readColumn } from "../column/reader.ts";
import { assert, GnistaError } from "../errors.ts";
import type { Action, TaskValue } from "../plan/action.ts";
import { isMarked } from "../plan/checkpoint.ts";
import type { JobOptions, OnValue, RunningJob } from "../scheduler/engine.ts";
import { lineage } from "../scheduler/stage.ts";
import { type CallSite, callSite } from "./call-site.ts";
import { indices } from "./derive.ts";
import type { RDDBase } from "./rdd-base.ts";

/** What every action takes as its last argument. */
export interface ActionOptions {
  /** Cancels the action's jobs; the action then fails with JOB_CANCELLED. */
  readonly signal?: AbortSignal;
}

const TAKEN: TaskValue = { kind: "value", value: null };
/** Spark's name for the local property. */
const ALL_MARKED = "spark.checkpoint.checkpointAllMarkedAncestors";

export class ActionCall {
  readonly site: CallSite;
  readonly #job: JobOptions;

  constructor(rdd: RDDBase, operation: string, options: ActionOptions = {}) {
    this.site = callSite(operation);
    this.#job = rdd.context.jobOptions(this.site.text, options.signal);
  }

  /** A job, and then the checkpoints that are asked for in its lineage. */
  start(
    rdd: RDDBase,
    action: Action,
    partitions: readonly number[] = indices(rdd.getNumPartitions()),
    onValue?: OnValue,
  ): RunningJob {
    const own = new AbortController();
    const job = this.#begin(rdd, action, partitions, this.#job.signal, onValue);
    return {
      id: job.id,
      result: job.result.then((values) => this.#checkpoint(rdd, values, own.signal)),
      cancel: (reason = "cancelled by the program") => {
        job.cancel(reason);
        own.abort(reason);
      },
    };
  }

  #begin(
    rdd: RDDBase,
    action: Action,
    partitions: readonly number[],
    signal: AbortSignal | undefined,
    onValue?: OnValue,
  ): RunningJob {
    const { context } = rdd;
    const job = {
      ...this.#job,
      signal: context.isDoomed(this.#job.group)
        ? AbortSignal.abort(`all jobs of the group ${this.#job.group} were cancelled`)
        : signal,
    };
    return context.engine.run(rdd.node, action, partitions, job, onValue);
  }

  /** Of several on one path the last alone, which cuts the others off, unless all are wanted. */
  async #checkpoint(
    rdd: RDDBase,
    values: readonly TaskValue[],
    own: AbortSignal,
  ): Promise<readonly TaskValue[]> {
    const all = this.#job.localProperties?.[ALL_MARKED] === "true";
    const marked = lineage(rdd.node, all ? undefined : isMarked).filter(isMarked);
    const signal = this.#job.signal === undefined ? own : AbortSignal.any([own, this.#job.signal]);
    try {
      for (const { checkpoint } of marked) await checkpoint?.making.done(signal);
    } catch (error) {
      for (const value of values) if (value.kind === "block") freeBlock(rdd.context.engine.heap, value.block);
      throw error;
    }
    return values;
  }

  async run(rdd: RDDBase, action: Action, partitions?: readonly number[]): Promise<readonly TaskValue[]> {
    return this.start(rdd, action, partitions).result;
  }

  /** One value a partition. */
  async values<U>(rdd: RDDBase, action: Action, partitions?: readonly number[]): Promise<U[]> {
    return (await this.run(rdd, action, partitions)).map((value) => plainValue<U>(value));
  }

  /** The same for a job that another one waits for, and that ends with it; checkpoints are the other's. */
  async valuesFor<U>(
    signal: AbortSignal,
    rdd: RDDBase,
    action: Action,
    partitions?: readonly number[],
  ): Promise<U[]> {
    const signals = this.#job.signal === undefined ? [signal] : [signal, this.#job.signal];
    const wanted = partitions ?? indices(rdd.getNumPartitions());
    const job = this.#begin(rdd, action, wanted, AbortSignal.any(signals));
    return (await job.result).map((value) => plainValue<U>(value));
  }

  /** Aborted when the action is to end. */
  get signal(): AbortSignal {
    return this.#job.signal ?? new AbortController().signal;
  }

  /** What `use` makes of the blocks of the partitions, in order; they are freed afterwards. */
  async blocks<R>(
    rdd: RDDBase,
    use: (blocks: readonly Block[]) => R | Promise<R>,
    partitions?: readonly number[],
    action: Action = { kind: "collect" },
  ): Promise<R> {
    const values = await this.run(rdd, action, partitions);
    const blocks = values.map((value) => (value as TaskValue & { kind: "block" }).block);
    try {
      return await use(blocks);
    } finally {
      for (const block of blocks) freeBlock(rdd.context.engine.heap, block);
    }
  }

  /** The rows of the partitions, in order. They leave shared memory when their task is done, so that rows on their way take little of it. */
  async rows<T>(
    rdd: RDDBase,
    partitions: readonly number[] = indices(rdd.getNumPartitions()),
    action: Action = { kind: "collect" },
  ): Promise<T[]> {
    assert(new Set(partitions).size === partitions.length, "the rows of a partition are wanted twice");
    const { heap } = rdd.context.engine;
    const pieces: T[][][] = new Array(partitions.length);
    const take = (at: number, value: TaskValue): TaskValue => {
      const { block } = value as TaskValue & { kind: "block" };
      try {
        pieces[at] = block.chunks.map((chunk) => readColumn(heap, chunk) as T[]);
      } finally {
        freeBlock(heap, block);
      }
      return TAKEN;
    };
    await this.start(rdd, action, partitions, take).result;
    return joined(pieces.flat());
  }

  emptyCollection(): GnistaError {
    return new GnistaError(
      "EMPTY_COLLECTION",
      `${this.site.operation}: empty collection; the RDD has no rows`,
      { operation: this.site.text },
    );
  }
}

export function plainValue<U>(value: TaskValue): U {
  return (value as TaskValue & { kind: "value" }).value as U;
}

/** Calls can have about 100 000 arguments. */
const MOST_ARGUMENTS = 10_000;

/** The arrays end to end. */
function joined<T>(arrays: readonly T[][]): T[] {
  if (arrays.length <= MOST_ARGUMENTS) return ([] as T[]).concat(...arrays);
  const groups: T[][] = [];
  for (let i = 0; i < arrays.length; i += MOST_ARGUMENTS)
    groups.push(joined(arrays.slice(i, i + MOST_ARGUMENTS)));
  return joined(groups);
}
