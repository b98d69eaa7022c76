/**
 * What approximate jobs make of the partitions that have finished: an estimate for all of them, with an interval that holds the true value with
 * the given confidence, as if the partitions were a random sample. When all have finished, the result is exact.
 *
 * https://spark.apache.org/docs/latest/api/scala/org/apache/spark/partial/index.html
 */
import { StatCounter, type StatValues } from "../executor/builtins/stat-counter.ts";
import { normalQuantile, poissonQuantile, studentQuantile } from "./quantiles.ts";

/** An estimate and the interval that holds the true value with probability `confidence`. */
export interface BoundedDouble {
  readonly mean: number;
  readonly confidence: number;
  readonly low: number;
  readonly high: number;
}

/** Merges what tasks return, in the order they finish, and says what is known so far. */
export interface ApproximateEvaluator<U, R> {
  merge(outputId: number, taskResult: U): void;
  currentResult(): R;
}

/**
 * Counts, from the counts of partitions.
 *
 * @example
 * const evaluator = new CountEvaluator(2, 0.95);
 * evaluator.merge(0, 100);
 * evaluator.currentResult().mean // => 200
 */
export class CountEvaluator implements ApproximateEvaluator<number, BoundedDouble> {
  readonly #totalOutputs: number;
  readonly #confidence: number;
  #merged = 0;
  #sum = 0;

  constructor(totalOutputs: number, confidence: number) {
    this.#totalOutputs = totalOutputs;
    this.#confidence = confidence;
  }

  merge(_outputId: number, taskResult: number): void {
    this.#merged++;
    this.#sum += taskResult;
  }

  currentResult(): BoundedDouble {
    return countBound(this.#sum, this.#merged, this.#totalOutputs, this.#confidence);
  }
}

/** Means, from the statistics of partitions. */
export class MeanEvaluator implements ApproximateEvaluator<StatValues, BoundedDouble> {
  readonly #totalOutputs: number;
  readonly #confidence: number;
  readonly #stats = new StatCounter();
  #merged = 0;

  constructor(totalOutputs: number, confidence: number) {
    this.#totalOutputs = totalOutputs;
    this.#confidence = confidence;
  }

  merge(_outputId: number, taskResult: StatValues): void {
    this.#merged++;
    this.#stats.merge(taskResult);
  }

  currentResult(): BoundedDouble {
    const stats = this.#stats;
    if (stats.count === 0) return unbounded(Number.NaN);
    if (this.#merged === this.#totalOutputs) return exactly(stats.mean);
    const spread = stats.count < 2 ? Number.POSITIVE_INFINITY : Math.sqrt(stats.sampleVariance / stats.count);
    return around(stats.mean, spread, stats.count, this.#confidence);
  }
}

/** Sums, from the statistics of partitions: the variance of the mean and that of the count together. */
export class SumEvaluator implements ApproximateEvaluator<StatValues, BoundedDouble> {
  readonly #totalOutputs: number;
  readonly #confidence: number;
  readonly #stats = new StatCounter();
  #merged = 0;

  constructor(totalOutputs: number, confidence: number) {
    this.#totalOutputs = totalOutputs;
    this.#confidence = confidence;
  }

  merge(_outputId: number, taskResult: StatValues): void {
    this.#merged++;
    this.#stats.merge(taskResult);
  }

  currentResult(): BoundedDouble {
    const { count, mean, sum } = this.#stats;
    if (this.#merged === this.#totalOutputs) return exactly(sum);
    if (count === 0) return unbounded(0);
    const part = this.#merged / this.#totalOutputs;
    const wholeCount = count / part;
    const countVariance = (count * (1 - part)) / (part * part);
    const meanVariance = count < 2 ? Number.POSITIVE_INFINITY : this.#stats.sampleVariance / count;
    const variance =
      meanVariance * countVariance + mean * mean * countVariance + wholeCount * wholeCount * meanVariance;
    return around(mean * wholeCount, Math.sqrt(variance), count, this.#confidence);
  }
}

/** Counts by value, from the counts of partitions. */
export class GroupedCountEvaluator<T>
  implements ApproximateEvaluator<readonly (readonly [T, number])[], Map<T, BoundedDouble>>
{
  readonly #totalOutputs: number;
  readonly #confidence: number;
  readonly #identity: (value: T) => unknown;
  readonly #sums = new Map<unknown, [T, number]>();
  #merged = 0;

  /** `identity` says which values are the same; by default those that a Map takes for one. */
  constructor(totalOutputs: number, confidence: number, identity: (value: T) => unknown = (value) => value) {
    this.#totalOutputs = totalOutputs;
    this.#confidence = confidence;
    this.#identity = identity;
  }

  merge(_outputId: number, taskResult: readonly (readonly [T, number])[]): void {
    this.#merged++;
    for (const [value, count] of taskResult) {
      const identity = this.#identity(value);
      const entry = this.#sums.get(identity);
      if (entry === undefined) this.#sums.set(identity, [value, count]);
      else entry[1] += count;
    }
  }

  currentResult(): Map<T, BoundedDouble> {
    return new Map(
      [...this.#sums.values()].map(([value, sum]) => [
        value,
        countBound(sum, this.#merged, this.#totalOutputs, this.#confidence),
      ]),
    );
  }
}

/** What the other partitions add to a count is Poisson distributed, with the mean that the finished ones suggest. */
function countBound(sum: number, merged: number, total: number, confidence: number): BoundedDouble {
  if (merged === total) return exactly(sum);
  if (merged === 0 || sum === 0) return { mean: 0, confidence: 0, low: 0, high: Number.POSITIVE_INFINITY };
  const part = merged / total;
  const rest = (sum * (1 - part)) / part;
  return {
    mean: sum + rest,
    confidence,
    low: sum + poissonQuantile((1 - confidence) / 2, rest),
    high: sum + poissonQuantile((1 + confidence) / 2, rest),
  };
}

function exactly(value: number): BoundedDouble {
  return { mean: value, confidence: 1, low: value, high: value };
}

function unbounded(value: number): BoundedDouble {
  return { mean: value, confidence: 0, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
}

function around(mean: number, spread: number, count: number, confidence: number): BoundedDouble {
  const p = (1 + confidence) / 2;
  const factor = count > 100 ? normalQuantile(p) : studentQuantile(p, Math.max(1, count - 1));
  return { mean, confidence, low: mean - factor * spread, high: mean + factor * spread };
}
