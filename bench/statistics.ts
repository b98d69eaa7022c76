/** Order statistics of a few samples. */
export interface Summary {
  readonly min: number;
  readonly median: number;
  readonly p95: number;
  /** How far the 95th percentile lies above the minimum, as a fraction of it. */
  readonly spread: number;
}

export function summarize(samples: readonly number[]): Summary {
  const sorted = [...samples].sort((a, b) => a - b);
  const min = sorted[0];
  const p95 = quantile(sorted, 0.95);
  return { min, median: quantile(sorted, 0.5), p95, spread: (p95 - min) / min };
}

/** Linear between the two nearest ranks. */
function quantile(sorted: readonly number[], q: number): number {
  const at = q * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(sorted.length - 1, low + 1);
  return sorted[low] + (at - low) * (sorted[high] - sorted[low]);
}
