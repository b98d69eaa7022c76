/** An RDD of some of the partitions of another: the tasks of the others never run. */

import { Lazy } from "../plan/node.ts";
import type { CallSite } from "./call-site.ts";
import { callSite } from "./call-site.ts";
import { indices, narrowRDD } from "./derive.ts";
import type { RDD } from "./rdd.ts";

/**
 * Spark's PartitionPruningRDD: when it is known which partitions can hold what is looked for.
 *
 * @example
 * const rdd = sc.parallelize([1, 2, 3, 4], 4);
 * await PartitionPruningRDD.create(rdd, (index) => index % 2 === 0).collect() // => [1, 3]
 */
export const PartitionPruningRDD = {
  /** The partitions for which `keep` is true, in order. Narrow; `keep` runs on the driver. */
  create<T>(rdd: RDD<T>, keep: (partition: number) => boolean): RDD<T> {
    return prunedRDD(
      rdd,
      callSite("PartitionPruningRDD.create"),
      indices(rdd.getNumPartitions()).filter(keep),
    );
  },
} as const;

export function prunedRDD<T>(rdd: RDD<T>, site: CallSite, keep: readonly number[]): RDD<T> {
  return narrowRDD(rdd, {
    operator: { kind: "prune", keep: new Lazy(() => keep) },
    label: "PartitionPruningRDD",
    site,
    numPartitions: () => keep.length,
  });
}
