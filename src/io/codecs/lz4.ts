/** LZ4's block format: runs of literals and repeats, without a head. */
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

/** Into `out`, which the block has to fill; throws when it does not, or reaches outside. */
export function decompressLz4(input: Uint8Array, out: Uint8Array): void {
  let at = 0;
  let size = 0;
  const readLength = (start: number): number => {
    let length = start;
    if (start !== 15) return length;
    for (let byte = 255; byte === 255; length += byte) {
      if (at >= input.length) throw new Error("the LZ4 block ends inside a length");
      byte = input[at++];
    }
    return length;
  };
  while (at < input.length) {
    const token = input[at++];
    const literals = readLength(token >>> 4);
    if (at + literals > input.length || size + literals > out.length)
      throw new Error("the LZ4 block has literals beyond its end");
    for (const end = at + literals; at < end; ) out[size++] = input[at++];
    if (at === input.length) break;
    if (at + 2 > input.length) throw new Error("the LZ4 block ends inside an offset");
    const offset = input[at] | (input[at + 1] << 8);
    at += 2;
    const length = readLength(token & 15) + 4;
    if (offset === 0 || offset > size || size + length > out.length)
      throw new Error("the LZ4 block repeats what lies outside of it");
    for (const end = size + length; size < end; size++) out[size] = out[size - offset];
  }
  if (size !== out.length) throw new Error(`the LZ4 block has ${size} bytes, ${out.length} were announced`);
}
