/**
 * The scheduler: cuts a job's plan into stages at its shuffles, runs map stages before what reads them (each shuffle once, whoever
 * asks), then the result stage. Map outputs and stored partitions that are there already are not computed again.
 */

import { freeBlock } from "../column/block.ts";
import { GnistaError } from "../errors.ts";
import type { LostInput } from "../executor/protocol.ts";
import { dropReport, filesOf, regionsOf, type TaskReport } from "../executor/task-report.ts";
import type { Action, TaskValue } from "../plan/action.ts";
import type { PlanNode, ShuffleDependency } from "../plan/node.ts";
import type { OnValue } from "./engine.ts";
import type { Job } from "./job.ts";
import { JobStage } from "./job-stages.ts";
import { PartitionerSpecs } from "./partitioner-specs.ts";
import type { SchedulerParts } from "./scheduler-parts.ts";
import type { ShuffleState } from "./shuffle-registry.ts";
import { lineage, preparations } from "./stage.ts";
import { StageAttempts } from "./stage-attempts.ts";

export class DagScheduler {
  readonly #parts: SchedulerParts;
  readonly #partitioners = new PartitionerSpecs();
  readonly #stages: StageAttempts;

  constructor(parts: SchedulerParts) {
    this.#parts = parts;
    this.#stages = new StageAttempts(parts, (job, dependency) => this.#shuffle(job, dependency));
  }

  async runJob(
    job: Job,
    node: PlanNode,
    action: Action,
    partitions: readonly number[],
    onValue?: OnValue,
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
    this.#parts.spills.adopt(filesOf(report));
    for (const run of this.#stages.runs) if (run.report(report, worker)) return;
    dropReport(this.#parts, report);
  }

  lose(lost: LostInput): void {
    this.#stages.lose(lost);
  }

  workerLost(worker: number, reason: string, replacements: readonly number[]): void {
    for (const run of this.#stages.runs) {
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
    onValue?: OnValue,
  ): Promise<TaskValue[]> {
    const { callSite } = job.options;
    // A partition that is asked for twice is computed once.
    const positions = new Map<number, number[]>();
    partitions.forEach((partition, at) => {
      const known = positions.get(partition);
      if (known === undefined) positions.set(partition, [at]);
      else known.push(at);
    });
    const values: (TaskValue | undefined)[] = new Array(partitions.length);
    const take = (partition: number, at: number, value: TaskValue): void => {
      try {
        values[at] = onValue === undefined ? value : onValue(at, value);
      } catch (error) {
        const message = `job ${job.id} (${callSite}): what handles its results threw: ${String(error)}`;
        job.end(new GnistaError("JOB_FAILED", message, { operation: callSite, partition }, error));
      }
    };
    try {
      await this.#stages.run(
        job,
        new JobStage(),
        {
          node,
          output: { kind: "action", action, callSite },
          done: (partition, { result }) => {
            if (result.kind === "action")
              for (const at of positions.get(partition)!) take(partition, at, result.value);
          },
        },
        [...positions.keys()],
      );
    } catch (error) {
      for (const value of new Set(values))
        if (value?.kind === "block") freeBlock(this.#parts.heap, value.block);
      throw error;
    }
    return values as TaskValue[];
  }

  /** Runs the map stage of a shuffle unless its outputs are all there; jobs that need the same one share it. */
  async #shuffle(job: Job, dependency: ShuffleDependency): Promise<ShuffleState> {
    for (;;) {
      job.check();
      const state = this.#parts.shuffles.state(dependency);
      const { running } = state;
      if (running !== null) {
        // If the job that runs it ends early, this one takes over what is left to do.
        await job.orCancelled(
          running.ended.catch((error: unknown) => {
            if (error !== running.job.cancelled) throw error;
          }),
        );
        continue;
      }
      const missing = state.outputs.flatMap((output, i) => (output === null ? [i] : []));
      if (missing.length === 0) {
        this.#skipped(job, dependency, state);
        return state;
      }
      const ended = this.#mapStage(job, dependency, state, missing);
      state.running = { job, ended };
      try {
        await ended;
      } finally {
        state.running = null;
      }
    }
  }

  #mapStage(
    job: Job,
    { id, node, write, partitioner, callSite }: ShuffleDependency,
    state: ShuffleState,
    missing: readonly number[],
  ): Promise<void> {
    return this.#stages.run(
      job,
      job.stages.of(id),
      {
        node,
        output: {
          kind: "shuffle",
          shuffle: id,
          write,
          partitioner: this.#partitioners.of(partitioner),
          callSite,
        },
        done: (partition, { result }) => {
          if (result.kind === "shuffle") this.#parts.shuffles.put(state, partition, result.output);
        },
      },
      missing,
    );
  }

  /** Says so once a job, unless the job has run it itself. */
  #skipped(job: Job, { id, node }: ShuffleDependency, { outputs }: ShuffleState): void {
    const stage = job.stages.of(id);
    if (stage.attempts > 0 || stage.skipped) return;
    stage.skipped = true;
    this.#parts.events.publish({
      type: "stageSkipped",
      stage: stage.id,
      job: job.id,
      time: performance.now(),
      name: node.callSite,
      tasks: outputs.length,
    });
  }
}
