/**
 * `npm run build:wasm && node bench/kernels/compressors.ts`: what compresses columns best, on one thread: GB/s in and out, and how many times smaller.
 * Ours, beside LZ4 without byte planes, zstd of two levels as Node has it, and a plain copy. `--rows N`, `--samples N`, `--only NAME` (a part).
 */
import { parseArgs } from "node:util";
import zlib from "node:zlib";
import { Compressor } from "../../src/kernels/compress.ts";
import { createCompute } from "../../src/kernels/create-compute.ts";
import { SharedHeap } from "../../src/memory/shared-heap.ts";
import { packAll, piecesOf, RAW_COLUMNS } from "./compress.ts";

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "1000000" },
    samples: { type: "string", default: "9" },
    only: { type: "string", default: "" },
  },
});

interface Method {
  pack(pieces: readonly Uint8Array[], width: number): readonly unknown[];
  unpack(packed: readonly never[], width: number, pieces: readonly Uint8Array[]): void;
  size(packed: readonly never[]): number;
}

const heap = SharedHeap.create({ limit: 2 ** 30 });
const scratch = heap.arena();
const compressor = new Compressor(createCompute(heap, "wasm"), scratch);

const gnista = (planes: boolean): Method => ({
  pack: (pieces, width) => packAll(compressor, pieces, planes ? width : 1),
  unpack: (packed, width, pieces) =>
    packed.forEach((part, i) => {
      if (!compressor.decompress(part, width, pieces[i])) throw new Error("a piece does not come back");
    }),
  size: (packed: readonly { bytes: Uint8Array }[]) =>
    packed.reduce((sum, { bytes }) => sum + bytes.length, 0),
});

const zstd = (level: number): Method => ({
  pack: (pieces) =>
    pieces.map((piece) =>
      zlib.zstdCompressSync(piece, { params: { [zlib.constants.ZSTD_c_compressionLevel]: level } }),
    ),
  unpack: (packed, _, pieces) =>
    packed.forEach((part, i) => {
      pieces[i].set(zlib.zstdDecompressSync(part));
    }),
  size: (packed: readonly Uint8Array[]) => packed.reduce((sum, { length }) => sum + length, 0),
});

const METHODS: Readonly<Record<string, Method>> = {
  ours: gnista(true),
  "lz4 only": gnista(false),
  "zstd 1": zstd(1),
  "zstd -3": zstd(-3),
};

const median = (times: readonly number[]): number =>
  times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)];
const timeOf = (run: () => void): number => {
  const start = performance.now();
  run();
  return performance.now() - start;
};

const table: Record<string, Record<string, string>> = {};
for (const [name, make] of Object.entries(RAW_COLUMNS)) {
  if (!name.includes(values.only)) continue;
  const arena = heap.arena(scratch.segment.id);
  const column = make(Number(values.rows));
  const pieces = piecesOf(column, arena);
  const copy = arena.allocate(column.bytes.length);
  const from = pieces[0].byteOffset;
  const row: Record<string, string> = (table[name] = {});
  const rate = (times: readonly number[]): string => (column.bytes.length / 1e6 / median(times)).toFixed(2);
  const runs = Object.entries(METHODS).map(([method, m]) => {
    const packed = m.pack(pieces, column.width) as never[];
    return { method, m, packed, into: [] as number[], outOf: [] as number[] };
  });
  const copies: number[] = [];
  const sums: number[] = [];
  // Method after method in every round, so that a slow moment of the machine is no method's own.
  for (let sample = 0; sample < Number(values.samples); sample++) {
    for (const { m, packed, into, outOf } of runs) {
      into.push(timeOf(() => m.pack(pieces, column.width)));
      outOf.push(timeOf(() => m.unpack(packed, column.width, pieces)));
    }
    copies.push(timeOf(() => arena.segment.u8.copyWithin(copy, from, from + column.bytes.length)));
    sums.push(timeOf(() => pieces.forEach((piece) => zlib.crc32(piece))));
  }
  for (const { method, m, packed, into, outOf } of runs)
    row[method] = `${rate(into)} ${rate(outOf)} ${(column.bytes.length / m.size(packed)).toFixed(2)} x`;
  row["crc32"] = rate(sums);
  row["copy"] = rate(copies);
  arena.release();
}
console.table(table);
