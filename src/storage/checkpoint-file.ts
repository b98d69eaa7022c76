/**
 * The file of one partition of a checkpoint: frames of columns, which need no other file and no memory of the program that wrote them, then where they
 * lie, then an end by which a file that is cut off is found out. All of it is under checksums.
 *
 *   frame* · footer (V8's serialization) · u32 bytes of the footer · u32 crc32 of the footer · "gnistac1"
 */
import { Buffer } from "node:buffer";
import { statSync } from "node:fs";
import { join } from "node:path";
import { deserialize, serialize } from "node:v8";
import { crc32 } from "node:zlib";
import type { Column } from "../column/column.ts";
import { withoutLasting } from "../column/own-dictionaries.ts";
import { GnistaError } from "../errors.ts";
import { partName } from "../io/output-committer.ts";
import type { Compute } from "../kernels/compute.ts";
import type { Arena } from "../memory/arena.ts";
import type { SegmentId } from "../memory/segment.ts";
import type { SavedPartitioner } from "../plan/saved-partitioner.ts";
import { FileReader } from "./disk-files.ts";
import { FrameReader, type FrameRef, type FrameSink, FrameWriter } from "./frame.ts";

/** What every file says of the checkpoint that it is part of. */
export interface CheckpointHead {
  readonly numPartitions: number;
  readonly partitioner: SavedPartitioner | null;
}

interface Footer extends CheckpointHead {
  readonly frames: readonly FrameRef[];
}

const MAGIC = Buffer.from("gnistac1");
const TRAILER = 8 + MAGIC.length;

export class CheckpointWriter {
  readonly #file: FrameSink;
  readonly #writer: FrameWriter;
  readonly #frames: FrameRef[] = [];

  constructor(compute: Compute, file: FrameSink) {
    this.#file = file;
    this.#writer = new FrameWriter(compute, file);
  }

  write(column: Column): void {
    this.#frames.push(this.#writer.write(withoutLasting(column)));
  }

  /** Dictionaries that were written may be gone: others may lie where they did. */
  forgetDictionaries(): void {
    this.#writer.forgetDictionaries();
  }

  end(head: CheckpointHead): void {
    const footer: Footer = { ...head, frames: this.#frames };
    const bytes = serialize(footer);
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(bytes.length, 0);
    trailer.writeUInt32LE(crc32(bytes), 4);
    this.#file.append([bytes, trailer, MAGIC]);
  }
}

export function checkpointFiles(directory: string, numPartitions: number): string[] {
  return Array.from({ length: numPartitions }, (_, i) => join(directory, partName(i)));
}

export function readCheckpointHead(path: string): CheckpointHead {
  return readFooter(path);
}

/** The columns, each in an arena of its own from `arena`, dictionaries once a segment in one from `shared`. */
export function* readCheckpoint(
  compute: Compute,
  path: string,
  arena: () => Arena,
  shared: (segment: SegmentId) => Arena,
): Generator<Column> {
  const { frames } = readFooter(path);
  const reader = new FrameReader(compute, { open: (name) => new FileReader(name) }, path, shared);
  for (const frame of frames) yield whole(path, () => reader.read(frame, arena()));
}

function readFooter(path: string): Footer {
  const size = sizeOf(path);
  const corrupt = (why: string): GnistaError => damaged(path, Math.max(0, size - TRAILER), why);
  if (size < TRAILER) throw corrupt("it ends too early");
  return whole(path, () => {
    const file = new FileReader(path);
    try {
      const trailer = Buffer.alloc(TRAILER);
      file.read(size - TRAILER, [trailer]);
      const bytes = trailer.readUInt32LE(0);
      if (!trailer.subarray(8).equals(MAGIC) || bytes > size - TRAILER)
        throw corrupt("it does not end as a checkpoint does");
      const footer = Buffer.alloc(bytes);
      file.read(size - TRAILER - bytes, [footer]);
      if (crc32(footer) !== trailer.readUInt32LE(4)) throw corrupt("the checksum of its footer is wrong");
      return deserialize(footer) as Footer;
    } finally {
      file.close();
    }
  });
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch (error) {
    throw new GnistaError(
      "INPUT_NOT_FOUND",
      `the checkpoint file ${path} cannot be read: ${(error as Error).message}; ${ADVICE}`,
      { file: path },
      error,
    );
  }
}

const ADVICE =
  "the rows are nowhere else, so put the file back, or run the program again with another checkpoint directory";

function damaged(path: string, offset: number, why: string, cause?: unknown): GnistaError {
  return new GnistaError(
    "CORRUPT_INPUT",
    `the checkpoint file ${path} is damaged: ${why} (byte ${offset}); ${ADVICE}`,
    { file: path, offset },
    cause,
  );
}

/** There is no other copy of what a file of a checkpoint holds. */
function whole<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!GnistaError.is(error, "BLOCK_LOST")) throw error;
    throw damaged(path, error.place.offset ?? 0, error.message, error);
  }
}
