import { afterAll, describe, expect, it } from "vitest";
import { Context } from "../../src/index.ts";

const sc = await Context.create({ master: "local" });
afterAll(() => sc.stop());

const lines = (text: string): string[] =>
  text.split("\n").map((line) => line.replace(/ at [^:]+:\d+:\d+/, ""));

describe("explain", () => {
  it("says what was compiled, with types, and why not", () => {
    const limit = 3;
    const words = sc
      .textFile("README.md")
      .flatMap((line) => line.toLowerCase().split(/\W+/))
      .filter((word) => word.length > limit)
      .map((word) => [word, 1] as const)
      .reduceByKey((a, b) => a + b)
      .mapValues((n) => ({ n, date: new Date(n) }));
    expect(lines(words.explain())).toEqual([
      "mapValues: JavaScript, because it has a new expression",
      "reduceByKey: combined by the sum kernel where keys and values are columns, rows of (utf8, f64)",
      "map: compiled, rows of (utf8, i32)",
      "filter: compiled, rows of utf8",
      "flatMap: compiled, rows of utf8",
      "textFile: source, rows of utf8",
    ]);
  });

  it("says what the types of the rows are in the way of", () => {
    const rdd = sc.parallelize(["a", "b"]).map((s) => (s as unknown as number) * 2);
    expect(lines(rdd.explain())[0]).toBe("map: JavaScript, because arithmetic on a column of utf8");
    const fields = sc.parallelize(["a b", "c"]);
    expect(lines(fields.map((line) => line.split(" ")[0]).explain())[0]).toBe("map: compiled, rows of utf8");
    expect(lines(fields.map((line) => line.split(" ")[1]).explain())[0]).toBe(
      "map: JavaScript, because piece 1 of a split, which not every string has",
    );
    const unknown = sc
      .parallelize([1, 2])
      .mapPartitions((rows) => rows)
      .map((x) => x + 1);
    expect(lines(unknown.explain())).toEqual([
      "map: compiled for columns",
      "mapPartitions: JavaScript, because it works on whole partitions",
      "parallelize: collection, rows of f64",
    ]);
  });

  it("takes typed arrays and pairs as the columns they become", () => {
    const pairs = sc.parallelizePairs(new Uint32Array([1, 2]), new Float64Array([1, 2]));
    expect(lines(pairs.map(([k, v]) => [k % 10, v * 2] as [number, number]).explain())[0]).toBe(
      "map: compiled, rows of (i32, f64)",
    );
    expect(lines(pairs.reduceByKey((a, b) => a - b).explain())[0]).toBe(
      "reduceByKey: combined by JavaScript, because no kernel computes this function",
    );
  });
});
