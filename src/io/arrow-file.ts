/**
 * Arrow files cut by record batches: the driver looks at where the batches lie, tasks read theirs. A split has the dictionaries that its
 * batches need, so that each stands alone.
 */
import { closeSync, readSync } from "node:fs";
import { type ArrowIndex, type ByteRange, type IndexedBlock, indexArrow } from "../arrow/arrow-index.ts";
import { type BatchArenas, readBatches } from "../arrow/read-batches.ts";
import type { Column } from "../column/column.ts";
import type { Compute } from "../kernels/compute.ts";
import type { FileEntry } from "./list-files.ts";
import { openInput } from "./open-input.ts";

export interface ArrowSplit {
  readonly path: string;
  readonly size: number;
  readonly index: ArrowIndex;
}

/** No partition has more bytes than this, unless a batch has. */
const MOST = 128 << 20;

export function planArrowSplits(files: readonly FileEntry[], minPartitions: number): ArrowSplit[] {
  const total = files.reduce((sum, file) => sum + file.size, 0);
  const goal = Math.max(1, Math.min(MOST, Math.ceil(total / Math.max(1, minPartitions))));
  return files.flatMap(({ path, size }) => {
    const { schema, blocks } = withFile(path, size, indexArrow);
    return [...cut(blocks, goal)].map((part) => ({ path, size, index: { schema, blocks: part } }));
  });
}

/** Runs of batches of about `goal` bytes, each with the dictionaries that are in force at its start. */
function* cut(blocks: readonly IndexedBlock[], goal: number): Generator<IndexedBlock[]> {
  let inForce: IndexedBlock[] = [];
  let part: IndexedBlock[] = [];
  let bytes = 0;
  for (const block of blocks) {
    if (block.kind === "dictionary") {
      if (!block.delta) inForce = inForce.filter((other) => !("id" in other && other.id === block.id));
      inForce.push(block);
      if (bytes > 0) part.push(block);
      continue;
    }
    if (bytes > 0 && bytes + block.bodyLength > goal) {
      yield part;
      bytes = 0;
    }
    if (bytes === 0) part = [...inForce];
    part.push(block);
    bytes += block.metadataLength + block.bodyLength;
  }
  if (bytes > 0) yield part;
}

export function* readArrowSplit(
  compute: Compute,
  { path, size, index }: ArrowSplit,
  arenas: BatchArenas,
): Generator<Column> {
  const file = openInput(path);
  try {
    yield* readBatches(compute, fileRange(path, size, file), index, arenas);
  } finally {
    closeSync(file);
  }
}

function withFile<T>(path: string, size: number, use: (source: ByteRange) => T): T {
  const file = openInput(path);
  try {
    return use(fileRange(path, size, file));
  } finally {
    closeSync(file);
  }
}

function fileRange(path: string, size: number, file: number): ByteRange {
  return {
    name: path,
    size,
    read(at, length) {
      const bytes = Buffer.allocUnsafeSlow(Math.max(0, Math.min(length, size - at)));
      let filled = 0;
      while (filled < bytes.length) {
        const got = readSync(file, bytes, filled, Math.min(bytes.length - filled, 1 << 30), at + filled);
        if (got === 0) break;
        filled += got;
      }
      return bytes.subarray(0, filled);
    },
  };
}
