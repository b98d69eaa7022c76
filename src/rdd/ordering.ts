/**
 * The first rows by some order. Each partition keeps its own first n, in a heap; the driver merges them. Equal rows stay as they came, so that
 * the answer depends on the data only.
 */
import { compareValues } from "../column/equality.ts";
import type { ActionCall } from "./action-call.ts";
import { builtin, capture } from "./derive.ts";
import type { RDDBase } from "./rdd-base.ts";

/** What rows are ordered by: a function of one row gives the key to go by, a function of two compares them. */
export type Ordering<T> = (row: T, other: T) => unknown;

export async function ordered<T>(
  rdd: RDDBase,
  call: ActionCall,
  n: number,
  ordering: Ordering<T> | undefined,
  descending: boolean,
): Promise<T[]> {
  if (!(n > 0)) return [];
  const compares = ordering !== undefined && ordering.length > 1;
  const fn = ordering === undefined ? { value: null } : capture(ordering, call.site);
  const parts = await call.values<[unknown, T][]>(rdd, {
    kind: "call",
    fn: builtin(compares ? "takeCompared" : "takeOrdered", { value: n }, fn, { value: descending }),
  });
  const compare = compares ? (ordering as (a: unknown, b: unknown) => number) : compareValues;
  const all = parts.flat();
  all.sort((a, b) => (descending ? compare(b[0], a[0]) : compare(a[0], b[0])));
  return all.slice(0, n).map(([, row]) => row);
}

export async function extreme<T>(
  rdd: RDDBase,
  call: ActionCall,
  ordering: Ordering<T> | undefined,
  greatest: boolean,
): Promise<T> {
  const rows = await ordered<T>(rdd, call, 1, ordering, greatest);
  if (rows.length === 0) throw call.emptyCollection();
  return rows[0];
}
