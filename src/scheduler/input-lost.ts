/** What an attempt at a stage fails with when what its tasks read has to be made again. */
import { GnistaError } from "../errors.ts";
import type { LostInput } from "../executor/protocol.ts";
import type { PlanNode } from "../plan/node.ts";

export class InputLost extends GnistaError {
  readonly lost: readonly LostInput[];

  constructor(lost: readonly LostInput[], message: string) {
    super("BLOCK_LOST", message);
    this.lost = lost;
  }

  /** What the job fails with after this many attempts in a row. */
  tooOften({ callSite }: PlanNode, attempts: number): GnistaError {
    const times = attempts === 1 ? "once, and" : `${attempts} times, and each time`;
    return new GnistaError(
      "JOB_FAILED",
      `the stage of ${callSite} was tried ${times} what its tasks read was lost, at last: ${this.message}; look after the disk, or raise spark.stage.maxConsecutiveAttempts`,
      { operation: callSite },
      this,
    );
  }
}
