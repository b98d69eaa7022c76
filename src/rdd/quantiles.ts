/** Quantiles of the distributions behind confidence intervals: normal, Student's t, Poisson. */

/** Acklam's rational approximation (relative error 1e-9). */
export function normalQuantile(p: number): number {
  if (p <= 0) return Number.NEGATIVE_INFINITY;
  if (p >= 1) return Number.POSITIVE_INFINITY;
  if (p > 0.5) return -normalQuantile(1 - p);
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p));
    return polynomial(C, q) / (polynomial(D, q) * q + 1);
  }
  const q = p - 0.5;
  const r = q * q;
  return (polynomial(A, r) * q) / (polynomial(B, r) * r + 1);
}

/** Hill's expansion about the normal quantile (algorithm 396), exact for one and two degrees of freedom. */
export function studentQuantile(p: number, degrees: number): number {
  if (p <= 0 || p >= 1) return normalQuantile(p);
  if (degrees <= 1) return Math.tan(Math.PI * (p - 0.5));
  if (degrees === 2) return (2 * p - 1) / Math.sqrt(2 * p * (1 - p));
  const x = normalQuantile(p);
  const n = degrees;
  const x2 = x * x;
  return (
    x *
    (1 +
      (x2 + 1) / (4 * n) +
      ((5 * x2 + 16) * x2 + 3) / (96 * n ** 2) +
      (((3 * x2 + 19) * x2 + 17) * x2 - 15) / (384 * n ** 3) +
      ((((79 * x2 + 776) * x2 + 1482) * x2 - 1920) * x2 - 945) / (92160 * n ** 4))
  );
}

/** By summing, for means where that is exact and quick; by the normal distribution above. */
export function poissonQuantile(p: number, mean: number): number {
  if (mean <= 0) return 0;
  if (p >= 1) return Number.POSITIVE_INFINITY;
  if (mean > 500) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normalQuantile(p)));
  let term = Math.exp(-mean);
  let k = 0;
  for (let sum = term; sum < p && term > 0; sum += term) {
    k++;
    term *= mean / k;
  }
  return k;
}

function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, c) => sum * x + c, 0);
}

const A = [
  -3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2, -3.066479806614716e1,
  2.506628277459239,
];
const B = [
  -5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1, -1.328068155288572e1,
];
const C = [
  -7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
];
const D = [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416];
