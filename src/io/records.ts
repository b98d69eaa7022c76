/** Fixed-length binary records, split on record boundaries as Spark's binaryRecords. */
import { Buffer } from "node:buffer";
import { closeSync, openSync, readSync } from "node:fs";
import { GnistaError } from "../errors.ts";
import type { FileEntry } from "./list-files.ts";

export interface RecordSplit {
  readonly path: string;
  readonly start: number;
  readonly end: number;
  readonly length: number;
}

const MOST = 64 << 20;

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
    if (size % length !== 0)
      throw new GnistaError(
        "CORRUPT_INPUT",
        `${path} has ${size} bytes, which is no multiple of the record length ${length}`,
        { file: path, offset: size - (size % length) },
      );
    const splits: RecordSplit[] = [];
    for (let start = 0; start < size; start += goal)
      splits.push({ path, start, end: Math.min(size, start + goal), length });
    return splits;
  });
}

export function* readRecords({ path, start, end, length }: RecordSplit): Generator<Uint8Array[]> {
  const file = openSync(path, "r");
  try {
    const step = Math.max(1, Math.floor((1 << 20) / length)) * length;
    for (let at = start; at < end; at += step) {
      const bytes = Buffer.alloc(Math.min(step, end - at));
      if (readSync(file, bytes, 0, bytes.length, at) < bytes.length)
        throw new GnistaError("CORRUPT_INPUT", `${path} ended at byte ${at} while it was read`, {
          file: path,
          offset: at,
        });
      const records: Uint8Array[] = [];
      for (let from = 0; from < bytes.length; from += length)
        records.push(Buffer.from(bytes.subarray(from, from + length)));
      yield records;
    }
  } finally {
    closeSync(file);
  }
}
