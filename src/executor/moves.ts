/**
 * What is written to disk so that its memory can be given back, and other copies of what is stored: plain data that a worker carries out in the
 * middle of a task which needs the memory, or between tasks.
 */
import type { Compute } from "../kernels/compute.ts";
import type { Region } from "../memory/heap.ts";
import type { MapOutput, MapTask } from "../shuffle/map-output.ts";
import { spillOutput } from "../shuffle/spill-output.ts";
import type { CopyMove } from "../storage/block-manager.ts";
import type { DiskFiles } from "../storage/disk-files.ts";
import type { NotMoved } from "../storage/evictable.ts";
import { makeCopy } from "../storage/make-copy.ts";
import { filesOfCopy, regionsOfCopy, type StoredCopy } from "../storage/stored-copy.ts";

/** A map output that goes to disk. */
export interface OutputMove {
  readonly kind: "output";
  readonly output: MapOutput;
  /** Who wrote it. */
  readonly from: MapTask;
}

export interface MovedOutput {
  readonly kind: "output";
  readonly output: MapOutput;
}

export type Move = CopyMove | OutputMove;
export type Moved = StoredCopy | MovedOutput;

/** Does it, or says why it could not be done; nothing is left then. */
export function tryMove(compute: Compute, files: DiskFiles, move: Move): Moved | NotMoved {
  try {
    return move.kind === "copy"
      ? makeCopy(compute, files, move.from, move.to)
      : { kind: "output", output: spillOutput(compute, files, move.output, move.from) };
  } catch (error) {
    return { kind: "notMoved", reason: error instanceof Error ? error.message : String(error) };
  }
}

/** The memory that it hands over. */
export function regionsOfMoved(moved: Moved): readonly Region[] {
  return moved.kind === "output" ? moved.output.regions : regionsOfCopy(moved);
}

/** The files that it hands over. */
export function filesOfMoved(moved: Moved): readonly string[] {
  return moved.kind === "output" ? moved.output.files : filesOfCopy(moved);
}
