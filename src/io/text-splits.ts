/** Byte ranges of text files; compressed ones are read whole. */
import { planByteSplits } from "./byte-splits.ts";
import { type Codec, codecOf } from "./codecs/codec.ts";
import type { FileEntry } from "./list-files.ts";

export interface TextSplit {
  readonly path: string;
  readonly start: number;
  /** Exclusive. Compressed files are read to their end. */
  readonly end: number;
  readonly codec: Codec;
}

export function planTextSplits(files: readonly FileEntry[], minPartitions: number): TextSplit[] {
  return planByteSplits(files, minPartitions, (path) => codecOf(path) === "none").map((split) => ({
    ...split,
    codec: codecOf(split.path),
  }));
}
