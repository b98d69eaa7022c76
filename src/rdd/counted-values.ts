/** How often each value occurs: counted in the workers, added up on the driver. */
import { keyOf } from "../column/equality.ts";
import type { ActionCall } from "./action-call.ts";
import { builtin } from "./derive.ts";
import type { RDDBase } from "./rdd-base.ts";

/** Values that are objects meet by structure. */
export async function countedValues<T>(rdd: RDDBase, call: ActionCall): Promise<Map<T, number>> {
  const parts = await call.values<(readonly [T, number])[]>(rdd, {
    kind: "call",
    fn: builtin("countByValue"),
  });
  const totals = new Map<unknown, [T, number]>();
  for (const part of parts)
    for (const [value, count] of part) {
      const identity = keyOf(value);
      const total = totals.get(identity);
      if (total === undefined) totals.set(identity, [value, count]);
      else total[1] += count;
    }
  return new Map(totals.values());
}
