import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { isRows } from "../../src/column/chunk.ts";
import { readColumn } from "../../src/column/reader.ts";
import { codecOf } from "../../src/io/codecs/codec.ts";
import { readLines } from "../../src/io/read-text.ts";
import { planTextSplits, type TextSplit } from "../../src/io/text-splits.ts";
import { createCompute } from "../../src/kernels/create-compute.ts";
import { SharedHeap } from "../../src/memory/shared-heap.ts";

const RUNS = Number(process.env["GNISTA_TEST_RUNS"] ?? 100);
const heap = SharedHeap.create({ limit: 256 << 20 });
const computes = [createCompute(heap, "js"), createCompute(heap, "wasm")];
const folder = mkdtempSync(join(tmpdir(), "gnista-text-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

function linesOf(split: TextSplit, backend: number): unknown[] {
  const arena = heap.arena();
  const lines: unknown[] = [];
  try {
    for (const chunk of readLines(computes[backend], split, () => {
      arena.release();
      return arena;
    })) {
      for (const line of isRows(chunk) ? chunk : readColumn(heap, chunk)) lines.push(line);
      // Whoever takes a chunk may give its memory back, and another thread may have it before the next is asked for.
      for (const region of arena.detach()) {
        arena.segment.u8.fill(0x41, region.ptr, region.ptr + region.bytes);
        heap.free(region);
      }
    }
  } finally {
    arena.release();
  }
  return lines;
}

/** What the file says, line by line. */
function model(bytes: Uint8Array): string[] {
  const text = Buffer.from(
    bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes,
  );
  const lines: string[] = [];
  let from = 0;
  for (let i = 0; i < text.length; i++)
    if (text[i] === 10 || text[i] === 13) {
      lines.push(text.toString("utf8", from, i));
      if (text[i] === 13 && text[i + 1] === 10) i++;
      from = i + 1;
    }
  if (from < text.length) lines.push(text.toString("utf8", from));
  return lines;
}

const content = fc
  .array(fc.constantFrom("a", "line", "é€😀", "\n", "\r\n", "\r", " ", "x".repeat(20)), { maxLength: 60 })
  .map((parts) => Buffer.from(parts.join("")));

describe("lines of text files", () => {
  it("are the same however the file is split", () => {
    let n = 0;
    fc.assert(
      fc.property(content, fc.integer({ min: 1, max: 12 }), (bytes, slices) => {
        const path = file(`split-${n++}.txt`, bytes);
        const splits = planTextSplits([{ path, size: bytes.length }], slices);
        for (const backend of [0, 1])
          expect(splits.flatMap((split) => linesOf(split, backend))).toEqual(model(bytes));
      }),
      { numRuns: RUNS },
    );
  });

  it("belong to the split they start in, at every byte", () => {
    const bytes = Buffer.from("first\r\nsecond\n\nthird é\rfourth\r\n");
    const path = file("every.txt", bytes);
    for (let cut = 1; cut < bytes.length; cut++) {
      const splits: TextSplit[] = [
        { path, start: 0, end: cut, codec: "none" },
        { path, start: cut, end: bytes.length, codec: "none" },
      ];
      expect(
        splits.flatMap((split) => linesOf(split, 1)),
        `cut at ${cut}`,
      ).toEqual(model(bytes));
    }
  });

  it("cross blocks: long lines, and a CRLF at a block's border", () => {
    for (const length of [65534, 65535, 65536, 65537, 400_000, 5 << 20]) {
      const bytes = Buffer.from(`${"a".repeat(length)}\r\n${"b".repeat(length)}\r${"é".repeat(10)}\n\nend`);
      const path = file("long.txt", bytes);
      const whole: TextSplit = { path, start: 0, end: bytes.length, codec: "none" };
      for (const backend of [0, 1]) expect(linesOf(whole, backend)).toEqual(model(bytes));
      const halves = [
        { ...whole, end: 70_000 },
        { ...whole, start: 70_000 },
      ];
      expect(halves.flatMap((split) => linesOf(split, 1))).toEqual(model(bytes));
    }
  });

  it("replace invalid UTF-8, also where lines would join to a character", () => {
    const bytes = Buffer.from([
      0x61, 0xe2, 0x82, 10, 0xac, 0x62, 10, 0xff, 10, 0xed, 0xa0, 0x80, 10, 0xc3, 0xa9,
    ]);
    const path = file("invalid.txt", bytes);
    for (const backend of [0, 1])
      expect(linesOf({ path, start: 0, end: bytes.length, codec: "none" }, backend)).toEqual(model(bytes));
    expect(model(bytes)[0]).toBe("a\ufffd");
  });

  it("drop a byte order mark", () => {
    const bytes = Buffer.from("\ufeffone\ntwo");
    expect(linesOf({ path: file("bom.txt", bytes), start: 0, end: bytes.length, codec: "none" }, 1)).toEqual([
      "one",
      "two",
    ]);
  });

  it("come out of gzip and zstd files", () => {
    const text = Buffer.from(Array.from({ length: 200_000 }, (_, i) => `line ${i} é`).join("\n"));
    for (const [name, bytes] of [
      ["text.gz", gzipSync(text)],
      ["text.zst", zstdCompressSync(text)],
      ["two.gz", Buffer.concat([gzipSync(text.subarray(0, 1000)), gzipSync(text.subarray(1000))])],
    ] as const) {
      const path = file(name, bytes);
      const split: TextSplit = { path, start: 0, end: bytes.length, codec: codecOf(path) };
      expect(linesOf(split, 1)).toEqual(model(text));
    }
  });

  it("of a truncated or corrupt archive are an error with file and offset", () => {
    const bytes = gzipSync(
      Buffer.from(Array.from({ length: 300_000 }, () => String(Math.random())).join("\n")),
    );
    const broken = Buffer.from(bytes);
    broken.fill(0xff, bytes.length >> 1);
    for (const [name, content] of [
      ["cut.gz", bytes.subarray(0, bytes.length - 1000)],
      ["broken.gz", broken],
      ["cut.zst", zstdCompressSync(bytes).subarray(0, 5000)],
    ] as const) {
      const path = file(name, content);
      const read = (): unknown => linesOf({ path, start: 0, end: content.length, codec: codecOf(path) }, 1);
      expect(read, name).toThrow(expect.objectContaining({ code: "CORRUPT_INPUT" }));
      expect(read).toThrow(path);
    }
    expect(heap.used).toBe(0);
  });
});
