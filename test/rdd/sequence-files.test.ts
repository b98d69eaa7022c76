import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Context } from "../../src/index.ts";
import { readHeader } from "../../src/io/sequence/header.ts";

let sc: Context;
let folder: string;
beforeAll(async () => {
  sc = await Context.create({ master: "local[2]", memory: "256m" });
  folder = mkdtempSync(join(tmpdir(), "gnista-sequence-rdd-"));
});
afterAll(async () => {
  await sc.stop();
  rmSync(folder, { recursive: true });
});
const path = (name: string): string => join(folder, name);
const fixtures = join(import.meta.dirname, "../io/fixtures/hadoop");

describe("saveAsSequenceFile and sequenceFile", () => {
  test("pairs come back in order, a file a partition, with classes of the first pair in all of them", async () => {
    const pairs = Array.from({ length: 1000 }, (_, i): [number, string] => [i, `value ${i}`]);
    for (const codec of ["none", "gzip", "org.apache.hadoop.io.compress.ZStandardCodec"] as const) {
      const out = path(`pairs-${codec}`);
      await sc
        .parallelize(pairs, 3)
        .filter(([i]) => i < 900)
        .saveAsSequenceFile(out, codec);
      expect(readdirSync(out).sort()).toEqual(["_SUCCESS", "part-00000", "part-00001", "part-00002"]);
      expect(await sc.sequenceFile<number, string>(out, { minPartitions: 5 }).collect()).toEqual(
        pairs.slice(0, 900),
      );
    }
    const sparse = path("sparse");
    await sc
      .parallelize(pairs, 4)
      .filter(([i]) => i > 900)
      .saveAsSequenceFile(sparse);
    for (const part of ["part-00000", "part-00003"])
      expect(readHeader(readFileSync(join(sparse, part)), part).header).toMatchObject({
        keyClass: "org.apache.hadoop.io.IntWritable",
        valueClass: "org.apache.hadoop.io.Text",
      });
  });

  test("an RDD without pairs makes files without pairs", async () => {
    await sc.parallelize([] as [string, number][], 2).saveAsSequenceFile(path("none"));
    expect(await sc.sequenceFile(path("none")).collect()).toEqual([]);
    expect(await sc.sequenceFile(join(fixtures, "empty.seq")).count()).toBe(0);
  });

  test("Hadoop's files are read by globs, in parts, by all workers", async () => {
    const counts = await sc
      .sequenceFile<number, string>(join(fixtures, "{none,*.block}.seq"), { minPartitions: 12 })
      .mapValues((line) => line.length)
      .reduceByKey((a, b) => a + b)
      .collect();
    expect(counts.length).toBe(200);
    expect(new Map(counts).get(8)).toBe(6 * "line 8 of a file with lines of text abcdefgh".length);
  });

  test("compress smaller by block than by record", async () => {
    const pairs = sc.range(20_000, undefined, 1, 1).map((i) => [i, "the same again and again and again"]);
    const size = async (compression: "record" | "block"): Promise<number> => {
      await pairs.saveAsSequenceFile(path(compression), "deflate", { compression });
      return readFileSync(join(path(compression), "part-00000")).length;
    };
    expect(await size("block")).toBeLessThan((await size("record")) / 5);
  });

  test("errors name the pair, the file and what to do, and leave nothing", async () => {
    const out = path("failed");
    await expect(
      sc
        .parallelize(
          [
            ["a", 1],
            ["b", 1.5],
          ],
          1,
        )
        .saveAsSequenceFile(out),
    ).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringMatching(
        /the value 1.5 as org.apache.hadoop.io.IntWritable.*valueClass: "DoubleWritable"/s,
      ),
    });
    await expect(sc.parallelize([["a", new Date(0)]], 1).saveAsSequenceFile(out)).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
    });
    await expect(
      sc.parallelize([["a", 1]], 1).saveAsSequenceFile(out, "lzo" as "gzip"),
    ).rejects.toMatchObject({ code: "INVALID_ARGUMENT", message: expect.stringContaining('"lzo"') });
    expect(readdirSync(folder)).not.toContain("failed");
    const cut = path("cut.seq");
    writeFileSync(cut, readFileSync(join(fixtures, "none.seq")).subarray(0, 5000));
    await expect(sc.sequenceFile(cut).count()).rejects.toMatchObject({
      code: "CORRUPT_INPUT",
      message: expect.stringContaining(cut),
      place: { file: cut, offset: expect.any(Number) },
    });
    await expect(sc.sequenceFile(join(fixtures, "ObjectWritable.seq")).count()).rejects.toMatchObject({
      code: "UNSUPPORTED_OPERATION",
    });
  });
});
