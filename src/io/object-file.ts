/**
 * gnista's own file of arbitrary rows: a magic line, then blocks of rows in V8's serialization format, deflated, each with its lengths and a
 * checksum, then how many rows there are; so that a file that is damaged, or cut off anywhere, is found out and named. A block belongs to the split
 * in which it starts; a split goes there from head to head.
 *
 *   "gnista2\n" · { u32 rows · u32 bytes · u32 crc32 of the bytes · deflated bytes }* · u32 0 · u32 8 · u32 crc32 · u64 rows in all
 */
import { Buffer } from "node:buffer";
import { closeSync, fstatSync, readSync } from "node:fs";
import { deserialize, serialize } from "node:v8";
import { crc32, deflateSync, inflateSync } from "node:zlib";
import { GnistaError } from "../errors.ts";
import type { ByteSplit } from "./byte-splits.ts";
import { openInput } from "./open-input.ts";

const MAGIC = Buffer.from("gnista2\n");
const HEAD = 12;

/** The file's bytes, block by block. */
export function* objectFileBlocks(batches: Iterable<readonly unknown[]>): Generator<Buffer> {
  let total = 0n;
  yield MAGIC;
  for (const rows of batches) {
    total += BigInt(rows.length);
    yield* block(rows.length, deflateSync(serialize(rows), { level: 1 }));
  }
  const end = Buffer.alloc(8);
  end.writeBigUInt64LE(total);
  yield* block(0, end);
}

function* block(rows: number, bytes: Buffer): Generator<Buffer> {
  const head = Buffer.alloc(HEAD);
  head.writeUInt32LE(rows, 0);
  head.writeUInt32LE(bytes.length, 4);
  head.writeUInt32LE(crc32(bytes), 8);
  yield head;
  yield bytes;
}

export function* readObjects({ path, start, end }: ByteSplit): Generator<unknown[]> {
  const file = openInput(path);
  try {
    const { size } = fstatSync(file);
    const take = (at: number, bytes: number, what: string): Buffer => {
      if (at + bytes > size) throw corrupt(path, at, `the file ends inside ${what}`);
      const buffer = Buffer.alloc(bytes);
      let filled = 0;
      while (filled < bytes) {
        const got = readSync(file, buffer, filled, bytes - filled, at + filled);
        if (got === 0) throw corrupt(path, at + filled, "the file became shorter while it was read");
        filled += got;
      }
      return buffer;
    };
    if (!take(0, MAGIC.length, "its head").equals(MAGIC)) throw corrupt(path, 0, "it is not an object file");
    let total = 0;
    // A file without its end goes on where nothing is.
    for (let at = MAGIC.length; at < end || at === size; ) {
      const head = take(at, HEAD, "the head of a block");
      const [rows, length, crc] = [head.readUInt32LE(0), head.readUInt32LE(4), head.readUInt32LE(8)];
      const next = at + HEAD + length;
      if (rows === 0) {
        const count = take(at + HEAD, length, "its count of rows");
        if (
          crc32(count) !== crc ||
          length !== 8 ||
          next !== size ||
          count.readBigUInt64LE() !== BigInt(total)
        )
          throw corrupt(path, at, "its end or its count of rows is wrong");
        return;
      }
      total += rows;
      if (at >= start) yield readBlock(path, at, rows, take(at + HEAD, length, "a block"), crc);
      else if (next > size) throw corrupt(path, at, "the file ends inside a block");
      at = next;
    }
  } finally {
    closeSync(file);
  }
}

function readBlock(path: string, at: number, rows: number, bytes: Buffer, crc: number): unknown[] {
  if (crc32(bytes) !== crc) throw corrupt(path, at, "the checksum of a block is wrong");
  let values: unknown[];
  try {
    values = deserialize(inflateSync(bytes)) as unknown[];
  } catch (error) {
    throw corrupt(path, at, `a block holds no rows: ${(error as Error).message}`);
  }
  if (values.length !== rows) throw corrupt(path, at, `a block has ${values.length} rows instead of ${rows}`);
  return values;
}

function corrupt(path: string, offset: number, why: string): GnistaError {
  return new GnistaError(
    "CORRUPT_INPUT",
    `${path} cannot be read as an object file: ${why} (byte ${offset})`,
    { file: path, offset },
  );
}
