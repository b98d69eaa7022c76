/**
 * How fast columns go to disk and come back, compressed and with checksums, beside the same bytes written and read as they are: one thread, the same
 * directory, in turn. Nothing is synced on either side, as temporary files need not be.
 */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Column } from "../../src/column/column.ts";
import { columnFromTypedArray } from "../../src/column/typed-array.ts";
import { createCompute } from "../../src/kernels/create-compute.ts";
import { SharedHeap } from "../../src/memory/shared-heap.ts";
import { DiskFiles } from "../../src/storage/disk-files.ts";
import { FrameReader, FrameWriter } from "../../src/storage/frame.ts";
import { randomF64, randomKeys, randomU64 } from "../data.ts";
import { summarize } from "../statistics.ts";

/** Rows of a frame, about as many as a spilling task writes at a time. */
const FRAME_ROWS = 131_072;
const PIECE = 1 << 20;

export interface Spilling {
  readonly name: string;
  readonly bytes: number;
  readonly onDisk: number;
  /** Bytes of columns a millisecond. */
  readonly write: number;
  readonly read: number;
  /** The same of plain files. */
  readonly plainWrite: number;
  readonly plainRead: number;
}

const COLUMNS: Readonly<Record<string, (rows: number) => Float64Array | Uint32Array | BigUint64Array>> = {
  "u64, random bits": (rows) => randomU64(rows, 41),
  "f64 in [0, 1)": (rows) => randomF64(rows, 42),
  "f64, integers < 1000": (rows) => Float64Array.from(randomKeys(rows, 1000, 43)),
  "u32, keys < 1M": (rows) => randomKeys(rows, 1_000_000, 44),
};

export function* spilling(rows: number, samples: number): Generator<Spilling> {
  const directory = mkdtempSync(join(tmpdir(), "gnista-bench-"));
  try {
    for (const [name, make] of Object.entries(COLUMNS)) yield one(name, make(rows), directory, samples);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function one(
  name: string,
  values: Float64Array | Uint32Array | BigUint64Array,
  directory: string,
  samples: number,
): Spilling {
  const heap = SharedHeap.create({ limit: 2 * values.byteLength + (64 << 20) });
  const compute = createCompute(heap, "wasm");
  const files = new DiskFiles(directory, 0);
  const arena = heap.arena();
  const columns: Column[] = [];
  for (let at = 0; at < values.length; at += FRAME_ROWS)
    columns.push(columnFromTypedArray(values.subarray(at, at + FRAME_ROWS), arena));
  const path = join(directory, "plain");
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const target = new Uint8Array(bytes.length);
  const times = {
    write: [] as number[],
    read: [] as number[],
    plainWrite: [] as number[],
    plainRead: [] as number[],
  };
  let onDisk = 0;
  for (let i = 0; i <= samples; i++) {
    const file = files.create();
    const writer = new FrameWriter(compute, file);
    const write = timed(() => columns.map((column) => writer.write(column)));
    file.close();
    onDisk = file.bytes;
    const read = timed(() => {
      const out = heap.arena(arena.segment.id);
      const reader = new FrameReader(compute, files, file.name, () => out);
      for (const ref of write.result) reader.read(ref, out);
      out.release();
    });
    files.remove(file.name);
    const plainWrite = timed(() => writePlain(path, bytes));
    const plainRead = timed(() => readPlain(path, target));
    rmSync(path);
    // The first warms up.
    if (i === 0) continue;
    times.write.push(write.ms);
    times.read.push(read.ms);
    times.plainWrite.push(plainWrite.ms);
    times.plainRead.push(plainRead.ms);
  }
  arena.release();
  const speed = (ms: readonly number[]): number => values.byteLength / summarize(ms).median;
  return {
    name,
    bytes: values.byteLength,
    onDisk,
    write: speed(times.write),
    read: speed(times.read),
    plainWrite: speed(times.plainWrite),
    plainRead: speed(times.plainRead),
  };
}

function writePlain(path: string, bytes: Uint8Array): void {
  const file = openSync(path, "w");
  for (let at = 0; at < bytes.length; at += PIECE)
    writeSync(file, bytes, at, Math.min(PIECE, bytes.length - at));
  closeSync(file);
}

function readPlain(path: string, target: Uint8Array): void {
  const file = openSync(path, "r");
  for (let at = 0; at < target.length; at += PIECE)
    readSync(file, target, at, Math.min(PIECE, target.length - at), at);
  closeSync(file);
}

function timed<T>(work: () => T): { readonly result: T; readonly ms: number } {
  const start = performance.now();
  const result = work();
  return { result, ms: performance.now() - start };
}
