import zlib from "node:zlib";
import * as flechette from "@uwdata/flechette";
import { BinaryView, Null, Table, tableFromIPC, tableToIPC, Utf8View, vectorFromArray } from "apache-arrow";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SharedHeap } from "../../src/memory/shared-heap.ts";
import { RUNS, readRows, tables, writeRows } from "./support.ts";

test("tables that flechette wrote are read as they are", () => {
  const heap = SharedHeap.create({ limit: 16 << 20 });
  fc.assert(
    fc.property(tables, ({ bytes, rows }) => {
      expect(readRows(bytes, heap).flat()).toEqual(rows);
      expect(heap.used).toBe(0);
    }),
    { numRuns: RUNS * 3 },
  );
});

test("bytes may begin anywhere", () => {
  fc.assert(
    fc.property(tables, fc.integer({ min: 1, max: 7 }), ({ bytes, rows }, shift) => {
      const moved = new Uint8Array(bytes.length + shift);
      moved.set(bytes, shift);
      expect(readRows(moved.subarray(shift)).flat()).toEqual(rows);
    }),
    { numRuns: RUNS },
  );
});

test("tables that apache-arrow wrote are read as they are, whole and in part", () => {
  fc.assert(
    fc.property(
      tables,
      fc.constantFrom<"stream" | "file">("stream", "file"),
      fc.nat(),
      fc.nat(),
      ({ bytes, rows, names }, format, a, b) => {
        // It can neither write empty lists of lists, nor read two columns that share a dictionary.
        fc.pre(rows.length > 0 && names.filter((name) => /words|codes|few/.test(name)).length < 2);
        const table = tableFromIPC(bytes);
        expect(readRows(tableToIPC(table, format)).flat()).toEqual(rows);
        const from = a % rows.length;
        const to = from + 1 + (b % (rows.length - from));
        expect(readRows(tableToIPC(table.slice(from, to), format)).flat()).toEqual(rows.slice(from, to));
      },
    ),
    { numRuns: RUNS },
  );
});

/** As Node has zstd from 22.15 on. */
describe.skipIf(zlib.zstdCompressSync === undefined)("compressed buffers", () => {
  const rows = Array.from({ length: 300 }, (_, i) => ({ n: i % 7 === 0 ? null : i, word: `word ${i % 5}` }));
  const table = flechette.tableFromIPC(writeRows([rows, rows.slice(0, 9)]));
  flechette.setCompressionCodec(flechette.CompressionType.ZSTD, {
    encode: (data) => zlib.zstdCompressSync(data),
    decode: (data) => zlib.zstdDecompressSync(data),
  });
  const bytes = flechette.tableToIPC(table, { codec: flechette.CompressionType.ZSTD })!;

  test("by zstd are inflated", () => {
    expect(readRows(bytes)).toEqual([rows, rows.slice(0, 9)]);
  });

  test("that are damaged are corrupt", () => {
    const at = bytes.findIndex((_, i) => bytes[i] === 0x28 && bytes[i + 1] === 0xb5 && bytes[i + 2] === 0x2f);
    expect(at).toBeGreaterThan(0);
    for (const i of [at, at + 4, at + 9])
      expect(() => {
        const read = readRows(bytes.with(i, bytes[i] ^ 0xff));
        // Damage that zstd does not see can only be in values.
        if (read.length === 2) throw Object.assign(new Error("read"), { code: "CORRUPT_INPUT" });
      }).toThrow(expect.objectContaining({ code: "CORRUPT_INPUT" }));
  });
});

test("views of strings and bytes are read from their buffers", () => {
  const rows = ["twelve bytes", "more than twelve bytes, é", null, "", "also more than twelve bytes"];
  const strings = new Table({ v: vectorFromArray(rows, new Utf8View()) });
  expect(readRows(tableToIPC(strings)).flat()).toEqual(rows.map((v) => ({ v })));
  const bytes = rows.map((text) => (text === null ? null : new TextEncoder().encode(text)));
  const views = new Table({ v: vectorFromArray(bytes, new BinaryView()) });
  expect(readRows(tableToIPC(views)).flat()).toEqual(bytes.map((v) => ({ v })));
});

test("columns of nothing but nulls, keep their rows", () => {
  const table = new Table({ n: vectorFromArray([null, null, null], new Null()) });
  expect(readRows(tableToIPC(table)).flat()).toEqual([{ n: null }, { n: null }, { n: null }]);
});
