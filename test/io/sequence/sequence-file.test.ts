/** Against files made by Hadoop (`test/io/hadoop` has the programs that made them), and against what is written here. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { GnistaError } from "../../../src/errors.ts";
import { readHeader, writeHeader } from "../../../src/io/sequence/header.ts";
import { planSequenceSplits, readSequence } from "../../../src/io/sequence/read-sequence.ts";
import { sequenceFormat } from "../../../src/io/sequence/sequence-format.ts";
import type { WritableNames } from "../../../src/io/sequence/writable-class.ts";
import { writeSequence } from "../../../src/io/sequence/write-sequence.ts";

const RUNS = Number(process.env["GNISTA_TEST_RUNS"] ?? 100);
const fixtures = join(import.meta.dirname, "../fixtures/hadoop");
const folder = mkdtempSync(join(tmpdir(), "gnista-sequence-"));
afterAll(() => rmSync(folder, { recursive: true }));

type Pairs = readonly (readonly [unknown, unknown])[];

function read(path: string, splits = 1, writables: WritableNames = {}): [unknown, unknown][] {
  const files = [{ path, size: statSync(path).size }];
  return planSequenceSplits(files, splits, writables).flatMap((split) => [...readSequence(split)].flat());
}

function file(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const fixture = (name: string): string => join(fixtures, `${name}.seq`);
const values = (name: string, writables?: WritableNames): unknown[] =>
  read(fixture(name), 1, writables).map(([, value]) => value);
const line = (i: number): string => `line ${i} of a file with lines of text ${"abcdefgh".slice(0, i % 9)}`;
const lines = (n: number): [number, string][] => Array.from({ length: n }, (_, i) => [i, line(i)]);

const LONGS = [0n, 1n, -1n, 127n, -113n, 128n, 1n << 40n, 2n ** 63n - 1n, -(2n ** 63n)];
const DOUBLES = [0, -0, 1.5, -1e300, Number.MIN_VALUE, Number.MAX_VALUE, Number.NaN, Infinity, -Infinity];
const TEXTS = ["", "a", "line\nend", "é", "€", "😀", "\0", "x".repeat(300), "tab\t"];

describe("files of Hadoop", () => {
  const compressed = ["DefaultCodec", "GzipCodec", "BZip2Codec", "SnappyCodec", "Lz4Codec"].flatMap(
    (codec) => [[`${codec}.record`, 20] as const, [`${codec}.block`, 200] as const],
  );
  it.each([["none", 200] as const, ["empty", 0] as const, ...compressed])(
    "%s: the same pairs for any number of splits",
    (name, rows) => {
      const { size } = statSync(fixture(name));
      for (const splits of [1, 2, 3, 5, 8, 13, 40, size])
        expect(read(fixture(name), splits)).toEqual(lines(rows));
    },
  );

  it("every standard Writable", () => {
    expect(values("NullWritable")).toEqual(LONGS.map(() => null));
    expect(values("BooleanWritable")).toEqual(LONGS.map((_, i) => i % 2 === 1));
    expect(values("ByteWritable")).toEqual(LONGS.map((x) => Number(BigInt.asIntN(8, x))));
    expect(values("ShortWritable")).toEqual(LONGS.map((x) => Number(BigInt.asIntN(16, x))));
    expect(values("IntWritable")).toEqual(LONGS.map((x) => Number(BigInt.asIntN(32, x))));
    expect(values("VIntWritable")).toEqual(LONGS.map((x) => Number(BigInt.asIntN(32, x))));
    expect(values("LongWritable")).toEqual(LONGS);
    expect(values("VLongWritable")).toEqual(LONGS);
    expect(values("FloatWritable")).toEqual(DOUBLES.map(Math.fround));
    expect(values("DoubleWritable")).toEqual(DOUBLES);
    expect(values("Text")).toEqual(TEXTS);
    expect(values("BytesWritable")).toEqual(TEXTS.map((text) => Buffer.from(text)));
    expect(String((values("MD5Hash")[1] as Buffer).toString("hex"))).toBe("0cc175b9c0f1b6a831c399e269772661");
    expect(values("ArrayPrimitiveWritable")).toEqual([
      Int32Array.of(1, -2),
      BigInt64Array.of(1n, -(2n ** 63n)),
      Float64Array.of(1.5, -0),
      Float32Array.of(2.5),
      Int16Array.of(-7),
      Int8Array.of(1, -1),
      [true, false],
      Uint16Array.of(97, 8364),
      new Int32Array(0),
    ]);
    const map = (i: number): [unknown, unknown][] => [
      ["int", i],
      ["double", i / 2],
      [i, "text"],
      ["null", null],
    ];
    expect(values("MapWritable")).toEqual(
      LONGS.map((_, i) => new Map<unknown, unknown>([...map(i), ["inner", new Map(map(i + 1))]])),
    );
    expect(values("SortedMapWritable")).toEqual(
      LONGS.map((_, i) => new Map<string, unknown>([["a", Int32Array.of(i)], ["b", BigInt(i)]])), // biome-ignore format: short
    );
  });

  it("classes of a program's own, when it says what they are like", () => {
    expect(values("IntArrayWritable", { IntArrayWritable: "ArrayWritable<IntWritable>" })).toEqual(
      LONGS.map((_, i) => Array.from({ length: i }, (_x, k) => k * i)),
    );
    const grids = values("TextGridWritable", { TextGridWritable: "TwoDArrayWritable<Text>" });
    expect(grids[5]).toEqual([["0,0"], ["1,0"]]);
    expect(grids[8]).toEqual([[], []]);
    for (const [name, like] of [
      ["IntArrayWritable", undefined],
      ["IntArrayWritable", "IntArrayWritable"],
      ["IntArrayWritable", "com.acme.Other"],
      ["IntArrayWritable", "ArrayWritable<NullWritable>"],
      ["ObjectWritable", undefined],
    ] as const)
      expect(() => values(name, like === undefined ? {} : { [name]: like })).toThrow(
        expect.objectContaining({ code: "UNSUPPORTED_OPERATION", message: expect.stringContaining(name) }),
      );
    // Nothing tells the bytes of another class apart, but its lengths do not fit.
    expect(() => values("IntArrayWritable", { IntArrayWritable: "Text" })).toThrow(
      expect.objectContaining({ code: "CORRUPT_INPUT" }),
    );
  });

  it("of versions 4 and 5, and none of versions 3 and 7", () => {
    const bytes = readFileSync(fixture("DefaultCodec.block"));
    const { header, end } = readHeader(bytes, "");
    expect(header).toMatchObject({
      compression: "block",
      codec: "deflate",
      metadata: { "made by": "Hadoop" },
    });
    const names = Buffer.byteLength(header.keyClass) + Buffer.byteLength(header.valueClass) + 2;
    const flags = 4 + names + 2;
    const codec = bytes.subarray(flags, flags + 1 + "org.apache.hadoop.io.compress.DefaultCodec".length);
    const head = Buffer.from(bytes.subarray(0, flags));
    const rest = [header.sync, bytes.subarray(end)];
    head[3] = 5;
    expect(read(file("version-5", Buffer.concat([head, codec, ...rest])), 3)).toEqual(lines(200));
    head[3] = 4;
    expect(read(file("version-4", Buffer.concat([head, ...rest])), 3)).toEqual(lines(200));
    for (const version of [3, 7]) {
      const other = Buffer.from(bytes);
      other[3] = version;
      expect(() => read(file("version", other))).toThrow(
        expect.objectContaining({
          code: "UNSUPPORTED_OPERATION",
          message: expect.stringContaining(`${version}`),
        }),
      );
    }
  });

  it("packed by a codec that cannot be read", () => {
    const bytes = readFileSync(fixture("DefaultCodec.block"));
    bytes.write("LzoopCodec", bytes.indexOf("DefaultCodec") + 2, "latin1");
    expect(() => read(file("lzo", bytes))).toThrow(
      expect.objectContaining({
        code: "UNSUPPORTED_OPERATION",
        message: expect.stringContaining("LzoopCodec"),
      }),
    );
  });
});

describe("files written here", () => {
  const keyed = <T>(item: fc.Arbitrary<T>): fc.Arbitrary<[unknown, unknown][]> =>
    fc.array(fc.tuple(fc.string(), item), { minLength: 1, maxLength: 60 });
  const longs = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
  const doubles = fc.double().filter((x) => !Number.isInteger(x));
  const pairs = fc.oneof(
    keyed(fc.integer()),
    keyed(doubles),
    keyed(longs),
    keyed(fc.boolean()),
    keyed(fc.constant(null)),
    keyed(fc.string({ unit: "grapheme", maxLength: 20 })),
    keyed(fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes))),
    keyed(fc.float64Array({ maxLength: 20 })),
    keyed(fc.bigInt64Array({ maxLength: 20 })),
    keyed(fc.array(fc.integer(), { minLength: 1, maxLength: 9 })),
    keyed(fc.array(fc.array(fc.string(), { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 })),
    keyed(
      fc
        .array(
          fc.tuple(
            fc.oneof(fc.string(), fc.integer()),
            fc.oneof(doubles, longs, fc.constant(null), fc.boolean()),
          ),
        )
        .map((entries) => new Map<unknown, unknown>(entries)),
    ),
  );
  const format = fc.constantFrom(
    ["none", "block"],
    ...(["deflate", "gzip", "bzip2", "snappy", "lz4", "zstd"] as const).flatMap((codec) => [
      [codec, "record"],
      [codec, "block"],
    ]),
  ) as fc.Arbitrary<["none" | "gzip", "record" | "block"]>;
  let n = 0;
  const written = (
    rows: Pairs,
    codec: "none" | "gzip",
    options: Parameters<typeof sequenceFormat>[1] = {},
  ): string =>
    file(
      `written-${n++}`,
      Buffer.concat([...writeSequence(rows, sequenceFormat(codec, options, rows[0] ?? null))]),
    );

  it("hold what was written, for every codec and any number of splits", () => {
    fc.assert(
      fc.property(pairs, format, fc.integer({ min: 1, max: 9 }), (rows, [codec, compression], splits) => {
        const path = written(rows, codec, { compression });
        expect(read(path, splits)).toEqual(rows);
        rmSync(path);
      }),
      { numRuns: RUNS },
    );
  });

  it("have marks, so that large ones are read in many parts", () => {
    const rows: [number, string][] = Array.from({ length: 60_000 }, (_, i) => [
      i,
      `${line(i)} ${"é".repeat(i % 50)}`,
    ]);
    for (const codec of ["none", "gzip"] as const) {
      const path = written(rows, codec);
      const files = [{ path, size: statSync(path).size }];
      const parts = planSequenceSplits(files, 8, {}).map((split) => [...readSequence(split)].flat());
      expect(parts.flat()).toEqual(rows);
      expect(parts.filter((part) => part.length > 0).length).toBeGreaterThan(codec === "none" ? 7 : 2);
    }
  });

  it("have the classes that are named", () => {
    const wide = { keyClass: "VLongWritable", valueClass: "org.apache.hadoop.io.DoubleWritable" };
    expect(read(written([[1, 1], [2n, 2.5]], "none", wide))).toEqual([[1n, 1], [2n, 2.5]]); // biome-ignore format: short
    const writables = { "com.acme.Ints": "ArrayWritable<VIntWritable>", "com.acme.Name": "Text" };
    const own = written([["a", [1, -200]]], "none", {
      keyClass: "com.acme.Name",
      valueClass: "com.acme.Ints",
      writables,
    });
    expect(readHeader(readFileSync(own), own).header).toMatchObject({
      keyClass: "com.acme.Name",
      valueClass: "com.acme.Ints",
    });
    expect(read(own, 1, writables)).toEqual([["a", [1, -200]]]);
    expect(() => read(own)).toThrow(expect.objectContaining({ code: "UNSUPPORTED_OPERATION" }));
    const noted = written([["a", 1]], "gzip", { metadata: { who: "we" } });
    expect(readHeader(readFileSync(noted), noted).header.metadata).toEqual({ who: "we" });
    const grid = written([[[true], [[1, 2], [3]]]], "none", {
      keyClass: "ArrayPrimitiveWritable",
      valueClass: "TwoDArrayWritable<ShortWritable>",
    });
    expect(read(grid)).toEqual([[[true], [[1, 2], [3]]]]);
    expect(read(written([[{ a: 1 }, 2]], "none"))).toEqual([[new Map([["a", 1]]), 2]]);
  });

  it("hold no value that does not fit its class", () => {
    for (const [value, valueClass] of [
      [1.5, "IntWritable"],
      [2 ** 31, "VIntWritable"],
      [128, "ByteWritable"],
      [-32769, "ShortWritable"],
      ["a", "IntWritable"],
      [2n ** 63n, "LongWritable"],
      [2 ** 53, "LongWritable"],
      [1n, "DoubleWritable"],
      [1, "Text"],
      ["a", "BytesWritable"],
      [1, "NullWritable"],
      [0, "BooleanWritable"],
      [[1, "a"], "ArrayWritable<IntWritable>"],
      [[[1], 2], "TwoDArrayWritable<IntWritable>"],
      [new Date(0), "MapWritable"],
      [new Map([["a", [1]]]), "MapWritable"],
      [[1, 2], "ArrayPrimitiveWritable"],
      [Buffer.alloc(15), "MD5Hash"],
    ] as const)
      expect(
        () => written([["k", value]], "none", { valueClass }),
        `${String(value)} as ${valueClass}`,
      ).toThrow(
        expect.objectContaining({ code: "INVALID_ARGUMENT", message: expect.stringContaining("valueClass") }),
      );
    for (const value of [[], [null], new Date(0), Symbol("s"), new Uint32Array(1)])
      expect(() => written([["k", value]], "none")).toThrow(
        expect.objectContaining({ code: "INVALID_ARGUMENT", message: expect.stringContaining("valueClass") }),
      );
    expect(() => written([1] as never, "none", { keyClass: "Text", valueClass: "Text" })).toThrow(
      /needs pairs/,
    );
    expect(() => written([["k", 1]], "none", { valueClass: "com.acme.Unknown" })).toThrow(/com.acme.Unknown/);
    expect(() => written([["k", 1]], "gzip", { compression: "all" as "block" })).toThrow(
      /"record" or "block"/,
    );
  });
});

describe("damaged files", () => {
  const names = [
    "none",
    "Text",
    "MapWritable",
    "DefaultCodec.record",
    "GzipCodec.block",
    "SnappyCodec.block",
    "BZip2Codec.record",
  ];

  /** Either all rows that were there before the damage, or an error with file and offset. */
  const outcome = (path: string, splits: number): [unknown, unknown][] | null => {
    try {
      return read(path, splits);
    } catch (error) {
      if (!GnistaError.is(error)) throw error;
      expect(["CORRUPT_INPUT", "UNSUPPORTED_OPERATION"]).toContain(error.code);
      expect(error.place.file).toBe(path);
      if (error.code === "CORRUPT_INPUT") expect(error.place.offset).toBeGreaterThanOrEqual(0);
      return null;
    }
  };

  it.each(names)("%s, cut off at every byte: the rows before the cut, if it lies between two", (name) => {
    const bytes = readFileSync(fixture(name));
    const rows = read(fixture(name));
    const { end } = readHeader(bytes, "");
    const ends = new Set<number>();
    for (let cut = 0; cut < bytes.length; cut += cut < 600 || name !== "none" ? 1 : 11) {
      const path = file("cut", bytes.subarray(0, cut));
      const found = outcome(path, 1);
      if (cut < end) expect(found, `cut at ${cut}`).toBe(null);
      if (found === null) continue;
      expect(found).toEqual(rows.slice(0, found.length));
      ends.add(found.length);
      if (cut % 7 === 0) expect(outcome(path, 3)).toEqual(found);
    }
    // A record more at each place where nothing is missing.
    expect(ends.size).toBeLessThanOrEqual(rows.length);
  });

  it.each(names)(
    "%s, with bytes changed: right rows, an error, or in bytes without checksum other values",
    (name) => {
      const bytes = readFileSync(fixture(name));
      const rows = read(fixture(name));
      fc.assert(
        fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
          const damaged = Buffer.from(bytes);
          damaged[at] ^= change;
          const path = file("changed", damaged);
          for (const splits of [1, 4]) {
            const found = outcome(path, splits);
            if (found !== null && at >= readHeader(bytes, "").end) expect(found.length).toBe(rows.length);
          }
        }),
        { numRuns: RUNS * 2 },
      );
    },
  );

  it("what is no SequenceFile", () => {
    expect(() => read(file("text", Buffer.from("some lines\nof text\n")))).toThrow(
      /not a SequenceFile \(byte 0\)/,
    );
    expect(() => read(file("nothing", Buffer.alloc(0)))).toThrow(
      expect.objectContaining({ code: "CORRUPT_INPUT" }),
    );
    const header = writeHeader({
      keyClass: "Text",
      valueClass: "Text",
      compression: "none",
      codec: "none",
      metadata: {},
      sync: Buffer.alloc(16),
    });
    expect(read(file("head", header))).toEqual([]);
  });
});
