/** All bytes of a file, unpacked when its name says that it is compressed. */
import zlib from "node:zlib";
import { GnistaError } from "../errors.ts";
import { codecOf } from "./text-splits.ts";

export function unpacked(path: string, bytes: Buffer): Buffer {
  const codec = codecOf(path);
  if (codec === "none") return bytes;
  if (codec === "zstd" && zlib.zstdDecompressSync === undefined)
    throw new GnistaError(
      "MISSING_PACKAGE",
      `reading ${path} needs zstd, which Node has from 22.15 on; this is ${process.version}`,
      { file: path },
    );
  try {
    return codec === "gzip" ? zlib.gunzipSync(bytes) : zlib.zstdDecompressSync(bytes);
  } catch (error) {
    throw new GnistaError(
      "CORRUPT_INPUT",
      `${path} is truncated or corrupt: ${error instanceof Error ? error.message : String(error)}`,
      { file: path },
      error,
    );
  }
}
