/**
 * LZ4 frames, which Arrow files of other programs are often compressed with and Node does not know. What points outside of a buffer, or does not
 * give the length that was announced, is a RangeError; checksums are skipped.
 *
 * https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md
 */
const MAGIC = 0x184d2204;
const UNCOMPRESSED = 0x80000000;

/** The `length` bytes of a frame. */
export function inflateLz4(frame: Uint8Array, length: number): Uint8Array {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (view.getUint32(0, true) !== MAGIC) throw new RangeError("it does not begin as an LZ4 frame");
  const flags = view.getUint8(4);
  if (flags >> 6 !== 1) throw new RangeError("its LZ4 version is not known");
  const blockChecksum = (flags & 0x10) !== 0 ? 4 : 0;
  // Flags, block size, content size, dictionary id, header checksum.
  let at = 6 + ((flags & 0x08) !== 0 ? 8 : 0) + ((flags & 0x01) !== 0 ? 4 : 0) + 1;
  const out = new Uint8Array(length);
  let end = 0;
  for (;;) {
    const size = view.getUint32(at, true);
    at += 4;
    if (size === 0) break;
    const bytes = size % UNCOMPRESSED;
    if (at + bytes > frame.length) throw new RangeError("an LZ4 block is cut off");
    const block = frame.subarray(at, at + bytes);
    if (size >= UNCOMPRESSED) {
      out.set(block, end);
      end += bytes;
    } else end = inflateLz4Block(block, out, end);
    at += bytes + blockChecksum;
  }
  if (end !== length) throw new RangeError(`it has ${end} bytes instead of ${length}`);
  return out;
}

/** A block: literals and copies of what came before, in turn, into `out` from `start` on; returns the end of the output. */
export function inflateLz4Block(block: Uint8Array, out: Uint8Array, start: number): number {
  let at = 0;
  let end = start;
  /** A length of 15 goes on in the bytes behind it. */
  const more = (length: number): number => {
    if (length < 15) return length;
    for (;;) {
      const byte = block[at++];
      if (byte === undefined) throw new RangeError("an LZ4 length is cut off");
      length += byte;
      if (byte < 255) return length;
    }
  };
  while (at < block.length) {
    const token = block[at++];
    const literals = more(token >> 4);
    if (at + literals > block.length || end + literals > out.length)
      throw new RangeError("LZ4 literals end outside of their block");
    if (literals > 32) out.set(block.subarray(at, at + literals), end);
    else for (let i = 0; i < literals; i++) out[end + i] = block[at + i];
    at += literals;
    end += literals;
    // The last sequence has no copy.
    if (at === block.length) return end;
    const offset = block[at] | (block[at + 1] << 8);
    at += 2;
    const copied = more(token & 15) + 4;
    if (!(offset > 0) || offset > end || end + copied > out.length)
      throw new RangeError("an LZ4 copy lies outside of what came before");
    if (copied > 32 && offset >= copied) out.copyWithin(end, end - offset, end - offset + copied);
    else for (let i = 0; i < copied; i++) out[end + i] = out[end + i - offset];
    end += copied;
  }
  return end;
}
