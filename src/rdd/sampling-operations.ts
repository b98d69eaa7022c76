/** Random parts of a dataset. The same seed over the same partitions gives the same rows, on every backend and number of workers. */
import { GnistaError } from "../errors.ts";
import { ActionCall, type ActionOptions } from "./action-call.ts";
import { type CallSite, callSite } from "./call-site.ts";
import { builtin, partitionsRDD } from "./derive.ts";
import { PartitionOperations } from "./partition-operations.ts";
import type { RDD } from "./rdd.ts";
import type { RDDBase } from "./rdd-base.ts";

export class SamplingOperations<T> extends PartitionOperations<T> {
  /**
   * Each row with probability `fraction` or, with replacement, a Poisson number of times with that mean; so the size is expected, not exact
   * (`takeSample` is exact). Narrow; keeps the partitioner. INVALID_ARGUMENT for a fraction below 0, or above 1 without replacement.
   *
   * @example
   * const tenth = await sc.range(10_000).sample(false, 0.1, 17).count();
   * tenth > 900 && tenth < 1100 // => true
   */
  sample(withReplacement: boolean, fraction: number, seed: number = randomSeed()): RDD<T> {
    return sampledRDD(this, withReplacement, fraction, seed, callSite("sample"));
  }

  /**
   * Disjoint parts that together are the whole, by weights that are normalised. Narrow; each part reads the parent again, so persist what is
   * costly or not repeatable. INVALID_ARGUMENT for negative weights or a sum of 0.
   *
   * @example
   * const [train, test] = sc.range(1000).randomSplit([3, 1], 7);
   * (await train.count()) + (await test.count()) // => 1000
   */
  randomSplit(weights: readonly number[], seed: number = randomSeed()): RDD<T>[] {
    const site = callSite("randomSplit");
    const total = weights.reduce((sum, w) => sum + w, 0);
    if (weights.some((w) => !(w >= 0)) || !(total > 0))
      throw new GnistaError(
        "INVALID_ARGUMENT",
        `randomSplit needs weights >= 0 with a positive sum, got [${weights.join(", ")}]`,
      );
    let low = 0;
    return weights.map((weight, i) => {
      const high = i === weights.length - 1 ? 1 : low + weight / total;
      const cell = builtin("bernoulli", { value: low }, { value: high }, { value: seed });
      low = high;
      return partitionsRDD<T>(this, site, cell, true);
    });
  }

  /**
   * Exactly `n` random rows (all, shuffled, when there are no more and none is taken twice), in random order, on the driver. One job
   * to count, one or more to sample.
   *
   * @example
   * (await sc.range(100).takeSample(false, 5, 1)).length // => 5
   * (await sc.range(3).takeSample(false, 5, 1)).length // => 3
   */
  async takeSample(
    withReplacement: boolean,
    n: number,
    seed: number = randomSeed(),
    options?: ActionOptions,
  ): Promise<T[]> {
    const call = new ActionCall(this, "takeSample", options);
    if (!Number.isInteger(n) || n < 0)
      throw new GnistaError("INVALID_ARGUMENT", `takeSample needs a whole number >= 0, got ${n}`);
    if (n === 0) return [];
    const counts = await call.values<number>(this, { kind: "count" });
    const count = counts.reduce((a, b) => a + b, 0);
    if (count === 0) return [];
    if (!withReplacement && n >= count) return shuffled(await call.rows<T>(this), seed);
    for (let tries = 0; ; tries++) {
      const wanted = ((n + 5 * Math.sqrt(n) + 10) / count) * 1.2 ** tries;
      const fraction = withReplacement ? wanted : Math.min(1, wanted);
      const rows = await call.rows<T>(
        sampledRDD<T>(this, withReplacement, fraction, seed + tries, call.site),
      );
      if (rows.length >= n) return shuffled(rows, seed).slice(0, n);
    }
  }
}

export function randomSeed(): number {
  return Math.floor(Math.random() * 2 ** 31);
}

function sampledRDD<T>(
  rdd: RDDBase,
  withReplacement: boolean,
  fraction: number,
  seed: number,
  site: CallSite,
): RDD<T> {
  if (!(fraction >= 0) || (!withReplacement && fraction > 1))
    throw new GnistaError(
      "INVALID_ARGUMENT",
      `sample needs a fraction >= 0${withReplacement ? "" : ", and <= 1 without replacement"}, got ${fraction}`,
    );
  const fn = withReplacement
    ? builtin("poisson", { value: fraction }, { value: seed })
    : builtin("bernoulli", { value: 0 }, { value: fraction }, { value: seed });
  return partitionsRDD(rdd, site, fn, true);
}

/** Fisher and Yates, with a xorshift generator. */
function shuffled<T>(rows: T[], seed: number): T[] {
  let state = seed | 0 || 1;
  for (let i = rows.length - 1; i > 0; i--) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const j = (state >>> 0) % (i + 1);
    [rows[i], rows[j]] = [rows[j], rows[i]];
  }
  return rows;
}
