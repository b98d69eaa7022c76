/** Byte ranges of files, cut as Hadoop's FileInputFormat does: even goal size, 10 % slop, what cannot be cut whole. */
import type { FileEntry } from "./list-files.ts";

export interface ByteSplit {
  readonly path: string;
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

const SLOP = 1.1;
/** No partition larger than this, as Hadoop's block size. */
const MOST = 128 << 20;

export function planByteSplits(
  files: readonly FileEntry[],
  minPartitions: number,
  canCut: (path: string) => boolean,
): ByteSplit[] {
  const total = files.reduce((sum, file) => sum + file.size, 0);
  const goal = Math.max(1, Math.min(MOST, Math.floor(total / Math.max(1, minPartitions))));
  const splits: ByteSplit[] = [];
  for (const { path, size } of files) {
    let start = 0;
    if (canCut(path))
      for (; (size - start) / goal > SLOP; start += goal) splits.push({ path, start, end: start + goal });
    if (start < size || size === 0) splits.push({ path, start, end: size });
  }
  return splits;
}
