/**
 * What a job does with each partition of its last node, and what comes back to the driver.
 */
import type { FunctionSpec } from "../closure/spec.ts";
import type { Block } from "../column/block.ts";
import type { Kind } from "../column/type.ts";
import type { AggregateKind } from "../kernels/aggregate.ts";
import type { SavedPartitioner } from "./saved-partitioner.ts";

export type Action =
  /** The rows, as a block that the driver reads and frees. */
  | { readonly kind: "collect" }
  /** At most `limit` rows from the partition's start, as a block; stops early. */
  | { readonly kind: "take"; readonly limit: number }
  | { readonly kind: "count" }
  /** { rows, value }: the rows combined left to right by `fn`, no value when there are none. */
  | { readonly kind: "reduce"; readonly fn: FunctionSpec; readonly combine: AggregateKind | null }
  /** The value that `seqOp` makes of the rows left to right, starting with a new `zero()`, which it may change in place. */
  | { readonly kind: "aggregate"; readonly zero: FunctionSpec; readonly seqOp: FunctionSpec }
  /** A KeySample of about `wanted` keys of pairs, evenly over the partition's rows. */
  | { readonly kind: "sampleKeys"; readonly wanted: number; readonly seed: number }
  /** The sum of the numbers, from 0. */
  | { readonly kind: "sum" }
  /** Writes the partition's rows as an Arrow file in the working directory of an output; the value is where it is in there. */
  | { readonly kind: "saveArrow"; readonly work: string }
  /** Writes the partition's rows as a checkpoint's file in the working directory of an output; the value is where it is in there. */
  | {
      readonly kind: "checkpoint";
      readonly work: string;
      readonly numPartitions: number;
      readonly partitioner: SavedPartitioner | null;
    }
  /** fn: (partitionIndex, iterator) => value; the value comes back by structured clone. */
  | { readonly kind: "call"; readonly fn: FunctionSpec };

export type TaskValue =
  | { readonly kind: "block"; readonly block: Block }
  | { readonly kind: "value"; readonly value: unknown };

export interface Reduced {
  readonly rows: number;
  readonly value?: unknown;
}

export interface KeySample {
  readonly rows: number;
  /** Each stands for about the same number of rows; a typed array when `kind` is a numeric type that all keys have. */
  readonly keys: ArrayLike<unknown>;
  readonly kind: Kind | null;
}
