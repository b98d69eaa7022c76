import { afterAll, beforeAll, expect, test } from "vitest";
import { Context } from "../../src/index.ts";

const ROWS = 300_000;
let sc: Context;
beforeAll(async () => {
  sc = await Context.create({ master: "local" });
});
afterAll(() => sc.stop());

/** A column that is read piece by piece, by a function that stays JavaScript, while a shuffle is written from its rows. */
const pairs = () =>
  sc
    .range(0, ROWS, 1, 1)
    .map((x) => [x, x + 0.5])
    .map(
      (row) => [row[0] % 3, Object.assign({}, { first: row[0], second: row[1] }).second] as [number, number],
    );

test("rows of a column that is read in pieces survive the writing of a shuffle", async () => {
  const expected = Array.from({ length: ROWS }, (_, i) => [i % 3, i + 0.5]);
  const found = await pairs().partitionBy(2).collect();
  expect(found.length).toBe(ROWS);
  found.sort((a, b) => a[1] - b[1]);
  expect(found.findIndex(([k, v], i) => k !== expected[i][0] || v !== expected[i][1])).toBe(-1);
});
