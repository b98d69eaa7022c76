/** Count, mean, variance, minimum and maximum in one pass, by Welford's method, mergeable as Spark's StatCounter. */
export interface StatValues {
  readonly count: number;
  readonly mean: number;
  readonly m2: number;
  readonly min: number;
  readonly max: number;
}

/**
 * Made by `rdd.stats()`.
 *
 * @example
 * const stats = await sc.parallelize([1, 2, 6]).stats();
 * [stats.count, stats.sum, stats.min, stats.max, stats.sampleVariance] // => [3, 9, 1, 6, 7]
 */
export class StatCounter implements StatValues {
  /** How many numbers. */
  count = 0;
  /** 0 when there are none. */
  mean = 0;
  /** The sum of squared distances from the mean. */
  m2 = 0;
  /** Infinity when there are none. */
  min = Number.POSITIVE_INFINITY;
  /** -Infinity when there are none. */
  max = Number.NEGATIVE_INFINITY;

  /** Adds a number. */
  add(value: number): void {
    const delta = value - this.mean;
    this.count++;
    this.mean += delta / this.count;
    this.m2 += delta * (value - this.mean);
    this.min = Math.min(this.min, value);
    this.max = Math.max(this.max, value);
  }

  /** Adds what another has counted. */
  merge(other: StatValues): this {
    if (other.count === 0) return this;
    const delta = other.mean - this.mean;
    const count = this.count + other.count;
    this.m2 += other.m2 + (delta * delta * this.count * other.count) / count;
    this.mean = this.count === 0 ? other.mean : this.mean + (delta * other.count) / count;
    this.count = count;
    this.min = Math.min(this.min, other.min);
    this.max = Math.max(this.max, other.max);
    return this;
  }

  /** The sum, from mean and count. */
  get sum(): number {
    return this.mean * this.count;
  }

  /** Of the population; NaN when there are no numbers. */
  get variance(): number {
    return this.count === 0 ? Number.NaN : this.m2 / this.count;
  }

  /** The same as `variance`. */
  get popVariance(): number {
    return this.variance;
  }

  /** Estimated from a sample: divided by n - 1; NaN for fewer than two numbers. */
  get sampleVariance(): number {
    return this.count <= 1 ? Number.NaN : this.m2 / (this.count - 1);
  }

  /** The square root of `variance`. */
  get stdev(): number {
    return Math.sqrt(this.variance);
  }

  /** The same as `stdev`. */
  get popStdev(): number {
    return this.stdev;
  }

  /** The square root of `sampleVariance`. */
  get sampleStdev(): number {
    return Math.sqrt(this.sampleVariance);
  }

  /** As Spark prints it. */
  toString(): string {
    return `(count: ${this.count}, mean: ${this.mean}, stdev: ${this.stdev}, max: ${this.max}, min: ${this.min})`;
  }

  /** As PySpark's: population variance and standard deviation unless `sample`. */
  asDict(sample = false): {
    count: number;
    mean: number;
    sum: number;
    min: number;
    max: number;
    stdev: number;
    variance: number;
  } {
    return {
      count: this.count,
      mean: this.mean,
      sum: this.sum,
      min: this.min,
      max: this.max,
      stdev: sample ? this.sampleStdev : this.stdev,
      variance: sample ? this.sampleVariance : this.variance,
    };
  }
}
