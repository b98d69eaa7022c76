/** The least memory that a context takes is enough for shuffles of strings that are several times as much. */
import { describe, expect, it } from "vitest";
import { Context, type RDD } from "../../src/index.ts";

const ROWS = 300_000;
const SUM = (ROWS * (ROWS - 1)) / 2;

const pairs = (sc: Context): RDD<[string, number]> =>
  sc.range(0, ROWS, 1, 8).map((x) => [`key ${x}`, x] as [string, number]);

const operations: Readonly<Record<string, (sc: Context) => Promise<number>>> = {
  reduceByKey: (sc) =>
    pairs(sc)
      .reduceByKey((a, b) => a + b)
      .values()
      .sum(),
  groupByKey: (sc) =>
    pairs(sc)
      .groupByKey()
      .map(([, [x]]) => x)
      .sum(),
  join: (sc) =>
    pairs(sc)
      .join(pairs(sc))
      .map(([, [x]]) => x)
      .sum(),
  sortByKey: (sc) => pairs(sc).sortByKey().values().sum(),
};

describe.each(["local", "local[2]"])("8 MiB on %s", (master) => {
  it.each(Object.entries(operations))("are enough for %s", async (_, run) => {
    await using sc = await Context.create({ master, memory: "8m" });
    expect(await run(sc)).toBe(SUM);
  });
});

it.each([16, 64])("%i MiB: frames of rows that are longer than others are read as a whole", async (mib) => {
  const rows = mib * 12_000;
  await using sc = await Context.create({ master: "local", memory: `${mib}m` });
  const key = (x: number): string => String(x % 1000).padEnd(Math.floor((x * 80) / rows), "-");
  const sorted = await sc
    .range(0, rows, 1, 2)
    .map((x) => [key(x), x] as [string, number])
    .sortByKey(true, 1)
    .mapPartitions(function* (pairs) {
      let [last, sum, inOrder] = ["", 0, true];
      for (const [k, x] of pairs) {
        inOrder &&= last <= k && k.startsWith(String(x % 1000));
        last = k;
        sum += x;
      }
      yield { sum, inOrder };
    })
    .collect();
  expect(sorted).toEqual([{ sum: (rows * (rows - 1)) / 2, inOrder: true }]);
});

it("less is refused", async () => {
  await expect(Context.create({ master: "local", memory: "7m" })).rejects.toMatchObject({
    code: "INVALID_ARGUMENT",
    message: expect.stringMatching(/^the memory of a context must be at least 8 MiB, got 7340032 bytes/),
  });
});
