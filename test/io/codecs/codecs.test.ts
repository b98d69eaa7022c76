import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CODECS, type Codec, codecOf, codecOfClass } from "../../../src/io/codecs/codec.ts";
import { packStream, packWhole } from "../../../src/io/codecs/pack.ts";
import { unpackStream, unpackWhole } from "../../../src/io/codecs/unpack.ts";

const RUNS = Number(process.env["GNISTA_TEST_RUNS"] ?? 100);
const fixtures = join(import.meta.dirname, "../fixtures/hadoop");
const fixture = (name: string): Buffer => readFileSync(join(fixtures, name));
const text = gunzipSync(fixture("text.gz"));
const codecs = Object.keys(CODECS) as (keyof typeof CODECS)[];

/** Unpacked from pieces of `step` bytes into targets of `room` bytes. */
function unpacked(codec: Exclude<Codec, "none">, bytes: Uint8Array, step: number, room: number): Buffer {
  let at = 0;
  const source = unpackStream(codec, () => bytes.subarray(at, (at += step)));
  const pieces: Uint8Array[] = [];
  try {
    for (;;) {
      const target = new Uint8Array(room);
      const length = source.read(target);
      pieces.push(target.subarray(0, length));
      if (length < room) return Buffer.concat(pieces);
    }
  } finally {
    source.close();
  }
}

describe.each(["deflate", "gzip", "bzip2", "snappy", "lz4"] as const)("%s as Hadoop writes it", (codec) => {
  const packed = fixture(`text${CODECS[codec].extension}`);

  it("is unpacked, whole and in pieces of any size", () => {
    expect(text.equals(unpackWhole(codec, packed))).toBe(true);
    for (const [step, room] of [
      [1, 1000],
      [7, 13],
      [1000, text.length],
      [100_000, text.length + 1],
    ])
      expect(text.equals(unpacked(codec, packed, step, room)), `${step} into ${room}`).toBe(true);
  });

  it("may be several streams, one after the other", () => {
    expect(unpacked(codec, Buffer.concat([packed, packed]), 777, 999).length).toBe(2 * text.length);
  });

  it("is an error when it is cut off or followed by something else", () => {
    for (const cut of [1, 3, 4, 10, packed.length >> 1, packed.length - 1]) {
      expect(() => unpackWhole(codec, packed.subarray(0, cut)), `whole at ${cut}`).toThrow();
      expect(() => unpacked(codec, packed.subarray(0, cut), 1000, 1000), `in pieces at ${cut}`).toThrow();
    }
    for (const more of [Buffer.from("more"), Buffer.from([0, 0, 0, 9])]) {
      const followed = Buffer.concat([packed, more]);
      expect(() => unpackWhole(codec, followed)).toThrow();
      if (codec !== "gzip" || more[0] !== 0) expect(() => unpacked(codec, followed, 1000, 1000)).toThrow();
    }
  });
});

describe.each(codecs)("%s", (codec) => {
  it("gives back what was packed, as one piece and as a stream", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc
        .array(fc.constantFrom("to be", "or not", " ", "a".repeat(300), "\u20ac"), { maxLength: 200 })
        .map((parts) => Buffer.from(parts.join(""))),
    );
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 4 }), fc.integer({ min: 1, max: 500 }), (blocks, step) => {
        const all = Buffer.concat(blocks);
        expect(all.equals(unpackWhole(codec, packWhole(codec, all)))).toBe(true);
        const stream = Buffer.concat([...packStream(codec, blocks)]);
        for (const room of [step, Math.max(1, all.length), all.length + 1])
          expect(all.equals(unpacked(codec, stream, step, room))).toBe(true);
      }),
      { numRuns: RUNS },
    );
  });

  it("gives back what is longer than its blocks", () => {
    const long = Buffer.concat(Array.from({ length: 8 }, () => text));
    const stream = Buffer.concat([...packStream(codec, [long.subarray(0, 300_000), long.subarray(300_000)])]);
    expect(stream.length).toBeLessThan(long.length / 4);
    expect(long.equals(unpacked(codec, stream, 1 << 16, 1 << 17))).toBe(true);
  });

  it("never gives back anything else than what was packed, or an error", () => {
    const checked = codec !== "snappy" && codec !== "lz4";
    const packed = packWhole(codec, text.subarray(0, 5000));
    const room = 10_000;
    fc.assert(
      fc.property(fc.nat(packed.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = Buffer.from(packed);
        damaged[at] ^= change;
        let bytes: Buffer;
        try {
          bytes = unpacked(codec, damaged, 1000, room);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
          return;
        }
        // The two have no checksums, but say how long they are.
        if (checked) expect(bytes.equals(text.subarray(0, 5000))).toBe(true);
      }),
      { numRuns: RUNS * 5 },
    );
  });
});

describe("the checksums of bzip2", () => {
  it("tell of every bit that is changed", () => {
    const packed = fixture("text.bz2");
    fc.assert(
      fc.property(fc.nat(packed.length - 1), fc.nat(7), (at, bit) => {
        const damaged = Buffer.from(packed);
        damaged[at] ^= 1 << bit;
        let bytes: Uint8Array;
        try {
          bytes = unpackWhole("bzip2", damaged);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
          return;
        }
        expect(text.equals(bytes)).toBe(true);
      }),
      { numRuns: RUNS },
    );
  });
});

describe("the names of codecs", () => {
  it("are those of files and of Hadoop's classes", () => {
    expect(codecOf("dir/a.bz2")).toBe("bzip2");
    expect(codecOf("dir.gz/a.txt")).toBe("none");
    expect(codecOfClass("org.apache.hadoop.io.compress.Lz4Codec")).toBe("lz4");
    expect(codecOfClass("com.hadoop.compression.lzo.LzoCodec")).toBe(null);
  });

  it("gzip's padding with zeros is no data, but nothing may follow it", () => {
    const packed = fixture("text.gz");
    const padded = Buffer.concat([packed, Buffer.alloc(3000)]);
    expect(unpacked("gzip", padded, 1000, 10_000).length).toBe(text.length);
    expect(() => unpacked("gzip", Buffer.concat([padded, packed]), 1000, 10_000)).toThrow(/follows/);
  });
});
