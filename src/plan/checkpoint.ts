/** A checkpoint of a node: rows written once, from which the node is read from then on instead of its ancestors. */
import type { PlanNode } from "./node.ts";
import type { Preparation } from "./preparation.ts";

export interface Checkpoint {
  /** The directory of its files; null for a local one, which is what is stored of the node. */
  readonly path: string | null;
  /** Writes it, after the first job that reads the node. */
  readonly making: Preparation;
}

export function isMarked({ checkpoint }: PlanNode): boolean {
  return checkpoint !== null && !checkpoint.making.isDone;
}
