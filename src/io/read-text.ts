/**
 * The lines of a split, as columns: bytes are read into shared memory, cut at line ends by a kernel, and never become JavaScript strings
 * here. A line belongs to the split in which it starts: a split that does not start the file skips to after the first line end, and reads
 * on past its own end to finish its last line. LF, CRLF and a lone CR end a line; a byte order mark at the file's start is dropped.
 * Blocks with invalid UTF-8 are decoded line by line instead, with U+FFFD in its place.
 */
import { isUtf8 } from "node:buffer";
import type { Chunk } from "../column/chunk.ts";
import type { Compute } from "../kernels/compute.ts";
import type { Arena } from "../memory/arena.ts";
import { openBytes } from "./byte-source.ts";
import type { TextSplit } from "./text-splits.ts";

/** Small at first, so that the first lines of a file cost little. */
const FIRST_BLOCK = 64 << 10;
const BLOCK = 4 << 20;
/** Kernels read and write a little past the end. */
const SLACK = 64;
const LF = 10;
const CR = 13;

/** `arena` gives the memory of each chunk. */
export function* readLines(c: Compute, split: TextSplit, arena: () => Arena): Generator<Chunk> {
  const end = split.codec === "none" ? split.end : Number.POSITIVE_INFINITY;
  // A split that does not start the file begins one byte early, so that a line end right before it is seen.
  let skipping = split.start > 0;
  let position = skipping ? split.start - 1 : 0;
  let rest = new Uint8Array(0);
  let size = FIRST_BLOCK;
  const source = openBytes(split.path, split.codec, position);
  try {
    for (let first = true; ; first = false) {
      const out = arena();
      const { u8 } = out.segment;
      const capacity = rest.length + Math.max(size, rest.length);
      const ptr = out.allocate(capacity + SLACK);
      u8.set(rest, ptr);
      const length = rest.length + source.read(u8.subarray(ptr + rest.length, ptr + capacity));
      const last = length < capacity;
      const block = u8.subarray(ptr, ptr + length);
      // A CR at the block's end may be half of a CRLF.
      const usable = !last && block[length - 1] === CR ? length - 1 : length;
      let from = 0;
      if (first && !skipping && block[0] === 0xef && block[1] === 0xbb && block[2] === 0xbf) from = 3;
      if (skipping) {
        const start = afterLineEnd(block, 0, usable);
        if (start >= 0) {
          skipping = false;
          from = start;
        } else if (last) return;
      }
      if (!skipping && position + from >= end) return;
      const stop =
        position + usable < end ? -1 : afterLineEnd(block, Math.max(from, end - position - 1), usable);
      const done = stop >= 0 || last;
      const to = stop >= 0 ? stop : usable;
      const lines = skipping || to <= from ? null : cutLines(c, out, ptr + from, to - from, last && stop < 0);
      const used = skipping ? usable : from + (lines?.used ?? 0);
      // Before the lines go: whoever takes them may give their memory back.
      if (!done) rest = block.slice(used);
      position += used;
      if (lines !== null && lines.rows.length > 0) yield lines.rows;
      if (done) return;
      if (size < BLOCK) size *= 4;
    }
  } finally {
    source.close();
  }
}

/** Where the line after the first line end at or after `from` starts, or -1. */
function afterLineEnd(block: Uint8Array, from: number, to: number): number {
  for (let i = from; i < to; i++) {
    if (block[i] === LF) return i + 1;
    if (block[i] === CR) return block[i + 1] === LF && i + 1 < to ? i + 2 : i + 1;
  }
  return -1;
}

interface Lines {
  readonly rows: Chunk;
  /** Source bytes that went into them. */
  readonly used: number;
}

/** The lines that end in the bytes at `ptr`, in place; with `last`, also what comes after the last line end. */
function cutLines(c: Compute, out: Arena, ptr: number, length: number, last: boolean): Lines {
  const kernels = c.kernels(out.segment.id);
  const { u8, i32 } = out.segment;
  // Before lines are moved together: halves of a character must not meet.
  const valid = isUtf8(u8.subarray(ptr, ptr + length));
  let rows = kernels.countLines(ptr, length);
  const offsets = out.allocate((rows + 2) * 4);
  const at = offsets / 4;
  let used = kernels.splitLines(ptr, length, offsets, ptr);
  if (last && used < length) {
    const end = ptr + i32[at + rows];
    u8.copyWithin(end, ptr + used, ptr + length);
    i32[at + rows + 1] = i32[at + rows] + length - used;
    rows++;
    used = length;
  }
  if (!valid) {
    const text = Buffer.from(u8.buffer, ptr, i32[at + rows]);
    return {
      rows: Array.from({ length: rows }, (_, i) => text.toString("utf8", i32[at + i], i32[at + i + 1])),
      used,
    };
  }
  return {
    rows: {
      type: { kind: "utf8" },
      length: rows,
      segment: out.segment.id,
      validity: 0,
      nullCount: 0,
      offsets,
      values: ptr,
      children: [],
    },
    used,
  };
}
