/** The chunks of a copy of a stored partition, by number: where they lie, or read from its frames, which throws BLOCK_LOST when they are not there. */
import type { Column } from "../column/column.ts";
import type { Compute } from "../kernels/compute.ts";
import type { Arena } from "../memory/arena.ts";
import type { SegmentId } from "../memory/segment.ts";
import { FrameReader, type FrameSource } from "./frame.ts";
import { HeapFile } from "./heap-file.ts";
import type { StoredCopy } from "./stored-copy.ts";

export interface CopyReader {
  readonly chunks: number;
  /** Chunk `i`; what is read from frames goes into memory of `out`. */
  read(i: number, out: () => Arena): Column;
}

/** Dictionaries of frames are read once, into memory of `shared`. */
export function readCopy(
  compute: Compute,
  files: { open(name: string): FrameSource },
  copy: StoredCopy,
  shared: (segment: SegmentId) => Arena,
): CopyReader {
  if (copy.kind === "columns") return { chunks: copy.chunks.length, read: (i) => copy.chunks[i] };
  const reader =
    copy.kind === "disk"
      ? new FrameReader(compute, files, copy.file, shared)
      : new FrameReader(compute, { open: () => new HeapFile(compute.heap, copy.pieces) }, "", shared);
  return { chunks: copy.frames.length, read: (i, out) => reader.read(copy.frames[i], out()) };
}
