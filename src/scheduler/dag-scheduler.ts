/**
 * The scheduler: cuts a job's plan into stages at its shuffles, runs map stages before what reads them (each shuffle once, whoever
 * asks), then the result stage. Map outputs and stored partitions that are there already are not computed again.
 */

import { captureFunction } from "../closure/capture.ts";
import { freeBlock } from "../column/block.ts";
import { GnistaError } from "../errors.ts";
import type { Executors } from "../executor/executors.ts";
import type { AccumulatorAdd, StageOutput, StageSpec } from "../executor/protocol.ts";
import { dropReport, regionsOf, type TaskReport } from "../executor/task-report.ts";
import type { Heap } from "../memory/heap.ts";
import type { Action, TaskValue } from "../plan/action.ts";
import type { PlanNode, ShuffleDependency } from "../plan/node.ts";
import {
  HashPartitioner,
  type Partitioner,
  type PartitionerSpec,
  RangePartitioner,
  rangeOf,
} from "../plan/partitioner.ts";
import type { BlockManager } from "../storage/block-manager.ts";
import type { CollectionStore } from "../storage/collection-store.ts";
import type { EventBus } from "./events.ts";
import type { Job } from "./job.ts";
import type { ShuffleRegistry, ShuffleState } from "./shuffle-registry.ts";
import { handlesOf, lineage, preparations, shipNodes, stageNodes, stageShuffles } from "./stage.ts";
import { type Done, StageRun } from "./stage-run.ts";

export interface AccumulatorEntry {
  readonly add: AccumulatorAdd;
  merge(update: unknown): void;
}

export interface SchedulerParts {
  readonly heap: Heap;
  readonly events: EventBus;
  readonly executors: Executors;
  readonly blocks: BlockManager;
  readonly collections: CollectionStore;
  readonly shuffles: ShuffleRegistry;
  readonly accumulators: ReadonlyMap<number, AccumulatorEntry>;
  readonly maxTaskFailures: number;
  /** Makes sure that every worker has these broadcasts. */
  shipBroadcasts(ids: ReadonlySet<number>): void;
  reclaim(): Promise<void>;
}

let nextStage = 0;

export class DagScheduler {
  readonly #parts: SchedulerParts;
  readonly #runs = new Set<StageRun>();
  readonly #partitioners = new WeakMap<Partitioner, PartitionerSpec>();

  constructor(parts: SchedulerParts) {
    this.#parts = parts;
  }

  get active(): number {
    return this.#runs.size;
  }

  async runJob(
    job: Job,
    node: PlanNode,
    action: Action,
    partitions: readonly number[],
    onValue?: (at: number, value: TaskValue) => void,
  ): Promise<TaskValue[]> {
    const { events } = this.#parts;
    const nodes = lineage(node);
    events.publish({
      type: "jobStart",
      job: job.id,
      time: performance.now(),
      callSite: job.options.callSite,
      description: job.options.description ?? null,
      group: job.options.group ?? null,
      tags: job.options.tags ?? [],
      stages:
        1 + nodes.reduce((sum, n) => sum + n.dependencies.filter((d) => d.kind === "shuffle").length, 0),
    });
    for (const preparation of preparations(nodes)) {
      job.check();
      await job.orCancelled(preparation.done(job.signal));
    }
    job.check();
    return this.#resultStage(job, node, action, partitions, onValue);
  }

  report(report: TaskReport, worker: number): void {
    this.#parts.heap.takeOver(regionsOf(report));
    for (const run of this.#runs) if (run.report(report, worker)) return;
    dropReport(this.#parts, report);
  }

  workerLost(worker: number, reason: string, replacements: readonly number[]): void {
    for (const run of this.#runs) {
      try {
        this.#parts.shipBroadcasts(new Set(run.spec.broadcasts));
      } catch (error) {
        run.cancel(error);
      }
      for (const id of replacements) run.welcome(id);
      run.workerLost(worker, reason);
    }
  }

  async #resultStage(
    job: Job,
    node: PlanNode,
    action: Action,
    partitions: readonly number[],
    onValue?: (at: number, value: TaskValue) => void,
  ): Promise<TaskValue[]> {
    // A partition that is asked for twice is computed once.
    const positions = new Map<number, number[]>();
    partitions.forEach((partition, at) => {
      const known = positions.get(partition);
      if (known === undefined) positions.set(partition, [at]);
      else known.push(at);
    });
    const values: (TaskValue | undefined)[] = new Array(partitions.length);
    try {
      await this.#stage(
        job,
        node,
        node.callSite,
        { kind: "action", action, callSite: job.options.callSite },
        [...positions.keys()],
        (partition, report) => {
          const { value } = report.result as { readonly kind: "action"; readonly value: TaskValue };
          for (const at of positions.get(partition)!) {
            values[at] = value;
            try {
              onValue?.(at, value);
            } catch (error) {
              job.end(
                new GnistaError(
                  "JOB_FAILED",
                  `job ${job.id} (${job.options.callSite}): what handles its results threw: ${String(error)}`,
                  { operation: job.options.callSite, partition },
                  error,
                ),
              );
            }
          }
        },
      );
    } catch (error) {
      for (const value of values) if (value?.kind === "block") freeBlock(this.#parts.heap, value.block);
      throw error;
    }
    return values as TaskValue[];
  }

  /** Runs the map stage of a shuffle unless its outputs are all there; jobs that need the same one share it. */
  async #shuffle(job: Job, dependency: ShuffleDependency): Promise<ShuffleState> {
    const state = this.#parts.shuffles.state(dependency);
    for (;;) {
      job.check();
      const missing = state.outputs.flatMap((output, i) => (output === null ? [i] : []));
      if (missing.length === 0) {
        if (state.running === null) {
          const stage = nextStage++;
          this.#parts.events.publish({
            type: "stageSkipped",
            stage,
            job: job.id,
            time: performance.now(),
            name: dependency.node.callSite,
            tasks: state.outputs.length,
          });
        }
        return state;
      }
      if (state.running !== null) {
        // Another job runs it. If that job is cancelled, this one takes over.
        await job.orCancelled(
          state.running.catch((error: unknown) => {
            if (!GnistaError.is(error, "JOB_CANCELLED")) throw error;
          }),
        );
        continue;
      }
      const running = this.#stage(
        job,
        dependency.node,
        dependency.node.callSite,
        {
          kind: "shuffle",
          write: dependency.write,
          partitioner: this.#spec(dependency.partitioner),
          callSite: dependency.callSite,
        },
        missing,
        (partition, report) => {
          if (report.result.kind === "shuffle")
            this.#parts.shuffles.put(state, partition, report.result.output);
        },
      );
      state.running = running;
      try {
        await running;
        return state;
      } finally {
        state.running = null;
      }
    }
  }

  async #stage(
    job: Job,
    node: PlanNode,
    name: string,
    output: StageOutput,
    partitions: readonly number[],
    done: (partition: number, report: Done) => void,
  ): Promise<void> {
    const { blocks, shuffles, events, collections, executors, accumulators } = this.#parts;
    const isStored = (n: PlanNode): boolean => n.storageLevel.useMemory && blocks.has(n.id, n.numPartitions);
    const needed = stageShuffles(stageNodes(node, isStored), isStored);
    const read: ShuffleState[] = [];
    try {
      for (const state of await Promise.all(needed.map((dependency) => this.#shuffle(job, dependency)))) {
        shuffles.acquire(state);
        read.push(state);
      }
      job.check();
      const nodes = stageNodes(node, isStored);
      await this.#load(job, nodes);
      const { specs, pinned } = shipNodes(nodes, {
        isStored,
        pin: (n) => blocks.pin(n.id),
        collection: (n) => collections.blocks(n),
        outputs: (dependency) => shuffles.state(dependency).outputs.map((o) => o!),
      });
      const held = read.slice();
      const unpin = (): void => {
        for (const [id, stored] of pinned) blocks.unpin(id, stored);
        for (const state of held) shuffles.release(state);
      };
      const handles = handlesOf(specs, output);
      this.#parts.shipBroadcasts(handles.broadcasts);
      const spec: StageSpec = {
        stage: nextStage++,
        nodes: specs,
        root: specs.length - 1,
        output,
        accumulators: [...handles.accumulators].map((id) => {
          const known = accumulators.get(id);
          if (known === undefined)
            throw new GnistaError("UNSUPPORTED_OPERATION", `accumulator ${id} belongs to another context`);
          return { id, add: known.add };
        }),
        broadcasts: [...handles.broadcasts],
        localProperties: job.options.localProperties ?? {},
        barrier: specs.some(({ operator }) => operator.kind === "mapPartitions" && operator.barrier === true),
      };
      events.publish({
        type: "stageStart",
        stage: spec.stage,
        attempt: 0,
        job: job.id,
        time: performance.now(),
        name,
        tasks: partitions.length,
      });
      const run = new StageRun(spec, partitions, executors, events, this.#parts.maxTaskFailures, {
        done: (partition, report) => {
          for (const { node: id, partition: p, block } of report.stored) {
            if (!blocks.register(id, p, block)) continue;
            events.publish({
              type: "blockStored",
              node: id,
              partition: p,
              bytes: block.bytes,
              rows: block.rows,
              time: performance.now(),
            });
          }
          for (const { id, update } of report.accumulated)
            try {
              accumulators.get(id)?.merge(update);
            } catch (error) {
              process.emitWarning(`accumulator ${id} could not merge what a task added: ${String(error)}`);
            }
          done(partition, report);
        },
        drop: (report) => dropReport(this.#parts, report),
        reclaim: () => this.#parts.reclaim(),
      });
      this.#runs.add(run);
      void run.ended.then(() => {
        this.#runs.delete(run);
        unpin();
      });
      read.length = 0;
      const stopWatching = job.onCancel((error) => run.cancel(error));
      let outcome: "succeeded" | "failed" | "cancelled" = "failed";
      try {
        await run.result;
        outcome = "succeeded";
      } catch (error) {
        if (GnistaError.is(error, "JOB_CANCELLED")) outcome = "cancelled";
        throw error;
      } finally {
        stopWatching();
        events.publish({
          type: "stageEnd",
          stage: spec.stage,
          attempt: 0,
          job: job.id,
          time: performance.now(),
          outcome,
        });
      }
    } finally {
      for (const state of read) shuffles.release(state);
    }
  }

  /** Stores the collections that a stage reads, after making room when there is none. */
  async #load(job: Job, nodes: readonly PlanNode[]): Promise<void> {
    for (const node of nodes) {
      if (node.operator.kind !== "collection") continue;
      try {
        this.#parts.collections.blocks(node);
      } catch (error) {
        if (!GnistaError.is(error, "OUT_OF_MEMORY")) throw error;
        await this.#parts.reclaim();
        job.check();
        this.#parts.collections.blocks(node);
      }
    }
  }

  #spec(partitioner: Partitioner): PartitionerSpec {
    if (partitioner instanceof HashPartitioner)
      return { kind: "hash", numPartitions: partitioner.numPartitions };
    if (partitioner instanceof RangePartitioner && partitioner.ordering === null)
      return {
        kind: "range",
        numPartitions: partitioner.numPartitions,
        bounds: partitioner.bounds ?? [],
        ascending: partitioner.ascending,
        ...(partitioner.grid === undefined ? {} : { grid: partitioner.grid }),
      };
    let spec = this.#partitioners.get(partitioner);
    if (spec === undefined) {
      const getPartition = captureFunction(partitionOf(partitioner), { operation: "partitionBy" });
      spec = { kind: "custom", numPartitions: partitioner.numPartitions, getPartition };
      this.#partitioners.set(partitioner, spec);
    }
    return spec;
  }
}

/** A partitioner as a function that can travel. */
function partitionOf(partitioner: Partitioner): (key: unknown) => number {
  if (!(partitioner instanceof RangePartitioner)) return (key) => partitioner.getPartition(key);
  const { ascending, ordering } = partitioner;
  const bounds = partitioner.bounds ?? [];
  return (key) => rangeOf(key, bounds, ascending, ordering!);
}
