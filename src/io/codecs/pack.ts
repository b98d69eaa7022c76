/** Bytes as a codec packs them. */
import zlib from "node:zlib";
import { bzip2 } from "./bzip2.ts";
import type { Codec } from "./codec.ts";
import { packBlocks } from "./hadoop-blocks.ts";
import { needsZstd, ZlibStream, zstdOptions } from "./zlib-stream.ts";

const OUTPUT = 256 << 10;

/** One stream, so that a file that is cut off is found out wherever it is cut. */
export function* packStream(codec: Codec, blocks: Iterable<Uint8Array>): Generator<Uint8Array> {
  switch (codec) {
    case "none":
      yield* blocks;
      return;
    case "snappy":
    case "lz4":
      for (const block of blocks) yield* packBlocks(codec, block);
      return;
    case "bzip2":
      yield* bzip2(blocks);
      return;
    default:
      yield* zlibStream(new ZlibStream(codec, "pack"), blocks);
  }
}

function* zlibStream(stream: ZlibStream, blocks: Iterable<Uint8Array>): Generator<Uint8Array> {
  try {
    for (const block of blocks) yield* steps(stream, block, false);
    yield* steps(stream, new Uint8Array(0), true);
  } finally {
    stream.close();
  }
}

function* steps(stream: ZlibStream, input: Uint8Array, last: boolean): Generator<Uint8Array> {
  for (let at = 0; ; ) {
    const output = new Uint8Array(OUTPUT);
    const { taken, made } = stream.step(input.subarray(at), output, last);
    at += taken;
    if (made > 0) yield output.subarray(0, made);
    if (made < OUTPUT) return;
  }
}

export function packWhole(codec: Codec, bytes: Uint8Array): Uint8Array {
  needsZstd(codec);
  switch (codec) {
    case "none":
      return bytes;
    case "deflate":
      return zlib.deflateSync(bytes);
    case "gzip":
      return zlib.gzipSync(bytes);
    case "zstd":
      return zlib.zstdCompressSync(bytes, zstdOptions());
    case "snappy":
    case "lz4":
      return Buffer.concat([...packBlocks(codec, bytes)]);
    case "bzip2":
      return Buffer.concat([...bzip2([bytes])]);
  }
}
