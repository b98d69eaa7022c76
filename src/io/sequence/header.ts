/**
 * The head of a SequenceFile: "SEQ", the version, the names of the classes, how it is compressed, what its writer noted, and the 16 random bytes
 * by which a reader finds the next record from anywhere. Versions 4 to 6, which is what Hadoop has written since its first release.
 */
import { GnistaError } from "../../errors.ts";
import { type Codec, classOfCodec, codecOfClass } from "../codecs/codec.ts";
import { DataInput } from "./data-input.ts";
import { DataOutput } from "./data-output.ts";

/** Whether values are compressed one by one, or runs of pairs together. */
export type SequenceCompression = "none" | "record" | "block";

export interface SequenceHeader {
  readonly keyClass: string;
  readonly valueClass: string;
  readonly compression: SequenceCompression;
  readonly codec: Codec;
  readonly metadata: Readonly<Record<string, string>>;
  readonly sync: Buffer;
}

export const SYNC_BYTES = 16;
const VERSION = 6;

/** And where the first record starts. RangeError when `bytes` end before the head does. */
export function readHeader(
  bytes: Buffer,
  path: string,
): { readonly header: SequenceHeader; readonly end: number } {
  const input = new DataInput(bytes);
  if (input.slice(3).toString("latin1") !== "SEQ") throw corrupt(path, 0, "it is not a SequenceFile");
  const version = input.byte();
  if (version < 4 || version > VERSION)
    throw new GnistaError(
      "UNSUPPORTED_OPERATION",
      `${path} is a SequenceFile of version ${version}; versions 4 to ${VERSION} can be read`,
      { file: path },
    );
  const keyClass = input.text();
  const valueClass = input.text();
  const compressed = input.byte() !== 0;
  const inBlocks = input.byte() !== 0;
  const codecClass = !compressed ? null : version >= 5 ? input.text() : classOfCodec("deflate");
  const codec = codecClass === null ? "none" : codecOfClass(codecClass);
  const metadata: Record<string, string> = {};
  if (version >= 6) for (let left = input.count(2); left > 0; left--) metadata[input.text()] = input.text();
  const sync = Buffer.from(input.slice(SYNC_BYTES));
  if (codec === null)
    throw new GnistaError(
      "UNSUPPORTED_OPERATION",
      `${path} is compressed by ${codecClass}, which cannot be read; DefaultCodec, GzipCodec, BZip2Codec, SnappyCodec, Lz4Codec and ZStandardCodec can`,
      { file: path },
    );
  const compression = !compressed ? "none" : inBlocks ? "block" : "record";
  return { header: { keyClass, valueClass, compression, codec, metadata, sync }, end: input.at };
}

export function writeHeader(header: SequenceHeader): Buffer {
  const out = new DataOutput();
  out.put(Buffer.from("SEQ"));
  out.byte(VERSION);
  out.text(header.keyClass);
  out.text(header.valueClass);
  out.byte(header.compression === "none" ? 0 : 1);
  out.byte(header.compression === "block" ? 1 : 0);
  if (header.codec !== "none") out.text(classOfCodec(header.codec));
  const entries = Object.entries(header.metadata);
  out.int(entries.length);
  for (const [name, value] of entries) {
    out.text(name);
    out.text(value);
  }
  out.put(header.sync);
  return out.take();
}

export function corrupt(path: string, offset: number, why: string): GnistaError {
  return new GnistaError(
    "CORRUPT_INPUT",
    `${path} cannot be read as a SequenceFile: ${why} (byte ${offset})`,
    { file: path, offset },
  );
}
