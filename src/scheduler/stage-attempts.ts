/**
 * A stage until all its partitions are done: when what its tasks read was lost, that is made again, and then the stage is begun again for the
 * partitions that are still missing. An attempt that lost its input is followed by another up to `maxStageAttempts` in a row.
 */
import { GnistaError } from "../errors.ts";
import type { LostInput, StageOutput, StageSpec } from "../executor/protocol.ts";
import { dropReport } from "../executor/task-report.ts";
import type { PlanNode, ShuffleDependency } from "../plan/node.ts";
import { Exclusion } from "./exclusion.ts";
import { InputLost } from "./input-lost.ts";
import type { Job } from "./job.ts";
import type { JobStage } from "./job-stages.ts";
import type { SchedulerParts } from "./scheduler-parts.ts";
import type { ShuffleState } from "./shuffle-registry.ts";
import { handlesOf } from "./stage.ts";
import { type StageInputs, stageInputs } from "./stage-inputs.ts";
import { type Done, StageRun } from "./stage-run.ts";

/** What a stage computes, and who takes it. */
export interface StageWork {
  readonly node: PlanNode;
  readonly output: StageOutput;
  /** Called once a partition. */
  done(partition: number, report: Done): void;
}

let nextKey = 0;

export class StageAttempts {
  readonly #parts: SchedulerParts;
  readonly #exclusion: Exclusion | null;
  readonly #shuffle: (job: Job, dependency: ShuffleDependency) => Promise<ShuffleState>;
  /** Attempts whose tasks have not all ended. */
  readonly runs = new Set<StageRun>();

  /** `shuffle` sees to it that the outputs of a shuffle are there. */
  constructor(
    parts: SchedulerParts,
    shuffle: (job: Job, dependency: ShuffleDependency) => Promise<ShuffleState>,
  ) {
    this.#parts = parts;
    this.#shuffle = shuffle;
    const { executors, events, settings } = parts;
    this.#exclusion =
      settings.exclusion === null ? null : new Exclusion(settings.exclusion, executors, events);
  }

  async run(job: Job, stage: JobStage, work: StageWork, partitions: readonly number[]): Promise<void> {
    const missing = new Set(partitions);
    for (let lostInARow = 0; ; ) {
      try {
        await this.#attempt(job, stage, work, missing);
        return;
      } catch (error) {
        if (!(error instanceof InputLost)) throw error;
        for (const lost of error.lost) this.lose(lost);
        if (++lostInARow >= this.#parts.settings.maxStageAttempts)
          throw error.tooOften(work.node, lostInARow);
      }
    }
  }

  lose(lost: LostInput): void {
    const { shuffles, blocks } = this.#parts;
    if (lost.kind === "mapOutput") shuffles.lose(lost.shuffle, lost.mapPartition);
    else blocks.lose(lost.node, lost.partition);
  }

  async #attempt(job: Job, stage: JobStage, work: StageWork, missing: Set<number>): Promise<void> {
    const { events, executors, settings } = this.#parts;
    const inputs = await stageInputs(this.#parts, job, work.node, this.#shuffle);
    let spec: StageSpec;
    try {
      spec = this.#spec(job, stage, work.output, inputs);
      this.#parts.shipBroadcasts(new Set(spec.broadcasts));
    } catch (error) {
      inputs.release();
      throw error;
    }
    const at = { stage: stage.id, attempt: stage.attempts++, job: job.id };
    events.publish({
      type: "stageStart",
      ...at,
      time: performance.now(),
      name: work.node.callSite,
      tasks: missing.size,
    });
    const run = new StageRun({
      spec,
      partitions: [...missing],
      executors,
      events,
      settings,
      exclusion: this.#exclusion,
      done: (partition, report) => {
        missing.delete(partition);
        this.#takeOver(report);
        work.done(partition, report);
      },
      drop: (report) => dropReport(this.#parts, report),
      reclaim: (what) => this.#parts.reclaim(what),
    });
    this.runs.add(run);
    void run.ended.then(() => {
      this.runs.delete(run);
      inputs.release();
    });
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
      events.publish({ type: "stageEnd", ...at, time: performance.now(), outcome });
    }
  }

  #spec(job: Job, stage: JobStage, output: StageOutput, { specs }: StageInputs): StageSpec {
    const handles = handlesOf(specs, output);
    return {
      key: nextKey++,
      stage: stage.id,
      attempt: stage.attempts,
      nodes: specs,
      root: specs.length - 1,
      output,
      accumulators: [...handles.accumulators].map((id) => {
        const known = this.#parts.accumulators.get(id);
        if (known === undefined)
          throw new GnistaError("UNSUPPORTED_OPERATION", `accumulator ${id} belongs to another context`);
        return { id, add: known.add };
      }),
      broadcasts: [...handles.broadcasts],
      localProperties: job.options.localProperties ?? {},
      barrier: specs.some(({ operator }) => operator.kind === "mapPartitions" && operator.barrier === true),
    };
  }

  /** What a task did beside its output: partitions that it stored, accumulators. */
  #takeOver({ stored, accumulated }: Done): void {
    const { blocks, accumulators } = this.#parts;
    for (const { node, partition, level, copy, maker } of stored)
      blocks.register(node, partition, level, copy, maker);
    for (const { id, update } of accumulated)
      try {
        accumulators.get(id)?.merge(update);
      } catch (error) {
        process.emitWarning(`accumulator ${id} could not merge what a task added: ${String(error)}`);
      }
  }
}
