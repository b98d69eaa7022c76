/** Count, mean, variance, minimum and maximum in one pass, by Welford's method, mergeable as Spark's StatCounter. */
export interface StatValues {
  readonly count: number;
  readonly mean: number;
  readonly m2: number;
  readonly min: number;
  readonly max: number;
}

export class StatCounter implements StatValues {
  count = 0;
  mean = 0;
  m2 = 0;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;

  add(value: number): void {
    const delta = value - this.mean;
    this.count++;
    this.mean += delta / this.count;
    this.m2 += delta * (value - this.mean);
    this.min = Math.min(this.min, value);
    this.max = Math.max(this.max, value);
  }

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

  get sum(): number {
    return this.mean * this.count;
  }

  variance(): number {
    return this.count === 0 ? Number.NaN : this.m2 / this.count;
  }

  sampleVariance(): number {
    return this.count <= 1 ? Number.NaN : this.m2 / (this.count - 1);
  }

  stdev(): number {
    return Math.sqrt(this.variance());
  }

  sampleStdev(): number {
    return Math.sqrt(this.sampleVariance());
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
      stdev: sample ? this.sampleStdev() : this.stdev(),
      variance: sample ? this.sampleVariance() : this.variance(),
    };
  }
}
