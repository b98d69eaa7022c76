/**
 * The bounds of a RangePartitioner, from a sample: a reservoir a partition, each key weighted by how many rows it stands for
 * (Spark's RangePartitioner: 20 keys a partition wanted, three times as many taken, a million at most).
 */
import { compareValues } from "../column/equality.ts";
import type { ActionCall } from "./action-call.ts";
import { builtin } from "./derive.ts";
import type { RDD } from "./rdd.ts";
import type { Pair } from "./types.ts";

export async function sampleBounds<K, V>(
  rdd: RDD<Pair<K, V>>,
  numPartitions: number,
  call: ActionCall,
): Promise<unknown[]> {
  const inputs = rdd.getNumPartitions();
  if (inputs === 0) return [];
  const size = Math.min(20 * numPartitions, 1e6);
  const each = Math.ceil((3 * size) / inputs);
  const samples = await call.values<{ count: number; kept: unknown[] }>(rdd.keys(), {
    kind: "call",
    fn: builtin("reservoir", { value: each }, { value: 0x5eed }),
  });
  const weighted = samples.flatMap(({ count, kept }) =>
    kept.map((key) => ({ key, weight: count / kept.length })),
  );
  weighted.sort((a, b) => compareValues(a.key, b.key));
  const total = weighted.reduce((sum, { weight }) => sum + weight, 0);
  const step = total / numPartitions;
  const bounds: unknown[] = [];
  let passed = 0;
  let target = step;
  for (const { key, weight } of weighted) {
    if (bounds.length === numPartitions - 1) break;
    passed += weight;
    if (passed < target || (bounds.length > 0 && compareValues(key, bounds[bounds.length - 1]) <= 0))
      continue;
    bounds.push(key);
    target += step;
  }
  return bounds;
}
