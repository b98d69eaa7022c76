/** Random parts of pair RDDs, by strata: a fraction for each key. Keys without one are left out. */
import { keyOf } from "../column/equality.ts";
import { GnistaError } from "../errors.ts";
import { allocate, type Quota } from "../executor/builtins/exact-sample.ts";
import { Random } from "../executor/builtins/random.ts";
import { ActionCall } from "./action-call.ts";
import { callSite } from "./call-site.ts";
import { builtin, narrowRDD, partitionsRDD, stepRDD } from "./derive.ts";
import { PairOperations } from "./pair-operations.ts";
import type { RDD } from "./rdd.ts";
import { randomSeed } from "./sampling-operations.ts";
import type { Pair } from "./types.ts";

export class KeySampling<T> extends PairOperations<T> {
  /**
   * Each pair with the probability that `fractions` has for its key, or a Poisson number of times with replacement; so the sizes are
   * expected, not exact. Narrow; keeps the partitioner. INVALID_ARGUMENT for a fraction below 0, or above 1 without replacement.
   *
   * @example
   * const some = sc.parallelize([["keep", 1], ["drop", 2]]).sampleByKey(false, new Map([["keep", 1], ["drop", 0]]), 1);
   * await some.collect() // => [["keep", 1]]
   */
  sampleByKey<K, V>(
    this: RDD<Pair<K, V>>,
    withReplacement: boolean,
    fractions: ReadonlyMap<K, number>,
    seed: number = randomSeed(),
  ): RDD<[K, V]> {
    checkFractions(fractions, withReplacement, "sampleByKey");
    return partitionsRDD(
      this,
      callSite("sampleByKey"),
      builtin(withReplacement ? "poissonByKey" : "bernoulliByKey", { value: fractions }, { value: seed }),
      true,
    );
  }

  /**
   * Exactly ceil(fraction * n) random pairs of each key that occurs n times. Narrow; keeps the partitioner; a job that counts by key and partition
   * runs before the first job that needs it.
   *
   * @example
   * const pairs = sc.range(100).map((x) => [x % 2, x]);
   * await pairs.sampleByKeyExact(false, new Map([[0, 0.1], [1, 0.5]]), 1).countByKey() // => new Map([[0, 5], [1, 25]])
   */
  sampleByKeyExact<K, V>(
    this: RDD<Pair<K, V>>,
    withReplacement: boolean,
    fractions: ReadonlyMap<K, number>,
    seed: number = randomSeed(),
  ): RDD<[K, V]> {
    checkFractions(fractions, withReplacement, "sampleByKeyExact");
    const call = new ActionCall(this, "sampleByKeyExact");
    const quotas: Quota[] = [];
    return narrowRDD(this, {
      operator: {
        kind: "mapPartitions",
        fn: builtin("exactByKey", { value: quotas }, { value: withReplacement }, { value: seed }),
      },
      label: "MapPartitionsRDD",
      site: call.site,
      partitioner: this.partitioner,
      prepare: async (signal) => {
        const keys = stepRDD(this, "map", ([key]: Pair<K, V>) => key, false, call.site);
        const counts = await call.valuesFor<(readonly [K, number])[]>(signal, keys, {
          kind: "call",
          fn: builtin("countByValue"),
        });
        quotas.splice(0, quotas.length, ...quotasOf(counts, fractions, withReplacement, seed));
      },
    });
  }
}

/** Which part of each key's sample each partition gives. */
function quotasOf<K>(
  counts: readonly (readonly (readonly [K, number])[])[],
  fractions: ReadonlyMap<K, number>,
  withReplacement: boolean,
  seed: number,
): Quota[] {
  const byKey = counts.map((part) => new Map(part.map(([key, rows]) => [keyOf(key), rows])));
  const quotas = counts.map(() => new Map<unknown, { rows: number; wanted: number }>());
  const random = Random.ofPartition(seed, counts.length);
  for (const [key, fraction] of fractions) {
    const identity = keyOf(key);
    const rows = byKey.map((part) => part.get(identity) ?? 0);
    const wanted = Math.ceil(fraction * rows.reduce((a, b) => a + b, 0));
    const chosen = allocate(rows, wanted, withReplacement, random);
    quotas.forEach((quota, i) => quota.set(identity, { rows: rows[i], wanted: chosen[i] }));
  }
  return quotas;
}

function checkFractions<K>(
  fractions: ReadonlyMap<K, number>,
  withReplacement: boolean,
  operation: string,
): void {
  for (const [key, fraction] of fractions)
    if (!(fraction >= 0) || (!withReplacement && fraction > 1))
      throw new GnistaError(
        "INVALID_ARGUMENT",
        `${operation} needs fractions >= 0${withReplacement ? "" : ", and <= 1 without replacement"}, got ${fraction} for ${String(key)}`,
      );
}
