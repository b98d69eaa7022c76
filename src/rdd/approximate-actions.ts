/**
 * Actions that answer after a time, from the partitions that have finished by then (in the meantime the job goes on), and counts of distinct
 * values by HyperLogLog, whose error is set by the memory it may use.
 *
 * https://spark.apache.org/docs/latest/api/scala/org/apache/spark/rdd/RDD.html
 */
import { keyOf } from "../column/equality.ts";
import {
  addHash,
  emptyRegisters,
  estimate,
  mergeRegisters,
  precisionOf,
} from "../executor/builtins/hyper-log-log.ts";
import type { Partitioner } from "../plan/partitioner.ts";
import { ActionCall, type ActionOptions } from "./action-call.ts";
import {
  type BoundedDouble,
  CountEvaluator,
  GroupedCountEvaluator,
  MeanEvaluator,
  SumEvaluator,
} from "./approximate-evaluator.ts";
import { callSite } from "./call-site.ts";
import { builtin, combinedRDD } from "./derive.ts";
import { DoubleOperations } from "./double-operations.ts";
import { approximately, type PartialResult } from "./partial-result.ts";
import type { RDD } from "./rdd.ts";
import type { Pair } from "./types.ts";

export class ApproximateActions<T> extends DoubleOperations<T> {
  /**
   * An estimate of `count` after at most `timeout` milliseconds, exact when the job has ended by then. One job.
   * (`sc.runApproximateJob` with a `CountEvaluator` gives the interval too.)
   *
   * @example
   * await sc.range(1000).countApprox(10_000) // => 1000
   */
  async countApprox(timeout: number, confidence = 0.95, options?: ActionOptions): Promise<number> {
    const evaluator = new CountEvaluator(this.getNumPartitions(), confidence);
    const call = new ActionCall(this, "countApprox", options);
    const result = await approximately(this, call, { kind: "count" }, evaluator, timeout, confidence);
    return Math.round(result.initialValue.mean);
  }

  /**
   * An estimate of `sum` after at most `timeout` milliseconds, exact when the job has ended by then. One job.
   *
   * @example
   * await sc.range(5).sumApprox(10_000) // => 10
   */
  async sumApprox(
    this: RDD<number>,
    timeout: number,
    confidence = 0.95,
    options?: ActionOptions,
  ): Promise<number> {
    const evaluator = new SumEvaluator(this.getNumPartitions(), confidence);
    const call = new ActionCall(this, "sumApprox", options);
    return (await approximately(this, call, STATS, evaluator, timeout, confidence)).initialValue.mean;
  }

  /**
   * An estimate of `mean` after at most `timeout` milliseconds, exact when the job has ended by then; NaN when no row has been seen. One
   * job.
   *
   * @example
   * await sc.range(5).meanApprox(10_000) // => 2
   */
  async meanApprox(
    this: RDD<number>,
    timeout: number,
    confidence = 0.95,
    options?: ActionOptions,
  ): Promise<number> {
    const evaluator = new MeanEvaluator(this.getNumPartitions(), confidence);
    const call = new ActionCall(this, "meanApprox", options);
    return (await approximately(this, call, STATS, evaluator, timeout, confidence)).initialValue.mean;
  }

  /**
   * Estimates of `countByValue`, with their intervals, after at most `timeout` milliseconds; `getFinalValue()` waits for the exact ones.
   * One job.
   *
   * @example
   * const result = await sc.parallelize(["a", "b", "a"]).countByValueApprox(10_000);
   * result.initialValue.get("a").mean // => 2
   */
  async countByValueApprox(
    timeout: number,
    confidence = 0.95,
    options?: ActionOptions,
  ): Promise<PartialResult<Map<T, BoundedDouble>>> {
    const evaluator = new GroupedCountEvaluator<T>(this.getNumPartitions(), confidence, keyOf);
    const call = new ActionCall(this, "countByValueApprox", options);
    const action = { kind: "call", fn: builtin("countByValue") } as const;
    return approximately(this, call, action, evaluator, timeout, confidence);
  }

  /**
   * Estimates of `countByKey`, as `countByValueApprox`. One job.
   *
   * @example
   * const result = await sc.parallelize([["a", 1], ["a", 2]]).countByKeyApprox(10_000);
   * (await result.getFinalValue()).get("a").high // => 2
   */
  async countByKeyApprox<K, V>(
    this: RDD<Pair<K, V>>,
    timeout: number,
    confidence = 0.95,
    options?: ActionOptions,
  ): Promise<PartialResult<Map<K, BoundedDouble>>> {
    return this.keys().countByValueApprox(timeout, confidence, options);
  }

  /**
   * About how many distinct rows there are, with a relative standard deviation from 0.0003 to 0.26, or with 2^p registers for a
   * precision p from 4 to 24 (INVALID_ARGUMENT otherwise). One job, with 1.1 / relativeSD^2 bytes a partition.
   *
   * @example
   * const about = await sc.range(1000).map((x) => x % 100).countApproxDistinct(0.01);
   * about > 95 && about < 105 // => true
   */
  async countApproxDistinct(relativeSDOrP = 0.05, options?: ActionOptions): Promise<number> {
    const call = new ActionCall(this, "countApproxDistinct", options);
    const precision = precisionOf(relativeSDOrP, "countApproxDistinct");
    const parts = await call.values<Uint8Array>(this, {
      kind: "call",
      fn: builtin("hyperLogLog", { value: precision }),
    });
    return estimate(parts.reduce(mergeRegisters, emptyRegisters(precision)));
  }

  /**
   * About how many distinct values each key has, as `countApproxDistinct`. A shuffle of one set of registers a key and partition.
   *
   * @example
   * await sc.parallelize([["a", 1], ["a", 1], ["a", 2]]).countApproxDistinctByKey(0.05).collect() // => [["a", 2]]
   */
  countApproxDistinctByKey<K, V>(
    this: RDD<Pair<K, V>>,
    relativeSDOrP = 0.05,
    partitioner?: number | Partitioner,
  ): RDD<[K, number]> {
    const precision = precisionOf(relativeSDOrP, "countApproxDistinctByKey");
    const registers = combinedRDD<K, V, Uint8Array>(
      this,
      callSite("countApproxDistinctByKey"),
      (value) => addHash(emptyRegisters(precision), value),
      addHash,
      mergeRegisters,
      partitioner,
    );
    return registers.mapValues((found) => estimate(found));
  }
}

const STATS = { kind: "call", fn: builtin("stats") } as const;
