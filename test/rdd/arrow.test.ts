import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  columnFromArray,
  dictionary,
  int32,
  tableFromColumns,
  tableFromIPC,
  tableToIPC,
  utf8,
} from "@uwdata/flechette";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Context } from "../../src/index.ts";

const dir = mkdtempSync(join(tmpdir(), "gnista-arrow-"));
afterAll(() => rmSync(dir, { recursive: true }));

const rows = Array.from({ length: 1000 }, (_, i) => ({ word: `word ${i % 7}`, n: i % 11 === 0 ? null : i }));
/** Ten batches, with a dictionary. */
const bytes = tableToIPC(
  tableFromColumns({
    word: columnFromArray(
      rows.map(({ word }) => word),
      dictionary(utf8(), int32()),
      { maxBatchRows: 100 },
    ),
    n: columnFromArray(
      rows.map(({ n }) => n),
      int32(),
      { maxBatchRows: 100 },
    ),
  }),
  { format: "file" },
)!;
type Row = (typeof rows)[number];

describe.each(["local", "local[2]"])("Arrow on %s", (master) => {
  let sc: Context;
  beforeAll(async () => {
    sc = await Context.create({ master, memory: "256m" });
  });
  afterAll(() => sc.stop());
  // Brackets would be a glob.
  const where = master.replace(/\W/g, "");
  const path = (name: string): string => join(dir, `${name} ${where}`);

  test("tables become even runs of rows", async () => {
    for (const slices of [1, 3, 16, 1500]) {
      const table = sc.fromArrow<Row>(bytes, slices);
      expect(table.getNumPartitions()).toBe(slices);
      expect(await table.collect()).toEqual(rows);
      const sizes = (await table.glom().collect()).map((part) => part.length);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    }
    expect(await sc.fromArrow(new Uint8Array(bytes).buffer).count()).toBe(1000);
    expect(await sc.fromArrow(await sc.parallelize([]).toArrow()).collect()).toEqual([]);
  });

  test("columns work in every kind of operation", async () => {
    const table = sc.fromArrow<Row>(bytes, 3);
    const words = await table
      .map(({ word }) => [word, 1] as [string, number])
      .reduceByKey((a, b) => a + b)
      .sortByKey()
      .collect();
    expect(words).toEqual(
      Array.from({ length: 7 }, (_, k) => [
        `word ${k}`,
        rows.filter(({ word }) => word === `word ${k}`).length,
      ]),
    );
    expect(
      await table
        .keyBy(({ word }) => word)
        .partitionBy(4)
        .values()
        .map(({ n }) => n ?? 0)
        .sum(),
    ).toBe(rows.reduce((sum, { n }) => sum + (n ?? 0), 0));
    expect(
      await table
        .repartition(5)
        .filter(({ n }) => n === null)
        .count(),
    ).toBe(91);
    const cached = table.persist();
    expect(await cached.count()).toBe(1000);
    expect(await cached.collect()).toEqual(rows);
    expect(await table.take(3)).toEqual(rows.slice(0, 3));
  });

  test("files are cut by record batches, each part with its dictionary", async () => {
    writeFileSync(path("table.arrow"), bytes);
    writeFileSync(path("table.arrows"), tableToIPC(tableFromIPC(bytes), { format: "stream" })!);
    for (const name of ["table.arrow", "table.arrows"])
      for (const [parts, expected] of [
        [1, 1],
        [5, 5],
        [100, 10],
      ]) {
        const table = sc.arrowFile<Row>(path(name), parts);
        expect(await table.collect()).toEqual(rows);
        expect(table.getNumPartitions()).toBeGreaterThanOrEqual(Math.min(expected, parts));
        expect(table.getNumPartitions()).toBeLessThanOrEqual(10);
        expect(
          await table
            .persist()
            .map(({ n }) => n ?? 0)
            .sum(),
        ).toBe(rows.reduce((sum, { n }) => sum + (n ?? 0), 0));
        expect(await table.take(150)).toEqual(rows.slice(0, 150));
      }
    const both = await sc.arrowFile<Row>(`${dir}/table.arrow* ${where}`).collect();
    expect(both).toEqual([...rows, ...rows]);
  });

  test("a dictionary stays as long as batches refer to it, whatever is made of those before", async () => {
    const options = { maxBatchRows: 1000 };
    const many = Array.from({ length: 3000 }, (_, i) => "x".repeat(i % 7));
    const table = tableFromColumns({
      n: columnFromArray([...many.keys()], int32(), options),
      word: columnFromArray(many, dictionary(utf8(), int32()), options),
    });
    writeFileSync(path("words.arrow"), tableToIPC(table, { format: "file" })!);
    const lengths = sc
      .arrowFile<{ readonly n: number; readonly word: string }>(path("words.arrow"), 1)
      .map(({ word }) => [word.length, 1] as [number, number]);
    const expected = new Map<number, number>();
    for (const { length } of many) expected.set(length, (expected.get(length) ?? 0) + 1);
    const counted = lengths.groupByKey(2).mapValues((ones) => [...ones].length);
    expect(await counted.collectAsMap()).toEqual(expected);
    expect(await lengths.reduceByKey((a, b) => a + b).collectAsMap()).toEqual(expected);
  });

  test("what was saved comes back, in partitions", async () => {
    const pairs = rows.map(({ word, n }) => [word, { n, at: new Date(n ?? 0) }] as const);
    await sc.parallelize(pairs, 3).saveAsArrowFile(path("pairs"));
    expect(readdirSync(path("pairs")).sort()).toEqual([
      "_SUCCESS",
      "part-00000.arrow",
      "part-00001.arrow",
      "part-00002.arrow",
    ]);
    const back = sc.arrowFile(path("pairs"), 1);
    expect(back.getNumPartitions()).toBe(3);
    expect(await back.collect()).toEqual(pairs);
    const first = tableFromIPC(readFileSync(join(path("pairs"), "part-00000.arrow")));
    expect(first.names).toEqual(["_1", "_2"]);
    await expect(sc.parallelize(pairs).saveAsArrowFile(path("pairs"))).rejects.toThrow(
      expect.objectContaining({ code: "OUTPUT_EXISTS" }),
    );
  });

  test("rows without a type leave no output", async () => {
    await expect(sc.parallelize([1, "a", undefined], 1).saveAsArrowFile(path("mixed"))).rejects.toThrow(
      /number, string, undefined/,
    );
    expect(readdirSync(dir)).not.toContain(`mixed ${where}`);
    await expect(sc.parallelize([1, "a"], 2).toArrow()).rejects.toThrow(/f64 and utf8/);
  });

  test("toArrow gives a batch a partition, in either format", async () => {
    const rdd = sc.parallelize(rows, 4).filter(({ n }) => n === null || n > 10);
    for (const format of ["stream", "file"] as const) {
      const table = tableFromIPC(await rdd.toArrow({ format }));
      expect(table.toArray()).toEqual(rows.filter(({ n }) => n === null || n > 10));
      expect(table.getChild("n").data.length).toBe(4);
    }
    expect(await sc.fromArrow(await sc.range(10).toArrow()).collect()).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
    ]);
  });

  test("damage is an error with file and offset", async () => {
    const file = path("damaged.arrow");
    writeFileSync(file, bytes);
    truncateSync(file, bytes.length - 100);
    await expect(sc.arrowFile(file).count()).rejects.toThrow(
      expect.objectContaining({ code: "CORRUPT_INPUT", place: expect.objectContaining({ file }) }),
    );
    // A code that the dictionary has not, in the last batch: only its task sees it.
    const damaged = new Uint8Array(bytes);
    const codes = damaged.findLastIndex(
      (_, i) => damaged[i] === 6 && damaged[i + 4] === 0 && damaged[i + 8] === 1 && damaged[i + 12] === 2,
    );
    damaged[codes + 2] = 77;
    writeFileSync(file, damaged);
    expect(await sc.arrowFile(file, 10).take(5)).toEqual(rows.slice(0, 5));
    await expect(sc.arrowFile(file, 10).count()).rejects.toThrow(
      /damaged\.arrow.* cannot be read: in a batch, row \d+ has the code/,
    );
    expect(() => sc.fromArrow(damaged)).toThrow(expect.objectContaining({ code: "CORRUPT_INPUT" }));
    expect(() => sc.fromArrow("text" as never)).toThrow(/tableToIPC/);
  });

  test("many small batches take little more memory than one large one", async () => {
    const numbers = Array.from({ length: 5000 }, (_, i) => i);
    const column = columnFromArray(numbers, int32(), { maxBatchRows: 10 });
    const before = sc.engine.heap.used;
    const table = sc.fromArrow<{ n: number }>(tableToIPC(tableFromColumns({ n: column }), {})!);
    expect(sc.engine.heap.used - before).toBeLessThan(1 << 20);
    expect(await table.map(({ n }) => n).collect()).toEqual(numbers);
  });

  test("nothing stays behind", async () => {
    sc.fromArrow(bytes);
    const before = sc.engine.heap.used;
    for (let i = 0; i < 3; i++) {
      expect(() => sc.fromArrow(bytes.slice(0, bytes.length - 9))).toThrow();
      await sc
        .arrowFile(path("table.arrow"), 10)
        .map(() => 1)
        .count();
      await sc
        .parallelize([1, "a"], 2)
        .toArrow()
        .catch(() => null);
    }
    expect(sc.engine.heap.used).toBeLessThan(before + (1 << 20));
  });
});
