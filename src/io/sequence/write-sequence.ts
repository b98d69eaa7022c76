/** Pairs as the bytes of a SequenceFile of version 6, with a sync mark about every 100 KB (`read-sequence.ts` has the format). */
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { inspect } from "node:util";
import { GnistaError } from "../../errors.ts";
import type { Codec } from "../codecs/codec.ts";
import { packWhole } from "../codecs/pack.ts";
import { DataOutput } from "./data-output.ts";
import { type SequenceCompression, type SequenceHeader, SYNC_BYTES, writeHeader } from "./header.ts";
import type { WritableClass } from "./writable-class.ts";
import { Misfit, type WriteWritable, writerOf } from "./write-writable.ts";

/** How a file is to be written; plain data that goes to the tasks. */
export interface SequenceFormat {
  readonly key: WritableClass;
  readonly value: WritableClass;
  readonly compression: SequenceCompression;
  readonly codec: Codec;
  readonly metadata: Readonly<Record<string, string>>;
}

const SYNC_INTERVAL = 100 << 10;
/** Bytes of pairs that are packed together, as Hadoop's default. */
const BLOCK = 1_000_000;
/** Bytes that are handed on together. */
const CHUNK = 1 << 20;

export function* writeSequence(rows: Iterable<unknown>, format: SequenceFormat): Generator<Uint8Array> {
  const sync = randomBytes(SYNC_BYTES);
  const header: SequenceHeader = {
    keyClass: format.key.name,
    valueClass: format.value.name,
    compression: format.compression,
    codec: format.codec,
    metadata: format.metadata,
    sync,
  };
  yield writeHeader(header);
  const mark = Buffer.concat([Buffer.from([255, 255, 255, 255]), sync]);
  const pairs = new PairWriter(format);
  yield* format.compression === "block"
    ? blocks(rows, pairs, mark, format.codec)
    : records(rows, pairs, mark, format);
}

function* records(
  rows: Iterable<unknown>,
  pairs: PairWriter,
  mark: Buffer,
  { compression, codec }: SequenceFormat,
): Generator<Uint8Array> {
  const out = new DataOutput();
  const pair = new DataOutput();
  let sinceMark = 0;
  for (const row of rows) {
    if (sinceMark >= SYNC_INTERVAL) {
      out.put(mark);
      sinceMark = 0;
    }
    pair.length = 0;
    const keyLength = pairs.key(row, pair);
    pairs.value(row, pair);
    const bytes = pair.view();
    const value = bytes.subarray(keyLength);
    const packed = compression === "record" ? packWhole(codec, value) : value;
    out.int(keyLength + packed.length);
    out.int(keyLength);
    out.put(bytes.subarray(0, keyLength));
    out.put(packed);
    sinceMark += 8 + keyLength + packed.length;
    if (out.length >= CHUNK) yield out.take();
  }
  yield out.take();
}

function* blocks(
  rows: Iterable<unknown>,
  pairs: PairWriter,
  mark: Buffer,
  codec: Codec,
): Generator<Uint8Array> {
  const [keyLengths, keys, valueLengths, values] = [0, 0, 0, 0].map(() => new DataOutput());
  let count = 0;
  const block = (): Uint8Array => {
    const out = new DataOutput();
    out.put(mark);
    out.vint(count);
    for (const buffer of [keyLengths, keys, valueLengths, values]) {
      const packed = packWhole(codec, buffer.view());
      out.vint(packed.length);
      out.put(packed);
      buffer.length = 0;
    }
    count = 0;
    return out.take();
  };
  for (const row of rows) {
    keyLengths.vint(pairs.key(row, keys));
    valueLengths.vint(pairs.value(row, values));
    count++;
    if (keys.length + values.length >= BLOCK) yield block();
  }
  if (count > 0) yield block();
}

/** Checks what it writes. */
class PairWriter {
  readonly #format: SequenceFormat;
  readonly #key: WriteWritable;
  readonly #value: WriteWritable;

  constructor(format: SequenceFormat) {
    this.#format = format;
    this.#key = writerOf(format.key.type);
    this.#value = writerOf(format.value.type);
  }

  /** Returns the bytes that it took. */
  key(row: unknown, out: DataOutput): number {
    if (!(Array.isArray(row) && row.length === 2))
      throw new GnistaError(
        "INVALID_ARGUMENT",
        `saveAsSequenceFile needs pairs, [key, value], got ${shown(row)}; map the rows to pairs, with null for what you do not need`,
      );
    return this.#write("key", this.#key, row[0], out);
  }

  value(row: unknown, out: DataOutput): number {
    return this.#write("value", this.#value, (row as [unknown, unknown])[1], out);
  }

  #write(what: "key" | "value", write: WriteWritable, item: unknown, out: DataOutput): number {
    const start = out.length;
    try {
      write(out, item);
    } catch (error) {
      if (!(error instanceof Misfit)) throw error;
      throw new GnistaError(
        "INVALID_ARGUMENT",
        `saveAsSequenceFile cannot write the ${what} ${shown(error.value)} as ${this.#format[what].name}; name a class that holds every ${what}, such as { ${what}Class: "DoubleWritable" }, or map the ${what}s to one type`,
      );
    }
    return out.length - start;
  }
}

function shown(value: unknown): string {
  return inspect(value, {
    depth: 1,
    maxArrayLength: 5,
    maxStringLength: 50,
    breakLength: Number.POSITIVE_INFINITY,
  });
}
