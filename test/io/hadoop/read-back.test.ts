/**
 * What `saveAsSequenceFile` writes is read by a real Hadoop. Needs Java, and Hadoop's jars where `sh test/io/hadoop/prepare.sh` puts them; left out
 * without them.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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

  /** Its first line is the head, then a line a pair. */
  async function readBack(
    rdd: RDD<[unknown, unknown]>,
    codec: OutputCodec,
    options: SequenceFileOutput = {},
  ): Promise<string[]> {
    const path = join(folder, `out-${readdirSync(folder).length}`);
    await rdd.saveAsSequenceFile(path, codec, options);
    const files = readdirSync(path).filter((name) => name.startsWith("part-"));
    const classes = `${join(hadoop, "classes")}:${join(hadoop, "lib/*")}`;
    return execFileSync("java", ["-cp", classes, "ReadBack", ...files.map((name) => join(path, name))], {
      encoding: "utf8",
      maxBuffer: 1 << 28,
      stdio: ["ignore", "pipe", "ignore"],
    })
      .trimEnd()
      .split("\n");
  }

  it.each([
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
  ] as const)("reads %s by %s", async (codec, compression, head) => {
    const n = compression === "record" ? 3000 : 60_000;
    const rdd = sc.range(n, undefined, 1, 1).map((i) => [i, `line ${i} ${"word ".repeat(i % 9)}é`]);
    const [first, ...lines] = await readBack(rdd as RDD<[unknown, unknown]>, codec, { compression });
    expect(first).toBe(`# org.apache.hadoop.io.IntWritable org.apache.hadoop.io.Text ${head} {}`);
    expect(lines).toEqual(Array.from({ length: n }, (_, i) => `${i}\t"line ${i} ${"word ".repeat(i % 9)}é"`));
  });

  it("reads every Writable", async () => {
    const typed = async (value: unknown, options?: SequenceFileOutput): Promise<string> => {
      const [head, line] = await readBack(sc.parallelize([["k", value]], 1), "none", options);
      return `${head.split(" ")[2].replace("org.apache.hadoop.io.", "")} ${line.split("\t")[1]}`;
    };
    expect(await typed(null)).toBe("NullWritable null");
    expect(await typed(true)).toBe("BooleanWritable true");
    expect(await typed(-7)).toBe("IntWritable -7");
    expect(await typed(-(2n ** 63n))).toBe("LongWritable -9223372036854775808");
    expect(await typed(1.5)).toBe("DoubleWritable 1.5");
    expect(await typed(1.5, { valueClass: "FloatWritable" })).toBe("FloatWritable 1.5");
    expect(await typed(-200, { valueClass: "VIntWritable" })).toBe("VIntWritable -200");
    expect(await typed(2 ** 40, { valueClass: "VLongWritable" })).toBe("VLongWritable 1099511627776");
    expect(await typed(-3, { valueClass: "ByteWritable" })).toBe("ByteWritable -3");
    expect(await typed(-300, { valueClass: "ShortWritable" })).toBe("ShortWritable -300");
    expect(await typed("tre små ord 😀")).toBe('Text "tre små ord 😀"');
    expect(await typed(Buffer.from([1, 255]))).toBe("BytesWritable bytes 01 ff");
    expect(await typed(Float64Array.of(1, -2.5))).toBe("ArrayPrimitiveWritable double[1.0,-2.5]");
    expect(await typed(BigInt64Array.of(-1n))).toBe("ArrayPrimitiveWritable long[-1]");
    expect(await typed([true, false], { valueClass: "ArrayPrimitiveWritable" })).toBe(
      "ArrayPrimitiveWritable boolean[true,false]",
    );
    expect(
      await typed(
        new Map<unknown, unknown>([
          ["a", 1],
          [2n, new Map([["b", 1.5]])],
        ]),
      ),
    ).toBe('MapWritable {"a":1,2:{"b":1.5}}');
    expect(await typed({ b: 1, a: Int32Array.of(1) }, { valueClass: "SortedMapWritable" })).toBe(
      'SortedMapWritable {"a":int[1],"b":1}',
    );
    const writables = {
      IntArrayWritable: "ArrayWritable<IntWritable>",
      TextGridWritable: "TwoDArrayWritable<Text>",
    };
    expect(await typed([1, -2], { valueClass: "IntArrayWritable", writables })).toBe(
      "IntArrayWritable [1,-2]",
    );
    expect(await typed([["a"], ["b"]], { valueClass: "TextGridWritable", writables })).toBe(
      'TextGridWritable [["a"],["b"]]',
    );
  });
});
