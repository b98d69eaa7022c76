/** toLocalIterator: a job a partition, the next one ahead of its use when asked to. */
import type { ActionCall } from "./action-call.ts";
import type { RDDBase } from "./rdd-base.ts";

export async function* localRows<T>(rdd: RDDBase, call: ActionCall, prefetch: boolean): AsyncGenerator<T> {
  const n = rdd.getNumPartitions();
  const start = (i: number): Promise<T[]> => {
    const rows = call.rows<T>(rdd, [i]);
    // Whoever stops early does not wait for it.
    rows.catch(() => {});
    return rows;
  };
  let ahead: Promise<T[]> | null = null;
  for (let i = 0; i < n; i++) {
    const rows = await (ahead ?? start(i));
    ahead = prefetch && i + 1 < n ? start(i + 1) : null;
    yield* rows;
  }
}
