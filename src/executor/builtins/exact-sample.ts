/**
 * A given number of rows of each key out of a known number, each choice equally likely. Without replacement by selection sampling: a row is
 * taken with probability wanted / left. With replacement each draw falls on a row with probability 1 / left.
 */
import { keyOf } from "../../column/equality.ts";
import type { Random } from "./random.ts";

/** By `keyOf` of the key: rows there are, and rows to take. */
export type Quota = ReadonlyMap<unknown, { readonly rows: number; readonly wanted: number }>;

export function* exactQuota(
  rows: Iterable<unknown>,
  quota: Quota,
  withReplacement: boolean,
  random: Random,
): Generator<unknown> {
  const left = new Map([...quota].map(([key, { rows, wanted }]) => [key, { rows, wanted }]));
  for (const row of rows) {
    const state = left.get(keyOf((row as readonly [unknown])[0]));
    if (state === undefined || state.wanted === 0) continue;
    const draws = withReplacement ? state.wanted : 1;
    let taken = 0;
    for (let i = 0; i < draws; i++) {
      const odds = withReplacement ? 1 / state.rows : state.wanted / state.rows;
      if (random.nextDouble() < odds) taken++;
    }
    state.wanted -= taken;
    state.rows--;
    for (; taken > 0; taken--) yield row;
  }
}

/** How many of `wanted` random choices fall into each of several parts with these numbers of rows. */
export function allocate(
  rows: readonly number[],
  wanted: number,
  withReplacement: boolean,
  random: Random,
): number[] {
  const chosen = new Array<number>(rows.length).fill(0);
  const left = [...rows];
  let total = left.reduce((a, b) => a + b, 0);
  for (let i = 0; i < wanted && total > 0; i++) {
    let at = Math.floor(random.nextDouble() * total);
    let part = 0;
    while (at >= left[part]) at -= left[part++];
    chosen[part]++;
    if (!withReplacement) {
      left[part]--;
      total--;
    }
  }
  return chosen;
}
