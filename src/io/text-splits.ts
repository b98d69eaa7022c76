/** Byte ranges of text files, cut as Hadoop's FileInputFormat does: even goal size, 10 % slop, compressed files whole. */
import type { FileEntry } from "./list-files.ts";

export type Codec = "none" | "gzip" | "zstd";

export interface TextSplit {
  readonly path: string;
  readonly start: number;
  /** Exclusive. Compressed files are read to their end. */
  readonly end: number;
  readonly codec: Codec;
}

const SLOP = 1.1;
/** No partition larger than this, as Hadoop's block size. */
const MOST = 128 << 20;

export function codecOf(path: string): Codec {
  return path.endsWith(".gz") ? "gzip" : path.endsWith(".zst") ? "zstd" : "none";
}

export function planTextSplits(files: readonly FileEntry[], minPartitions: number): TextSplit[] {
  const total = files.reduce((sum, file) => sum + file.size, 0);
  const goal = Math.max(1, Math.min(MOST, Math.floor(total / Math.max(1, minPartitions))));
  const splits: TextSplit[] = [];
  for (const { path, size } of files) {
    const codec = codecOf(path);
    let start = 0;
    if (codec === "none")
      for (; (size - start) / goal > SLOP; start += goal)
        splits.push({ path, start, end: start + goal, codec });
    if (start < size || size === 0) splits.push({ path, start, end: size, codec });
  }
  return splits;
}
