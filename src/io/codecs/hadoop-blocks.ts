/**
 * How Hadoop frames what its Snappy and LZ4 codecs make of a stream:
 *
 *   { u32 length of the block · { u32 bytes · packed bytes }* until the block is full }*, all big-endian
 */
import { Buffer } from "node:buffer";
import { inflateLz4Block } from "../../arrow/lz4.ts";
import type { NextBytes } from "./bunzip2.ts";
import { compressLz4 } from "./lz4.ts";
import { compressSnappy, decompressSnappy } from "./snappy.ts";

export type BlockCodec = "snappy" | "lz4";

/** What Hadoop's own readers have room for, with what a codec may add. */
const BLOCK = 192 << 10;
/** No codec of the two packs tighter. */
const MOST_RATIO = 256;

export function* packBlocks(codec: BlockCodec, bytes: Uint8Array): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += BLOCK) {
    const block = bytes.subarray(at, at + BLOCK);
    const packed = codec === "snappy" ? compressSnappy(block) : compressLz4(block);
    const head = Buffer.allocUnsafe(8);
    head.writeUInt32BE(block.length, 0);
    head.writeUInt32BE(packed.length, 4);
    yield head;
    yield packed;
  }
}

export function* unpackBlocks(codec: BlockCodec, next: NextBytes): Generator<Uint8Array> {
  const input = new Exactly(next);
  while (!input.atEnd()) {
    let left = input.u32();
    while (left > 0) {
      const packed = input.take(input.u32());
      let block: Uint8Array;
      if (codec === "snappy") block = decompressSnappy(packed, left);
      else {
        if (left > packed.length * MOST_RATIO)
          throw new Error("the LZ4 block announces more than it can hold");
        block = new Uint8Array(left);
        if (inflateLz4Block(packed, block, 0) !== left)
          throw new Error("an LZ4 block is shorter than announced");
      }
      if (block.length === 0) throw new Error(`a ${codec} block is empty`);
      yield block;
      left -= block.length;
    }
  }
}

/** Reads given numbers of bytes, or throws. */
class Exactly {
  readonly #next: NextBytes;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;

  constructor(next: NextBytes) {
    this.#next = next;
  }

  atEnd(): boolean {
    if (this.#at < this.#bytes.length) return false;
    this.#bytes = this.#next();
    this.#at = 0;
    return this.#bytes.length === 0;
  }

  u32(): number {
    const bytes = this.take(4);
    return ((bytes[0] << 24) | (bytes[1] << 16) | (bytes[2] << 8) | bytes[3]) >>> 0;
  }

  /** Valid until the next call. */
  take(length: number): Uint8Array {
    if (this.#bytes.length - this.#at >= length) {
      this.#at += length;
      return this.#bytes.subarray(this.#at - length, this.#at);
    }
    const pieces: Uint8Array[] = [];
    let missing = length;
    while (missing > 0) {
      if (this.atEnd()) throw new Error("unexpected end of file");
      const piece = this.#bytes.slice(this.#at, this.#at + missing);
      this.#at += piece.length;
      missing -= piece.length;
      pieces.push(piece);
    }
    return Buffer.concat(pieces);
  }
}
