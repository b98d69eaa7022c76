/** The stages of a job by the shuffle that they write, so that a stage which has to run again is known as the same one. */
import type { ShuffleId } from "../plan/node.ts";

let nextStage = 0;

export class JobStage {
  #id: number | null = null;
  /** How often it was begun. */
  attempts = 0;
  skipped = false;

  /** Given when first asked for, so that stages have higher numbers than those that they read. */
  get id(): number {
    this.#id ??= nextStage++;
    return this.#id;
  }
}

export class JobStages {
  readonly #stages = new Map<ShuffleId, JobStage>();

  of(shuffle: ShuffleId): JobStage {
    let stage = this.#stages.get(shuffle);
    if (stage === undefined) {
      stage = new JobStage();
      this.#stages.set(shuffle, stage);
    }
    return stage;
  }
}
