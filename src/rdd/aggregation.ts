/** aggregate and treeAggregate: a value a partition, merged on the driver, or by levels in the workers before. */
import { GnistaError } from "../errors.ts";
import type { ActionCall, ActionOptions } from "./action-call.ts";
import { builtin, capture, combinedRDD, partitionsRDD, stepRDD } from "./derive.ts";
import { freshCopies } from "./fresh-copies.ts";
import type { RDDBase } from "./rdd-base.ts";

/** What treeAggregate takes as its last argument. */
export interface TreeOptions extends ActionOptions {
  /** Joins the last values in a worker, so that only one comes to the driver. */
  readonly finalAggregateOnExecutor?: boolean;
}

export async function aggregateAll<T, U>(
  rdd: RDDBase,
  call: ActionCall,
  zero: U,
  seqOp: (acc: U, row: T) => U,
  combOp: (a: U, b: U) => U,
): Promise<U> {
  const start = freshCopies(zero);
  const parts = await call.values<U>(rdd, {
    kind: "aggregate",
    zero: capture(start, call.site),
    seqOp: capture(seqOp, call.site),
  });
  return parts.reduce((a, b) => combOp(a, b), start());
}

/** Levels are added while they make the last one smaller, as Spark does: n > scale + ceil(n / scale), with scale = n^(1/depth). */
export async function treeAggregated<T, U>(
  rdd: RDDBase,
  call: ActionCall,
  zero: U,
  seqOp: (acc: U, row: T) => U,
  combOp: (a: U, b: U) => U,
  depth: number,
  finalOnExecutor = false,
): Promise<U> {
  const { operation } = call.site;
  if (!Number.isInteger(depth) || depth < 1)
    throw new GnistaError("INVALID_ARGUMENT", `${operation} needs a depth of at least 1, got ${depth}`);
  let n = rdd.getNumPartitions();
  const scale = Math.max(Math.ceil(n ** (1 / depth)), 2);
  const worthwhile = (): boolean => n > scale + Math.ceil(n / scale);
  const last = finalOnExecutor && n > 1;
  if (!worthwhile() && !last) return aggregateAll(rdd, call, zero, seqOp, combOp);
  const start = capture(freshCopies(zero), call.site);
  const seq = capture(seqOp, call.site);
  const comb = capture(combOp, call.site);
  let level: RDDBase = rdd;
  let leaf = seq;
  while (worthwhile() || (last && n > 1)) {
    n = worthwhile() ? Math.floor(n / scale) : 1;
    const tagged = partitionsRDD(level, call.site, builtin("treeLeaf", start, leaf, { value: n }), false);
    const merged = combinedRDD(tagged, call.site, (value: U) => value, combOp, combOp, n);
    level = stepRDD(merged, "map", ([, value]: [number, U]) => value, false, call.site);
    leaf = comb;
  }
  return aggregateAll(level, call, zero, combOp, combOp);
}
