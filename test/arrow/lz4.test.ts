/** Frames that the lz4 command wrote, and those of a small compressor. */
import * as flechette from "@uwdata/flechette";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inflateLz4 } from "../../src/arrow/lz4.ts";
import { RUNS, readRows, writeRows } from "./support.ts";

const text = Buffer.from(`${"to be or not to be, that is the question; ".repeat(40)}${"x".repeat(300)}abc`);
const long = Buffer.concat([
  Buffer.from(Array.from({ length: 100 }, (_, i) => [i % 7, (i * i) % 251]).flat()),
  Buffer.alloc(70_000),
  Buffer.from("end"),
]);
const FRAMES: readonly [string, Buffer, string][] = [
  [
    "of one block",
    text,
    "BCJNGGRApz8AAADRdG8gYmUgb3Igbm90IA0A/wksIHRoYXQgaXMgdGhlIHF1ZXN0aW9uOyAqAP///////1kfeAEA/xdQeHhhYmMAAAAAiMujpQ==",
  ],
  [
    "with its size and checksums",
    text,
    "BCJNGHRAvT8AAADRdG8gYmUgb3Igbm90IA0A/wksIHRoYXQgaXMgdGhlIHF1ZXN0aW9uOyAqAP///////1kfeAEA/xdQeHhhYmPpNSGvAAAAAIjLo6U=",
  ],
  [
    "of two blocks, the second with copies of the first",
    long,
    "BCJNGERAXtQBAAD/ugAAAQECBAMJBBAFGQYkADEBQAJRA2QEeQWQBqkAxAHhAgUDJgRJBW4GlQC+AekCGwNKBHsFrgbjAB8BWAKTA9AEFAVVBpgA3QEpAnIDvQQPBV4GrwAHAVwCswMRBGwFyQYtAI4B8QJbA8IEMAWbBg0AfAHtAmUD2gRWBc8GTwDMAVAC0QNZBN4FagbzAIMBFQKkAzoEzQVnBgMAnAE8AtkDfQQjBcYGcAAcAcUCdQMnBNYFjAZEAPkBtQJzAzME8AW0BnoAQgEMAAEA/////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////////x9QAAAAAAAcAAAADwQA////////////////////////NVAAAGVuZAAAAADMSx7d",
  ],
  ["of a block that is not compressed", Buffer.from("abc"), "BCJNGGRApwMAAIBhYmMAAAAA/1PRMg=="],
  ["of nothing", Buffer.alloc(0), "BCJNGGRApwAAAAAFXcwC"],
];

/** A frame of one block: copies of four bytes or more that occurred before. */
function compress(bytes: Uint8Array): Uint8Array {
  const block: number[] = [];
  const known = new Map<string, number>();
  const length = (n: number): void => {
    let rest = n - 15;
    for (; rest >= 255; rest -= 255) block.push(255);
    block.push(rest);
  };
  const sequence = (from: number, to: number, offset: number, size: number): void => {
    const [literals, extra] = [to - from, Math.max(0, size - 4)];
    block.push((Math.min(15, literals) << 4) | Math.min(15, extra));
    if (literals >= 15) length(literals);
    block.push(...bytes.subarray(from, to));
    if (size === 0) return;
    block.push(offset & 255, offset >> 8);
    if (extra >= 15) length(extra);
  };
  let from = 0;
  for (let at = 0; at + 3 < bytes.length; at++) {
    const key = bytes.subarray(at, at + 4).join();
    const before = known.get(key);
    known.set(key, at);
    if (before === undefined || at - before > 65535) continue;
    let size = 4;
    while (at + size < bytes.length && bytes[before + size] === bytes[at + size]) size++;
    sequence(from, at, at - before, size);
    from = at + size;
    at = from - 1;
  }
  sequence(from, bytes.length, 0, 0);
  const head = [0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82];
  const size = new Uint8Array(Uint32Array.of(block.length).buffer);
  return Uint8Array.from([...head, ...size, ...block, 0, 0, 0, 0]);
}

describe("LZ4 frames", () => {
  test.each(FRAMES)("%s are inflated", (_, bytes, frame) => {
    expect(Buffer.from(inflateLz4(Buffer.from(frame, "base64"), bytes.length)).equals(bytes)).toBe(true);
    expect(() => inflateLz4(Buffer.from(frame, "base64"), bytes.length + 1)).toThrow(RangeError);
  });

  test("of any bytes are inflated", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 600 }),
      fc.array(fc.constantFrom(1, 2), { maxLength: 600 }).map((items) => Uint8Array.from(items)),
    );
    fc.assert(
      fc.property(bytes, (given) => {
        expect(inflateLz4(compress(given), given.length)).toEqual(given);
      }),
      { numRuns: RUNS },
    );
  });

  test("that are damaged are a RangeError or something else of the same length", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...FRAMES),
        fc.nat(),
        fc.nat({ max: 255 }),
        fc.boolean(),
        ([, bytes, base64], at, value, cut) => {
          const frame = Buffer.from(base64, "base64");
          const damaged = cut ? frame.subarray(0, at % frame.length) : Buffer.from(frame);
          if (!cut) damaged[at % frame.length] = value;
          try {
            expect(inflateLz4(damaged, bytes.length).length).toBe(bytes.length);
          } catch (error) {
            expect(error).toBeInstanceOf(RangeError);
          }
        },
      ),
      { numRuns: RUNS * 10 },
    );
  });

  test("in Arrow data are read, and damage in them is corrupt", () => {
    flechette.setCompressionCodec(flechette.CompressionType.LZ4_FRAME, {
      encode: compress,
      decode: (data) => data,
    });
    const rows = Array.from({ length: 300 }, (_, i) => ({
      n: i % 7 === 0 ? null : i,
      word: `word ${i % 5}`,
    }));
    const table = flechette.tableFromIPC(writeRows([rows]));
    const bytes = flechette.tableToIPC(table, { codec: flechette.CompressionType.LZ4_FRAME })!;
    expect(readRows(bytes)).toEqual([rows]);
    const magic = bytes.findIndex(
      (_, i) => bytes[i] === 0x04 && bytes[i + 1] === 0x22 && bytes[i + 2] === 0x4d,
    );
    expect(() => readRows(bytes.with(magic, 0))).toThrow(expect.objectContaining({ code: "CORRUPT_INPUT" }));
  });
});
