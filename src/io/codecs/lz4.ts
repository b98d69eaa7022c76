/** LZ4's block format: runs of literals and repeats, without a head. `arrow/lz4.ts` undoes it. */
import { Buffer } from "node:buffer";
import { findMatches } from "./matches.ts";

export function compressLz4(input: Uint8Array): Buffer {
  const out = Buffer.allocUnsafe(input.length + Math.ceil(input.length / 255) + 16);
  let size = 0;
  const writeLength = (rest: number): void => {
    for (; rest >= 255; rest -= 255) out[size++] = 255;
    out[size++] = rest;
  };
  const writeLiterals = (from: number, to: number, matchToken: number): void => {
    const count = to - from;
    out[size++] = (Math.min(count, 15) << 4) | matchToken;
    if (count >= 15) writeLength(count - 15);
    out.set(input.subarray(from, to), size);
    size += count;
  };
  const rest = findMatches(input, (from, at, offset, length) => {
    writeLiterals(from, at, Math.min(length - 4, 15));
    out[size++] = offset;
    out[size++] = offset >>> 8;
    if (length - 4 >= 15) writeLength(length - 19);
  });
  writeLiterals(rest, input.length, 0);
  return out.subarray(0, size);
}
