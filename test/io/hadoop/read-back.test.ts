/**
 * What `saveAsSequenceFile` writes is read by a real Hadoop. Needs Java, and Hadoop's jars where `sh test/io/hadoop/prepare.sh` puts them; left out
 * without them.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Context, type OutputCodec, type RDD, type SequenceFileOutput } from "../../../src/index.ts";

const hadoop = process.env["HADOOP_FOR_TESTS"] ?? "/tmp/gnista-hadoop";
const ready =
  existsSync(join(hadoop, "classes/ReadBack.class")) && spawnSync("java", ["-version"]).status === 0;

describe.skipIf(!ready)("Hadoop (left out without Java and `sh test/io/hadoop/prepare.sh`)", () => {
  let sc: Context;
  let folder: string;
  beforeAll(async () => {
    sc = await Context.create({ master: "local[2]", memory: "256m" });
    folder = mkdtempSync(join(tmpdir(), "gnista-hadoop-"));
  });
  afterAll(async () => {
    await sc.stop();
    rmSync(folder, { recursive: true });
  });

  /** Saves, and returns the files. */
  async function saved(
    rdd: RDD<[unknown, unknown]>,
    codec: OutputCodec,
    options: SequenceFileOutput = {},
  ): Promise<string[]> {
    const path = join(folder, `out-${readdirSync(folder).length}`);
    await rdd.saveAsSequenceFile(path, codec, options);
    return readdirSync(path)
      .filter((name) => name.startsWith("part-"))
      .map((name) => join(path, name));
  }

  /** What Hadoop finds in files: of each a line for its head, then a line a pair. */
  function readBack(files: readonly string[]): string[] {
    const classes = `${join(hadoop, "classes")}:${join(hadoop, "lib/*")}`;
    return execFileSync("java", ["-cp", classes, "ReadBack", ...files], {
      encoding: "utf8",
      maxBuffer: 1 << 28,
      stdio: ["ignore", "pipe", "ignore"],
    })
      .trimEnd()
      .split("\n");
  }

  const codecs = [
    ["none", "block", "NONE none"],
    ["deflate", "record", "RECORD DefaultCodec"],
    ["deflate", "block", "BLOCK DefaultCodec"],
    ["gzip", "record", "RECORD GzipCodec"],
    ["gzip", "block", "BLOCK GzipCodec"],
    ["bzip2", "record", "RECORD BZip2Codec"],
    ["bzip2", "block", "BLOCK BZip2Codec"],
    ["snappy", "record", "RECORD SnappyCodec"],
    ["snappy", "block", "BLOCK SnappyCodec"],
    ["lz4", "record", "RECORD Lz4Codec"],
    ["lz4", "block", "BLOCK Lz4Codec"],
  ] as const;

  it("reads every codec, by record and by block", async () => {
    const line = (i: number): string => `line ${i} ${"word ".repeat(i % 9)}é`;
    const rowsOf = (compression: "record" | "block"): number => (compression === "record" ? 3000 : 40_000);
    const files: string[] = [];
    for (const [codec, compression] of codecs) {
      const rdd = sc.range(rowsOf(compression), undefined, 1, 1).map((i) => [i, line(i)]);
      files.push(...(await saved(rdd as RDD<[unknown, unknown]>, codec, { compression })));
    }
    // Java takes a second to start.
    const lines = readBack(files);
    let at = 0;
    for (const [codec, compression, head] of codecs) {
      const what = `${codec} by ${compression}`;
      expect(lines[at++], what).toBe(
        `# org.apache.hadoop.io.IntWritable org.apache.hadoop.io.Text ${head} {}`,
      );
      const n = rowsOf(compression);
      const expected = Array.from({ length: n }, (_, i) => `${i}\t"${line(i)}"`);
      expect(isDeepStrictEqual(lines.slice(at, at + n), expected), what).toBe(true);
      at += n;
    }
    expect(at).toBe(lines.length);
  });

  it("reads every Writable", async () => {
    const writables = {
      IntArrayWritable: "ArrayWritable<IntWritable>",
      TextGridWritable: "TwoDArrayWritable<Text>",
    };
    const nested = new Map<unknown, unknown>([
      ["a", 1],
      [2n, new Map([["b", 1.5]])],
    ]);
    const cases: readonly (readonly [value: unknown, valueClass: string | undefined, expected: string])[] = [
      [null, undefined, "NullWritable null"],
      [true, undefined, "BooleanWritable true"],
      [-7, undefined, "IntWritable -7"],
      [-(2n ** 63n), undefined, "LongWritable -9223372036854775808"],
      [1.5, undefined, "DoubleWritable 1.5"],
      [1.5, "FloatWritable", "FloatWritable 1.5"],
      [-200, "VIntWritable", "VIntWritable -200"],
      [2 ** 40, "VLongWritable", "VLongWritable 1099511627776"],
      [-3, "ByteWritable", "ByteWritable -3"],
      [-300, "ShortWritable", "ShortWritable -300"],
      ["tre små ord 😀", undefined, 'Text "tre små ord 😀"'],
      [Buffer.from([1, 255]), undefined, "BytesWritable bytes 01 ff"],
      [Float64Array.of(1, -2.5), undefined, "ArrayPrimitiveWritable double[1.0,-2.5]"],
      [BigInt64Array.of(-1n), undefined, "ArrayPrimitiveWritable long[-1]"],
      [[true, false], "ArrayPrimitiveWritable", "ArrayPrimitiveWritable boolean[true,false]"],
      [nested, undefined, 'MapWritable {"a":1,2:{"b":1.5}}'],
      [{ b: 1, a: Int32Array.of(1) }, "SortedMapWritable", 'SortedMapWritable {"a":int[1],"b":1}'],
      [[1, -2], "IntArrayWritable", "IntArrayWritable [1,-2]"],
      [[["a"], ["b"]], "TextGridWritable", 'TextGridWritable [["a"],["b"]]'],
    ];
    const files: string[] = [];
    for (const [value, valueClass] of cases) {
      const options = valueClass === undefined ? { writables } : { writables, valueClass };
      files.push(...(await saved(sc.parallelize([["k", value]], 1), "none", options)));
    }
    const lines = readBack(files);
    const found = cases.map((_, i) => {
      const [head, line] = lines.slice(2 * i);
      return `${head.split(" ")[2].replace("org.apache.hadoop.io.", "")} ${line.split("\t")[1]}`;
    });
    expect(found).toEqual(cases.map(([, , expected]) => expected));
  });
});
