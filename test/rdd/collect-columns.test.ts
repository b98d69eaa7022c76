import { afterAll, beforeAll, expect, test } from "vitest";
import { Context } from "../../src/index.ts";

let sc: Context;
beforeAll(async () => {
  sc = await Context.create({ master: "local" });
});
afterAll(() => sc.stop());

test("joined pairs are three columns", async () => {
  const left = sc.parallelizePairs(Uint32Array.of(1, 2, 3), Float64Array.of(0.5, 1.5, 2.5), 2);
  const right = sc.parallelizePairs(Uint32Array.of(3, 1), Float64Array.of(30, 10), 1);
  const [k, v, w] = await left.join(right, 1).collectColumns();
  const rows = Array.from(k, (key, i) => [key, v[i], w[i]]).sort();
  expect(rows).toEqual([
    [1, 0.5, 10],
    [3, 2.5, 30],
  ]);
});
