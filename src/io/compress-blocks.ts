/** Compressed output: each block a member (gzip) or a frame (zstd) of its own, which readers take as one file. */
import zlib from "node:zlib";
import { GnistaError } from "../errors.ts";

export type Compression = "none" | "gzip" | "zstd";

export const EXTENSIONS: Readonly<Record<Compression, string>> = { none: "", gzip: ".gz", zstd: ".zst" };

export function* compressBlocks(
  blocks: Iterable<Uint8Array>,
  compression: Compression,
): Generator<Uint8Array> {
  if (compression === "zstd" && zlib.zstdCompressSync === undefined)
    throw new GnistaError(
      "MISSING_PACKAGE",
      `writing zstd needs Node 22.15 or newer, this is ${process.version}; use gzip`,
    );
  for (const block of blocks)
    yield compression === "none"
      ? block
      : compression === "gzip"
        ? zlib.gzipSync(block)
        : zlib.zstdCompressSync(block);
}
