/** Snappy's block format: its length, then runs of literals and copies. */
import { Buffer } from "node:buffer";
import { findMatches } from "./matches.ts";

const [LITERAL, COPY_1, COPY_2] = [0, 1, 2];

export function compressSnappy(input: Uint8Array): Buffer {
  const out = Buffer.allocUnsafe(32 + input.length + Math.floor(input.length / 6));
  let size = 0;
  const writeLiterals = (from: number, to: number): void => {
    const last = to - from - 1;
    if (last < 0) return;
    const extra = last < 60 ? 0 : last < 1 << 8 ? 1 : last < 1 << 16 ? 2 : last < 1 << 24 ? 3 : 4;
    out[size++] = ((extra === 0 ? last : 59 + extra) << 2) | LITERAL;
    for (let i = 0; i < extra; i++) out[size++] = last >>> (8 * i);
    out.set(input.subarray(from, to), size);
    size += last + 1;
  };
  for (let rest = input.length; ; rest >>>= 7) {
    out[size++] = rest < 128 ? rest : (rest & 127) | 128;
    if (rest < 128) break;
  }
  const rest = findMatches(input, (from, at, offset, length) => {
    writeLiterals(from, at);
    while (length > 0) {
      // What is left after a piece of 64 must not be shorter than 4.
      const piece = length > 67 ? 64 : length > 64 ? 60 : length;
      if (piece <= 11 && offset < 2048) {
        out[size++] = ((offset >>> 8) << 5) | ((piece - 4) << 2) | COPY_1;
        out[size++] = offset;
      } else {
        out[size++] = ((piece - 1) << 2) | COPY_2;
        out[size++] = offset;
        out[size++] = offset >>> 8;
      }
      length -= piece;
    }
  });
  writeLiterals(rest, input.length);
  return out.subarray(0, size);
}

/** Throws when the block is damaged, or has not the length that it or its frame announces, `most` at most. */
export function decompressSnappy(input: Uint8Array, most: number): Buffer {
  let at = 0;
  let length = 0;
  for (let shift = 0; ; shift += 7) {
    if (at >= input.length || shift > 28) throw new Error("the Snappy block has no length");
    const byte = input[at++];
    length += (byte & 127) * 2 ** shift;
    if (byte < 128) break;
  }
  if (length > most) throw new Error(`the Snappy block announces ${length} bytes, at most ${most} fit`);
  const out = Buffer.allocUnsafe(length);
  let size = 0;
  const number = (bytes: number): number => {
    if (at + bytes > input.length) throw new Error("the Snappy block ends inside a tag");
    let value = 0;
    for (let i = 0; i < bytes; i++) value += input[at++] * 2 ** (8 * i);
    return value;
  };
  while (at < input.length) {
    const tag = input[at++];
    const kind = tag & 3;
    if (kind === LITERAL) {
      const short = tag >>> 2;
      const count = (short < 60 ? short : number(short - 59)) + 1;
      if (at + count > input.length || size + count > length)
        throw new Error("the Snappy block has literals beyond its end");
      for (const end = at + count; at < end; ) out[size++] = input[at++];
      continue;
    }
    const count = kind === COPY_1 ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1;
    const offset = kind === COPY_1 ? ((tag >>> 5) << 8) + number(1) : number(kind === COPY_2 ? 2 : 4);
    if (offset === 0 || offset > size || size + count > length)
      throw new Error("the Snappy block repeats what lies outside of it");
    for (const end = size + count; size < end; size++) out[size] = out[size - offset];
  }
  if (size !== length) throw new Error(`the Snappy block has ${size} bytes, ${length} were announced`);
  return out;
}
