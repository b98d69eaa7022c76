/**
 * The lines of a split. A line belongs to the split in which it starts: a split that does not start the file skips to after the first
 * line end, and reads on past its own end to finish its last line. LF, CRLF and a lone CR end a line; invalid UTF-8
 * becomes U+FFFD; a byte order mark at the file's start is dropped.
 */
import { Buffer } from "node:buffer";
import { closeSync, openSync, readSync } from "node:fs";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { GnistaError } from "../errors.ts";
import type { TextSplit } from "./text-splits.ts";

const BLOCK = 4 << 20;
const LF = 10;
const CR = 13;

/** Batches of lines, some megabytes of text at a time. */
export function* readLines(split: TextSplit): Generator<string[]> {
  const blocks = split.codec === "none" ? rawBlocks(split.path, split.start) : inflatedBlocks(split);
  const end = split.codec === "none" ? split.end : Number.POSITIVE_INFINITY;
  // A split that does not start the file begins one byte early, so that a line end right before it is seen.
  let skipping = split.start > 0;
  let rest: Buffer = Buffer.alloc(0);
  let position = skipping ? split.start - 1 : split.start;
  let first = split.start === 0;
  for (const { bytes, last } of blocks) {
    let buffer = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    if (first) {
      if (buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf) {
        buffer = buffer.subarray(3);
        position += 3;
      }
      first = false;
    }
    const lines: string[] = [];
    let from = 0;
    while (position + from < end || skipping) {
      const at = lineEnd(buffer, from);
      // A CR at the block's end may be half of a CRLF.
      if (at < 0 || (at === buffer.length - 1 && buffer[at] === CR && !last)) break;
      if (skipping) skipping = false;
      else lines.push(buffer.toString("utf8", from, at));
      from = at + (buffer[at] === CR && buffer[at + 1] === LF ? 2 : 1);
    }
    const done = !skipping && position + from >= end;
    if (last && !done && from < buffer.length && !skipping) lines.push(buffer.toString("utf8", from));
    if (lines.length > 0) yield lines;
    if (done) return;
    position += from;
    rest = buffer.subarray(from);
  }
}

function lineEnd(buffer: Buffer, from: number): number {
  const lf = buffer.indexOf(LF, from);
  const cr = buffer.subarray(from, lf < 0 ? buffer.length : lf).indexOf(CR);
  return cr >= 0 ? from + cr : lf;
}

interface Bytes {
  readonly bytes: Buffer;
  readonly last: boolean;
}

function* rawBlocks(path: string, start: number): Generator<Bytes> {
  const file = openSync(path, "r");
  try {
    let position = Math.max(0, start - 1);
    for (;;) {
      const bytes = Buffer.allocUnsafe(BLOCK);
      const length = readSync(file, bytes, 0, BLOCK, position);
      position += length;
      yield { bytes: bytes.subarray(0, length), last: length < BLOCK };
      if (length < BLOCK) return;
    }
  } finally {
    closeSync(file);
  }
}

interface SyncInflater {
  _processChunk(chunk: Buffer, flush: number): Buffer;
  close(): void;
}

/** Streams a compressed file through zlib's synchronous step, so that memory stays bounded. */
function* inflatedBlocks(split: TextSplit): Generator<Bytes> {
  if (split.codec === "zstd" && createZstdDecompress === undefined)
    throw new GnistaError(
      "MISSING_PACKAGE",
      `reading ${split.path} needs zstd, which Node has from 22.15 on; this is ${process.version}`,
      { file: split.path },
    );
  const stream = split.codec === "gzip" ? createGunzip() : createZstdDecompress();
  const inflater = stream as unknown as SyncInflater;
  const file = openSync(split.path, "r");
  let position = 0;
  try {
    for (;;) {
      const chunk = Buffer.allocUnsafe(1 << 20);
      const length = readSync(file, chunk, 0, chunk.length, position);
      const last = length < chunk.length;
      let bytes: Buffer;
      try {
        bytes = Buffer.from(
          inflater._processChunk(chunk.subarray(0, length), last ? FINISH[split.codec as "gzip"] : 0),
        );
      } catch (error) {
        throw new GnistaError(
          "CORRUPT_INPUT",
          `${split.path} is truncated or corrupt near byte ${position}: ${error instanceof Error ? error.message : String(error)}`,
          { file: split.path, offset: position },
          error,
        );
      }
      position += length;
      yield { bytes, last };
      if (last) return;
    }
  } finally {
    closeSync(file);
    inflater.close();
  }
}

/** Z_FINISH, ZSTD_e_end. */
const FINISH = { gzip: 4, zstd: 2 } as const;
