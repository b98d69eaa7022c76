/**
 * gnista's own file of arbitrary rows: a magic line, then blocks of rows in V8's serialization format, deflated, each with its lengths and a
 * checksum, so that a damaged file is found out and named.
 *
 *   "gnista1\n" · { u32 rows · u32 bytes · u32 crc32 of the bytes · deflated bytes }*
 */
import { Buffer } from "node:buffer";
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { deserialize, serialize } from "node:v8";
import { crc32, deflateSync, inflateSync } from "node:zlib";
import { GnistaError } from "../errors.ts";

const MAGIC = Buffer.from("gnista1\n");
const HEADER = 12;

/** The file's bytes, block by block. */
export function* objectFileBlocks(batches: Iterable<readonly unknown[]>): Generator<Buffer> {
  yield MAGIC;
  for (const rows of batches) {
    const bytes = deflateSync(serialize(rows), { level: 1 });
    const header = Buffer.alloc(HEADER);
    header.writeUInt32LE(rows.length, 0);
    header.writeUInt32LE(bytes.length, 4);
    header.writeUInt32LE(crc32(bytes), 8);
    yield header;
    yield bytes;
  }
}

export function* readObjects(path: string): Generator<unknown[]> {
  const file = openSync(path, "r");
  const { size } = statSync(path);
  let at = 0;
  const take = (bytes: number, what: string): Buffer => {
    if (at + bytes > size) throw corrupt(path, at, `the file ends inside ${what}`);
    const buffer = Buffer.alloc(bytes);
    readSync(file, buffer, 0, bytes, at);
    at += bytes;
    return buffer;
  };
  try {
    if (!take(MAGIC.length, "its head").equals(MAGIC)) throw corrupt(path, 0, "it is not an object file");
    while (at < size) {
      const start = at;
      const header = take(HEADER, "a block's head");
      const bytes = take(header.readUInt32LE(4), "a block");
      if (crc32(bytes) !== header.readUInt32LE(8)) throw corrupt(path, start, "a block's checksum is wrong");
      yield deserialize(inflateSync(bytes)) as unknown[];
    }
  } finally {
    closeSync(file);
  }
}

function corrupt(path: string, offset: number, why: string): GnistaError {
  return new GnistaError(
    "CORRUPT_INPUT",
    `${path} cannot be read as an object file: ${why} (byte ${offset})`,
    { file: path, offset },
  );
}
