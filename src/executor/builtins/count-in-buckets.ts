/**
 * How many rows fall into each bucket. A bucket holds its lower bound, the last one its upper bound too. Even buckets of numbers are found by
 * a division, others by binary search in natural order, in which NaN is the greatest number and null less than all.
 */
import { compareValues } from "../../column/equality.ts";

export function countInBuckets(rows: Iterable<unknown>, bounds: readonly unknown[], even: boolean): number[] {
  const counts = new Array<number>(bounds.length - 1).fill(0);
  const least = bounds[0];
  const greatest = bounds[counts.length];
  for (const row of rows) {
    if (compareValues(row, least) < 0 || compareValues(row, greatest) > 0) continue;
    const at = even
      ? Math.floor(
          (((row as number) - (least as number)) / ((greatest as number) - (least as number))) *
            counts.length,
        )
      : lastAtMost(bounds, row);
    counts[Math.min(at, counts.length - 1)]++;
  }
  return counts;
}

/** The position of the last bound that is not greater than `value`, of which there is one. */
function lastAtMost(bounds: readonly unknown[], value: unknown): number {
  let low = 0;
  let high = bounds.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (compareValues(bounds[middle], value) <= 0) low = middle;
    else high = middle;
  }
  return low;
}
