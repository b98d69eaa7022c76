/** The offsets of strings and lists: checked to rise from 0 or more, and narrowed to 32 bits. */

import type { ColumnReader } from "./column-reader.ts";
import { unsupportedArrow } from "./corrupt.ts";
import { aligned } from "./numbers.ts";

export interface Offsets {
  /** i32[length + 1] in the reader's arena. */
  readonly ptr: number;
  readonly start: number;
  readonly end: number;
}

export function readOffsets({ body, out }: ColumnReader, length: number, large: boolean): Offsets {
  const width = large ? 8 : 4;
  const ptr = out.allocate((length + 1) * 4);
  const into = out.segment.i32.subarray(ptr / 4, ptr / 4 + length + 1);
  const bytes = body.buffer();
  // An empty array may do without its one offset.
  if (length === 0 && bytes.length === 0) {
    into[0] = 0;
    return { ptr, start: 0, end: 0 };
  }
  if (bytes.length < (length + 1) * width)
    throw body.corrupt(`offsets of ${bytes.length} bytes should have ${(length + 1) * width}`);
  const words = aligned(bytes, 4);
  const source = new Int32Array(words.buffer, words.byteOffset, ((length + 1) * width) / 4);
  if (large)
    for (let i = 0; i <= length; i++) {
      if (source[i * 2 + 1] !== 0 || source[i * 2] < 0)
        throw unsupportedArrow(
          body.source,
          "an offset is negative or beyond 2 GiB; write smaller record batches",
        );
      into[i] = source[i * 2];
    }
  else into.set(source);
  const start = into[0];
  let last = start;
  let falls = start < 0;
  for (let i = 1; i <= length; i++) {
    const next = into[i];
    if (next < last) falls = true;
    last = next;
  }
  if (falls) throw body.corrupt("offsets are negative or fall");
  return { ptr, start, end: last };
}
