/**
 * Actions that answer after a time from what is known by then, and counts of distinct values by HyperLogLog, whose error is set by the
 * memory it may use.
 *
 * https://spark.apache.org/docs/latest/api/scala/org/apache/spark/rdd/RDD.html
 */
import { StatCounter, type StatValues } from "../executor/builtins/stat-counter.ts";
import type { Action } from "../plan/action.ts";
import { ActionCall, plainValue } from "./action-call.ts";
import { builtin, indices } from "./derive.ts";
import { DoubleOperations } from "./double-operations.ts";
import { hyperLogLogEstimate, precisionOf } from "./hyper-log-log.ts";
import type { RDD } from "./rdd.ts";
import type { RDDBase } from "./rdd-base.ts";

export class ApproximateActions<T> extends DoubleOperations<T> {
  async countApprox(timeout: number): Promise<number> {
    return approximately<number>(
      this,
      "countApprox",
      timeout,
      { kind: "count" },
      (counts, part) => counts.reduce((a, b) => a + b, 0) / part,
    );
  }

  async sumApprox(this: RDD<number>, timeout: number): Promise<number> {
    return approximately<number>(
      this,
      "sumApprox",
      timeout,
      { kind: "sum" },
      (sums, part) => sums.reduce((a, b) => a + b, 0) / part,
    );
  }

  async meanApprox(this: RDD<number>, timeout: number): Promise<number> {
    return approximately<StatValues>(
      this,
      "meanApprox",
      timeout,
      { kind: "call", fn: builtin("stats") },
      (parts) => parts.reduce<StatCounter>((all, p) => all.merge(p), new StatCounter()).mean,
    );
  }

  async countApproxDistinct(relativeSD = 0.05): Promise<number> {
    const call = new ActionCall(this, "countApproxDistinct");
    const p = precisionOf(relativeSD, "countApproxDistinct");
    const parts = await call.values<Uint8Array>(this, {
      kind: "call",
      fn: builtin("hyperLogLog", { value: p }),
    });
    return hyperLogLogEstimate(parts, p);
  }
}

async function approximately<V>(
  rdd: RDDBase,
  operation: string,
  timeout: number,
  action: Action,
  estimate: (values: V[], part: number) => number,
): Promise<number> {
  const n = rdd.getNumPartitions();
  const values: V[] = [];
  const job = new ActionCall(rdd, operation).start(rdd, action, indices(n), (_at, value) =>
    values.push(plainValue<V>(value)),
  );
  await Promise.race([job.result, new Promise((resolve) => setTimeout(resolve, timeout).unref())]);
  job.result.catch(() => {});
  return values.length === 0 ? 0 : estimate(values, values.length / n);
}
