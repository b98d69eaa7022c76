import { expect, test } from "vitest";
import { Context } from "../../src/context.ts";

test("rows that functions make are the same whether they are kept, shuffled or collected, when some do not look like the first", async () => {
  await using sc = await Context.create({ master: "local[2]" });
  const n = 200_000;
  const odd = (i: number): unknown =>
    i % 70_001 === 70_000 ? String(i) : i % 50_021 === 50_020 ? null : i / 2;
  const rows = sc.range(n, undefined, undefined, 3).map((i) => [Math.trunc(Math.cbrt(i)), odd(i)] as const);
  const expected = Array.from({ length: n }, (_, i) => [Math.trunc(Math.cbrt(i)), odd(i)]);
  expect(await rows.collect()).toEqual(expected);
  const kept = rows.mapValues((x) => ({ x, text: `${x}` })).persist();
  expect(await kept.count()).toBe(n);
  expect(await kept.collect()).toEqual(expected.map(([k, x]) => [k, { x, text: `${x}` }]));
  const grouped = await rows.groupByKey(2).collectAsMap();
  expect(grouped.get(58)).toEqual(expected.filter(([k]) => k === 58).map(([, x]) => x));
  const most = (a: unknown, b: unknown): unknown => (Number(a) > Number(b) ? a : b);
  const largest = await rows.reduceByKey(most, 2).collectAsMap();
  for (const k of [0, 7, 41])
    expect(largest.get(k)).toEqual(
      expected
        .filter((row) => row[0] === k)
        .map(([, x]) => x)
        .reduce(most),
    );
});
