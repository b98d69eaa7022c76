/**
 * take(n): one partition first, then more by what was found so far, at most four times as many as were scanned (Spark's growth, and its settings
 * spark.rdd.limit.initialNumPartitions and spark.rdd.limit.scaleUpFactor).
 */
import type { ActionCall } from "./action-call.ts";
import { indices } from "./derive.ts";
import type { RDDBase } from "./rdd-base.ts";

export async function takeRows<T>(rdd: RDDBase, n: number, call: ActionCall): Promise<T[]> {
  const total = rdd.getNumPartitions();
  const first = Math.max(1, Number(rdd.context.conf("spark.rdd.limit.initialNumPartitions") ?? 1));
  const scaleUp = Math.max(2, Number(rdd.context.conf("spark.rdd.limit.scaleUpFactor") ?? 4));
  const rows: T[] = [];
  for (let scanned = 0; rows.length < n && scanned < total; ) {
    const next = Math.min(total - scanned, scanned === 0 ? first : further(n, rows.length, scanned, scaleUp));
    const limit = n - rows.length;
    const found = await call.rows<T>(
      rdd,
      indices(next).map((i) => scanned + i),
      { kind: "take", limit },
    );
    for (let i = 0; i < found.length && rows.length < n; i++) rows.push(found[i]);
    scanned += next;
  }
  return rows;
}

function further(n: number, found: number, scanned: number, scaleUp: number): number {
  if (found === 0) return scanned * scaleUp;
  return Math.max(1, Math.min(Math.ceil((1.5 * (n - found) * scanned) / found), scanned * scaleUp));
}
