/** Fixed-length binary records, split on record boundaries as Spark's binaryRecords; compressed files are read whole. */
import { Buffer } from "node:buffer";
import { GnistaError } from "../errors.ts";
import { openBytes } from "./byte-source.ts";
import { codecOf } from "./codecs/codec.ts";
import type { FileEntry } from "./list-files.ts";

export interface RecordSplit {
  readonly path: string;
  readonly start: number;
  /** Exclusive; null for the end of what a compressed file holds. */
  readonly end: number | null;
  readonly length: number;
}

const MOST = 64 << 20;
const BLOCK = 1 << 20;

export function planRecordSplits(
  files: readonly FileEntry[],
  length: number,
  minPartitions: number,
): RecordSplit[] {
  if (!Number.isInteger(length) || length < 1)
    throw new GnistaError(
      "INVALID_ARGUMENT",
      `binaryRecords needs a record length of at least 1 byte, got ${length}`,
    );
  const total = files.reduce((sum, file) => sum + file.size, 0);
  const goal = Math.max(
    length,
    Math.floor(Math.min(MOST, total / Math.max(1, minPartitions)) / length) * length,
  );
  return files.flatMap(({ path, size }) => {
    if (codecOf(path) !== "none") return [{ path, start: 0, end: null, length }];
    if (size % length !== 0) throw incomplete(path, size, length);
    const splits: RecordSplit[] = [];
    for (let start = 0; start < size; start += goal)
      splits.push({ path, start, end: Math.min(size, start + goal), length });
    return splits;
  });
}

export function* readRecords({ path, start, end, length }: RecordSplit): Generator<Buffer[]> {
  const source = openBytes(path, end === null ? codecOf(path) : "none", start);
  try {
    const step = Math.max(1, Math.floor(BLOCK / length)) * length;
    for (let at = start; end === null || at < end; ) {
      const wanted = end === null ? step : Math.min(step, end - at);
      const bytes = Buffer.allocUnsafe(wanted);
      const got = source.read(bytes);
      at += got;
      if (got % length !== 0 || (end !== null && got < wanted)) throw incomplete(path, at, length);
      const records: Buffer[] = [];
      for (let from = 0; from < got; from += length)
        records.push(Buffer.from(bytes.subarray(from, from + length)));
      if (got > 0) yield records;
      if (got < wanted) return;
    }
  } finally {
    source.close();
  }
}

function incomplete(path: string, size: number, length: number): GnistaError {
  const offset = size - (size % length);
  return new GnistaError(
    "CORRUPT_INPUT",
    `${path} ends inside the record that starts at byte ${offset}: it has ${size} bytes, which is no multiple of the record length ${length}`,
    { file: path, offset },
  );
}
