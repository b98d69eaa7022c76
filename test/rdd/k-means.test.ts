/** Programs as Spark's examples write them: captured centres, sums of tuples by key, broadcasts; compiled, and the same as in place. */
import { expect, test } from "vitest";
import { Context } from "../../src/context.ts";
import { TESTED } from "../backends.ts";

type Point = readonly [number, number];

function closest([x, y]: Point, centres: readonly Point[]): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < centres.length; i++) {
    const [a, b] = centres[i];
    const d = (x - a) ** 2 + (y - b) ** 2;
    if (d < least) {
      least = d;
      best = i;
    }
  }
  return best;
}

const points: Point[] = Array.from({ length: 5000 }, (_, i) => [Math.sin(i) * 10, (i % 97) / 3]);
const centres: Point[] = [
  [-5, 3],
  [0, 20],
  [5, 11],
];
const expected = new Map<number, [number, number, number]>();
for (const p of points) {
  const sum = expected.get(closest(p, centres));
  expected.set(closest(p, centres), sum ? [sum[0] + p[0], sum[1] + p[1], sum[2] + 1] : [p[0], p[1], 1]);
}

for (const backend of TESTED)
  test(`k-means over captured and broadcast centres, ${backend}`, async () => {
    await using sc = await Context.create({ master: "local[2]", backend });
    const rdd = sc.parallelize(points, 1).persist();
    const shared = sc.broadcast(centres);
    for (const pairs of [
      rdd.map((p): [number, [number, number, number]] => [closest(p, centres), [p[0], p[1], 1]]),
      rdd.map((p): [number, [number, number, number]] => [closest(p, shared.value), [p[0], p[1], 1]]),
    ]) {
      const sums = pairs.reduceByKey((a, b) => [a[0] + b[0], a[1] + b[1], a[2] + b[2]]);
      expect(await sums.collectAsMap()).toEqual(expected);
      expect(sums.explain()).not.toContain("JavaScript");
    }
  });

test("a broadcast that was destroyed fails the job although its value was compiled in", async () => {
  await using sc = await Context.create({ master: "local[1]" });
  const seven = sc.broadcast([7]);
  const sums = sc.range(3).map((x) => x + seven.value[0]);
  expect(await sums.collect()).toEqual([7, 8, 9]);
  seven.destroy();
  await expect(sums.collect()).rejects.toMatchObject({ code: "UNSUPPORTED_OPERATION" });
});
