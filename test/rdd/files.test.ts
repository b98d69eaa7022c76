/** The sources of files as programs see them: what they make of empty, hidden, nested, compressed and damaged files. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Context, GnistaError, TaskContext } from "../../src/index.ts";

const RUNS = Number(process.env["GNISTA_TEST_RUNS"] ?? 100);
let sc: Context;
let folder: string;
let made = 0;
beforeAll(async () => {
  sc = await Context.create({ master: "local[2]", memory: "256m" });
  folder = mkdtempSync(join(tmpdir(), "gnista-files-"));
});
afterAll(async () => {
  await sc.stop();
  rmSync(folder, { recursive: true });
});

/** A folder with these files. */
function directory(files: Readonly<Record<string, string | Uint8Array>>): string {
  const path = join(folder, String(made++));
  mkdirSync(path);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(path, name, ".."), { recursive: true });
    writeFileSync(join(path, name), content);
  }
  return path;
}

const several = { "b.txt": "b1\nb2\n", "a.txt": "a1\n", "empty.txt": "", _hidden: "no\n", ".crc": "no\n" };

describe("textFile", () => {
  test("reads every codec by its extension, and writes it", async () => {
    const lines = Array.from({ length: 5000 }, (_, i) => `line ${i} é`);
    for (const codec of ["none", "deflate", "gzip", "bzip2", "snappy", "lz4", "zstd"] as const) {
      const out = join(folder, `codec-${codec}`);
      await sc.parallelize(lines, 2).saveAsTextFile(out, codec);
      expect(await sc.textFile(out).collect(), codec).toEqual(lines);
    }
    const hadoop = join(import.meta.dirname, "../io/fixtures/hadoop");
    const counts = await sc.textFile(join(hadoop, "text.*")).countByValue();
    expect(new Set(counts.values())).toEqual(new Set([5]));
  });

  test("has empty files, no hidden ones, and no folders without a word", async () => {
    const path = directory({ ...several, "deep/er/c.txt": "c1\n" });
    await expect(sc.textFile(path).count()).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: /deep/,
    });
    expect(await sc.textFile(join(path, "*.txt")).collect()).toEqual(["a1", "b1", "b2"]);
    const conf = { "spark.hadoop.mapreduce.input.fileinputformat.input.dir.recursive": "true" };
    await using recursive = await Context.create({ master: "local", memory: "64m", conf });
    expect(await recursive.textFile(path).collect()).toEqual(["a1", "b1", "b2", "c1"]);
    expect((await recursive.wholeTextFiles(path).values().collect()).length).toBe(4);
    expect(await sc.textFile(directory({})).collect()).toEqual([]);
  });
});

describe("wholeTextFiles and binaryFiles", () => {
  test("have a row a file, empty ones too, in as many partitions as were asked for", async () => {
    const path = directory({
      ...several,
      "c.txt.gz": gzipSync("c1\n"),
      "d.txt.zst": zstdCompressSync(Buffer.from("d1\n")),
    });
    const texts = await sc.wholeTextFiles(path).collect();
    expect(texts.map(([name, text]) => [basename(name), text])).toEqual([
      ["a.txt", "a1\n"],
      ["b.txt", "b1\nb2\n"],
      ["c.txt.gz", "c1\n"],
      ["d.txt.zst", "d1\n"],
      ["empty.txt", ""],
    ]);
    const bytes = await sc.binaryFiles(path, 4).collect();
    expect(bytes.map(([name]) => basename(name))).toEqual(texts.map(([name]) => basename(name)));
    expect(bytes[2][1]).toEqual(gzipSync("c1\n"));
    for (const n of [1, 2, 3, 5, 9]) {
      expect(sc.wholeTextFiles(path, n).getNumPartitions()).toBe(Math.min(n, 5));
      expect(await sc.binaryFiles(path, n).count()).toBe(5);
    }
    expect(await sc.wholeTextFiles(directory({})).collect()).toEqual([]);
  });
});

describe("binaryRecords", () => {
  test("are cut between records, and unpacked", async () => {
    const records = Buffer.from(Array.from({ length: 300 }, (_, i) => i % 256));
    const path = directory({
      plain: records,
      empty: "",
      "packed.gz": gzipSync(records),
      "packed.deflate": deflateSync(records),
    });
    const rows = await sc.binaryRecords(path, 3).collect();
    expect(rows.length).toBe(300);
    for (const third of [rows.slice(0, 100), rows.slice(100, 200), rows.slice(200)])
      expect(Buffer.concat(third)).toEqual(records);
    await expect(sc.binaryRecords(path, 0).count()).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  });

  test("that are cut off are an error with file and offset", async () => {
    for (const [name, content] of [
      ["plain", Buffer.alloc(10)],
      ["packed.gz", gzipSync(Buffer.alloc(10))],
    ] as const) {
      const path = join(directory({ [name]: content }), name);
      await expect(sc.binaryRecords(path, 4).count()).rejects.toMatchObject({
        code: "CORRUPT_INPUT",
        place: { file: path, offset: 8 },
      });
    }
  });
});

describe("objectFile", () => {
  test("is read in the parts that were asked for", async () => {
    const out = join(folder, "objects");
    await sc
      .range(50_000, undefined, 1, 1)
      .map((n) => ({ n }))
      .saveAsObjectFile(out);
    const parts = await sc
      .objectFile<{ n: number }>(out, 5)
      .map(({ n }) => n)
      .glom()
      .collect();
    expect(parts.filter((part) => part.length > 0).length).toBeGreaterThan(3);
    expect(parts.flat()).toEqual(Array.from({ length: 50_000 }, (_, i) => i));
  });
});

describe("files that go away or cannot be read", () => {
  test("are an error that names them", async () => {
    const path = directory(several);
    for (const rdd of [
      sc.textFile(path),
      sc.wholeTextFiles(path),
      sc.binaryFiles(path),
      // Of the others, no file is one of objects.
      sc.objectFile(join(path, "a.txt")),
    ]) {
      expect(rdd.getNumPartitions()).toBeGreaterThan(0);
      rmSync(join(path, "a.txt"), { force: true });
      await expect(rdd.count()).rejects.toMatchObject({
        code: "INPUT_NOT_FOUND",
        message: expect.stringContaining("a.txt"),
      });
      writeFileSync(join(path, "a.txt"), several["a.txt"]);
    }
  });
});

describe("damaged compressed files", () => {
  const text = Array.from({ length: 40 }, (_, i) => `line ${i} é ${"ab".repeat(i % 5)}`).join("\n");
  const packed = {
    gz: gzipSync(text),
    "two.gz": Buffer.concat([gzipSync(text.slice(0, 100)), gzipSync(text.slice(100))]),
    deflate: deflateSync(text),
    zst: zstdCompressSync(Buffer.from(text), { params: { 201: 1 } }),
  };
  const names = ["gz", "two.gz", "deflate", "zst"] as const;
  const outcome = async (path: string): Promise<string | null> => {
    try {
      const lines = (await sc.textFile(path).collect()).join("\n");
      expect((await sc.wholeTextFiles(path).values().collect())[0]).toBe(lines);
      return lines;
    } catch (error) {
      if (!GnistaError.is(error, "CORRUPT_INPUT")) throw error;
      expect(error.place.file).toBe(path);
      expect(error.place.offset).toBeGreaterThanOrEqual(0);
      return null;
    }
  };

  test.each(names)(".%s, cut off at every byte", async (name) => {
    const whole = packed[name];
    // Between two streams nothing tells that another should follow.
    const between = name === "two.gz" ? gzipSync(text.slice(0, 100)).length : -1;
    for (let cut = 0; cut < whole.length; cut++) {
      const path = join(folder, `cut.${name}`);
      writeFileSync(path, whole.subarray(0, cut));
      expect(await outcome(path), `cut at ${cut}`).toBe(cut === between ? text.slice(0, 100) : null);
    }
  });

  test.each(names)(".%s, with bytes changed", async (name) => {
    const whole = packed[name];
    const bytes = fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }));
    await fc.assert(
      fc.asyncProperty(bytes, async ([at, change]) => {
        const damaged = Buffer.from(whole);
        damaged[at] ^= change;
        const path = join(folder, `changed.${name}`);
        writeFileSync(path, damaged);
        const found = await outcome(path);
        if (found !== null) expect(found).toBe(text);
      }),
      { numRuns: RUNS },
    );
  });
});

describe("Arrow files", () => {
  test("that are cut off at every byte are an error with file and offset", async () => {
    const out = join(folder, "arrow");
    await sc
      .parallelize(
        [
          { a: 1, b: "one" },
          { a: 2, b: null },
        ],
        1,
      )
      .saveAsArrowFile(out);
    const whole = readFileSync(join(out, "part-00000.arrow"));
    const path = join(folder, "cut.arrow");
    for (let cut = 0; cut < whole.length; cut++) {
      writeFileSync(path, whole.subarray(0, cut));
      await expect(sc.arrowFile(path).collect(), `cut at ${cut}`).rejects.toMatchObject({
        code: "CORRUPT_INPUT",
        place: { file: path, offset: expect.any(Number) },
      });
    }
  });
});

describe("attempts that fail while they write", () => {
  test.each([
    [
      "throws",
      () => {
        throw new Error("once");
      },
    ],
    ["ends its worker", () => process.exit(1)],
  ] as const)("and one that %s: the output has each row once", async (name, fail) => {
    const out = join(folder, `attempts ${name}`);
    const rows = sc.range(60_000, undefined, 1, 3).mapPartitions(function* (part) {
      let n = 0;
      for (const row of part) {
        if (
          ++n === 15_000 &&
          TaskContext.get()!.partitionId() === 1 &&
          TaskContext.get()!.attemptNumber() === 0
        )
          fail();
        yield [row, row % 7];
      }
    });
    await rows.saveAsSequenceFile(out, "none", { keyClass: "IntWritable", valueClass: "IntWritable" });
    expect(readdirSync(out).sort()).toEqual(["_SUCCESS", "part-00000", "part-00001", "part-00002"]);
    const read = await sc.sequenceFile<number, number>(out).keys().collect();
    expect(read).toEqual(Array.from({ length: 60_000 }, (_, i) => i));
    expect(readdirSync(folder).filter((entry) => entry.startsWith("_temporary"))).toEqual([]);
  });

  test("always: the job fails, and nothing is left", async () => {
    const out = join(folder, "never");
    const rows = sc.range(10).map((x) => {
      if (x === 9) throw new Error("always");
      return x;
    });
    await expect(rows.saveAsTextFile(out)).rejects.toMatchObject({ code: "JOB_FAILED" });
    await expect(rows.saveAsObjectFile(out)).rejects.toMatchObject({ code: "JOB_FAILED" });
    expect(readdirSync(folder).filter((entry) => /never|_temporary/.test(entry))).toEqual([]);
  });
});
