/** histogram: where the bounds of the buckets lie, and what the partitions count in them. */
import { compareValues } from "../column/equality.ts";
import { GnistaError } from "../errors.ts";
import type { ActionCall } from "./action-call.ts";
import { builtin } from "./derive.ts";
import { statsOf } from "./double-operations.ts";
import type { RDDBase } from "./rdd-base.ts";

export async function histogramCounts<T>(
  rdd: RDDBase,
  call: ActionCall,
  buckets: number | readonly T[],
  evenBuckets: boolean,
): Promise<[T[], number[]]> {
  const bounds =
    typeof buckets === "number" ? ((await evenBounds(rdd, call, buckets)) as T[]) : checkBounds(buckets);
  const even = typeof buckets === "number" ? bounds.length > 2 : evenBuckets;
  const parts = await call.values<number[]>(rdd, {
    kind: "call",
    fn: builtin("histogram", { value: bounds }, { value: even }),
  });
  const none = new Array<number>(bounds.length - 1).fill(0);
  return [bounds, parts.reduce((sums, counts) => sums.map((sum, i) => sum + counts[i]), none)];
}

async function evenBounds(rdd: RDDBase, call: ActionCall, buckets: number): Promise<number[]> {
  if (!Number.isInteger(buckets) || buckets < 1)
    throw new GnistaError("INVALID_ARGUMENT", `histogram needs at least 1 bucket, got ${buckets}`);
  const { min, max, count } = await statsOf(rdd, call);
  if (count === 0 || !Number.isFinite(min) || !Number.isFinite(max))
    throw new GnistaError(
      "UNSUPPORTED_OPERATION",
      "histogram on either an empty RDD or an RDD containing +/-infinity or NaN; filter them out, or give the bounds",
    );
  if (min === max) return [min, max];
  return Array.from({ length: buckets + 1 }, (_, i) =>
    i === buckets ? max : min + (i * (max - min)) / buckets,
  );
}

function checkBounds<T>(bounds: readonly T[]): T[] {
  if (bounds.length < 2)
    throw new GnistaError("INVALID_ARGUMENT", "histogram needs at least two bucket bounds");
  if (bounds.some((bound, i) => i > 0 && compareValues(bound, bounds[i - 1]) <= 0))
    throw new GnistaError("INVALID_ARGUMENT", "histogram needs sorted bucket bounds without duplicates");
  return [...bounds];
}
