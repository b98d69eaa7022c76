/** HyperLogLog on the driver: registers of partitions merged, and the estimate with linear counting for small cardinalities. */
import { GnistaError } from "../errors.ts";

/** How many of a hash's bits choose the register, for a relative standard deviation: 1.054 / sqrt(2^p). */
export function precisionOf(relativeSD: number, operation: string): number {
  const p = Math.min(16, Math.ceil(2 * Math.log2(1.054 / relativeSD)));
  if (!(relativeSD > 0) || p < 4)
    throw new GnistaError(
      "INVALID_ARGUMENT",
      `${operation} needs a relative standard deviation between 0.004 and 0.26, got ${relativeSD}`,
    );
  return p;
}

export function hyperLogLogEstimate(parts: readonly Uint8Array[], p: number): number {
  const m = 2 ** p;
  const registers = new Uint8Array(m);
  for (const part of parts) for (let i = 0; i < m; i++) registers[i] = Math.max(registers[i], part[i]);
  let inverse = 0;
  let zeros = 0;
  for (const rank of registers) {
    inverse += 2 ** -rank;
    if (rank === 0) zeros++;
  }
  const estimate = ((0.7213 / (1 + 1.079 / m)) * m * m) / inverse;
  return Math.round(estimate <= 2.5 * m && zeros > 0 ? m * Math.log(m / zeros) : estimate);
}
