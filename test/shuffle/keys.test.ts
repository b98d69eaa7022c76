import { expect, it } from "vitest";
import { Context } from "../../src/index.ts";

it("a string that looks like what a list is identified by is another key than the list", async () => {
  const sc = await Context.create({ master: "local[1]" });
  try {
    const pairs: [unknown, number][] = [
      [[1], 1],
      ["\u0000[1]", 2],
      [[1], 3],
    ];
    const rdd = sc.parallelize(pairs, 1);
    const byKind = (rows: [unknown, unknown][]) => new Map(rows.map(([key, value]) => [typeof key, value]));
    const grouped = await rdd.groupByKey(1).collect();
    expect(byKind(grouped.map(([key, values]) => [key, [...values]]))).toEqual(
      new Map<string, unknown>([
        ["object", [1, 3]],
        ["string", [2]],
      ]),
    );
    expect(byKind(await rdd.reduceByKey((a, b) => a * 10 + b, 1).collect())).toEqual(
      new Map([
        ["object", 13],
        ["string", 2],
      ]),
    );
    expect(await rdd.join(rdd, 1).count()).toBe(5);
    expect((await rdd.cogroup(rdd, 1).collect()).length).toBe(2);
  } finally {
    await sc.stop();
  }
});
