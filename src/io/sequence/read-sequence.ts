/**
 * The pairs of one split of a SequenceFile. Sync marks cut the file: a run of records from one mark to the next belongs to the split in which its mark
 * starts, so that a split skips to its first mark and reads on past its own end to the next one, as Hadoop's readers do.
 *
 *   record  { i32 length · i32 length of the key · key · value, packed in files compressed by record }
 *   mark    { -1 · the 16 bytes of the head }
 *   block   { mark · vint pairs · lengths of keys · keys · lengths of values · values }, each of the four { vint bytes · packed bytes }
 */
import { Buffer } from "node:buffer";
import { GnistaError } from "../../errors.ts";
import { planByteSplits } from "../byte-splits.ts";
import type { Codec } from "../codecs/codec.ts";
import { unpackWhole } from "../codecs/unpack.ts";
import type { FileEntry } from "../list-files.ts";
import { DataInput } from "./data-input.ts";
import { FileWindow } from "./file-window.ts";
import { corrupt, readHeader, type SequenceHeader, SYNC_BYTES } from "./header.ts";
import { Damaged, type ReadWritable, readerOf, UnknownClass } from "./read-writable.ts";
import { unknownWritable, type WritableNames, writableOf } from "./writable-class.ts";

export interface SequenceSplit {
  readonly path: string;
  readonly start: number;
  readonly end: number;
  readonly writables: WritableNames;
}

const MARK = SYNC_BYTES + 4;
const ESCAPE = Buffer.from([255, 255, 255, 255]);
/** Of the longest variable-length integer. */
const VLONG = 9;
const BATCH_ROWS = 4096;
const BATCH_BYTES = 4 << 20;

type KeyValue = [key: unknown, value: unknown];

export function planSequenceSplits(
  files: readonly FileEntry[],
  minPartitions: number,
  writables: WritableNames,
): SequenceSplit[] {
  return planByteSplits(files, minPartitions, () => true).map((split) => ({ ...split, writables }));
}

export function* readSequence(split: SequenceSplit): Generator<KeyValue[]> {
  const window = new FileWindow(split.path);
  try {
    const { header, end } = headerOf(window, split.path);
    const reader = new SequenceReader(window, split, header);
    if (split.start > end) {
      if (!reader.seekMark(split.start)) return;
    } else window.seek(end);
    if (window.position < split.end)
      yield* header.compression === "block" ? reader.blocks() : reader.records();
  } catch (error) {
    if (error instanceof UnknownClass) throw unknownWritable("sequenceFile", error.className, split.path);
    if (!(error instanceof RangeError || error instanceof Damaged)) throw error;
    throw corrupt(split.path, window.position, error.message);
  } finally {
    window.close();
  }
}

/** The head may be of any length. */
function headerOf(window: FileWindow, path: string): ReturnType<typeof readHeader> {
  for (let length = 1024; ; length *= 4) {
    try {
      return readHeader(window.peek(length), path);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      if (length >= window.size) throw corrupt(path, window.size, "the file ends inside its head");
    }
  }
}

class SequenceReader {
  readonly #window: FileWindow;
  readonly #split: SequenceSplit;
  readonly #codec: Codec;
  readonly #valuesPacked: boolean;
  readonly #mark: Buffer;
  readonly #readKey: ReadWritable;
  readonly #readValue: ReadWritable;
  readonly #input = new DataInput(Buffer.alloc(0));

  constructor(window: FileWindow, split: SequenceSplit, header: SequenceHeader) {
    this.#window = window;
    this.#split = split;
    this.#codec = header.codec;
    this.#valuesPacked = header.compression === "record";
    this.#mark = Buffer.concat([ESCAPE, header.sync]);
    this.#readKey = this.#readerOf(header.keyClass, header.metadata["gnista.key"]);
    this.#readValue = this.#readerOf(header.valueClass, header.metadata["gnista.value"]);
  }

  #readerOf(name: string, noted: string | undefined): ReadWritable {
    const { path, writables } = this.#split;
    const type = writableOf(name, writables) ?? (noted === undefined ? null : writableOf(noted, writables));
    if (type === null) throw unknownWritable("sequenceFile", name, path);
    return readerOf(type, writables);
  }

  /** To the first mark from `position` on; false when there is none. */
  seekMark(position: number): boolean {
    const window = this.#window;
    window.seek(position);
    for (;;) {
      // What comes after the split's end is the next one's.
      if (window.position >= this.#split.end) return false;
      const bytes = window.peek(1 << 16);
      const found = bytes.indexOf(this.#mark);
      if (found >= 0) {
        window.skip(found);
        return window.position < this.#split.end;
      }
      if (bytes.length < MARK || window.left === bytes.length) return false;
      window.skip(bytes.length - MARK + 1);
    }
  }

  /** Reads over a mark if there is one here. */
  #passMark(): boolean {
    const window = this.#window;
    const here = window.peek(MARK);
    if (here.length < 4 || here.readInt32BE(0) !== -1) return false;
    if (!here.equals(this.#mark)) {
      const cut = here.length < MARK;
      throw this.#corrupt(cut ? "the file ends inside a sync mark" : "a sync mark is damaged");
    }
    window.skip(MARK);
    return true;
  }

  *records(): Generator<KeyValue[]> {
    const window = this.#window;
    const { end } = this.#split;
    let batch: KeyValue[] = [];
    let batchStart = window.position;
    for (;;) {
      const start = window.position;
      if (this.#passMark() && start >= end) break;
      if (window.left === 0) break;
      batch.push(this.#record());
      if (batch.length < BATCH_ROWS && window.position - batchStart < BATCH_BYTES) continue;
      yield batch;
      batch = [];
      batchStart = window.position;
    }
    if (batch.length > 0) yield batch;
  }

  #record(): KeyValue {
    const window = this.#window;
    const head = window.peek(8);
    if (head.length < 8) throw this.#corrupt("the file ends inside a record's head");
    const [length, keyLength] = [head.readInt32BE(0), head.readInt32BE(4)];
    if (length < 0 || keyLength < 0 || keyLength > length)
      throw this.#corrupt("a record's lengths are damaged");
    if (8 + length > window.left) throw this.#corrupt("the file ends inside a record");
    const bytes = window.peek(8 + length);
    const packed = 8 + keyLength;
    const key = this.#read(this.#readKey, bytes, 8, packed, "key");
    let value: unknown;
    if (this.#valuesPacked) {
      const unpacked = this.#unpack(bytes.subarray(packed));
      value = this.#read(this.#readValue, unpacked, 0, unpacked.length, "value");
    } else value = this.#read(this.#readValue, bytes, packed, bytes.length, "value");
    window.skip(8 + length);
    return [key, value];
  }

  /** Of all bytes from `start` to `end`. */
  #read(read: ReadWritable, bytes: Buffer, start: number, end: number, what: "key" | "value"): unknown {
    const input = this.#input;
    input.move(bytes, start, end);
    const value = read(input);
    if (input.at !== end)
      throw this.#corrupt(`a ${what} has ${end - start} bytes, of which its class takes ${input.at - start}`);
    return value;
  }

  /** The next item of a block, as long as `lengths` says. */
  #item(read: ReadWritable, lengths: DataInput, items: DataInput, what: "key" | "value"): unknown {
    const length = lengths.vint();
    const start = items.at;
    items.skip(length);
    return this.#read(read, items.bytes, start, items.at, what);
  }

  #unpack(bytes: Uint8Array): Buffer {
    try {
      const unpacked = unpackWhole(this.#codec, bytes);
      return Buffer.from(unpacked.buffer, unpacked.byteOffset, unpacked.length);
    } catch (error) {
      if (GnistaError.is(error)) throw error;
      throw this.#corrupt((error as Error).message);
    }
  }

  *blocks(): Generator<KeyValue[]> {
    const window = this.#window;
    const { end } = this.#split;
    while (window.left > 0) {
      const start = window.position;
      // That of the next split, too: it would not find it.
      if (!this.#passMark()) throw this.#corrupt("a sync mark is damaged");
      // Some writers end their files with a mark.
      if (start >= end || window.left === 0) return;
      const count = this.#vint();
      const [keyLengths, keys, valueLengths, values] = [0, 0, 0, 0].map(() => new DataInput(this.#buffer()));
      const pairs: KeyValue[] = [];
      for (let i = 0; i < count; i++)
        pairs.push([
          this.#item(this.#readKey, keyLengths, keys, "key"),
          this.#item(this.#readValue, valueLengths, values, "value"),
        ]);
      for (const input of [keyLengths, keys, valueLengths, values])
        if (input.at !== input.bytes.length) throw this.#corrupt("a block is longer than its pairs");
      yield pairs;
    }
  }

  #buffer(): Buffer {
    const length = this.#vint();
    if (length < 0 || length > this.#window.left) throw this.#corrupt("the file ends inside a block");
    const bytes = this.#unpack(this.#window.peek(length));
    this.#window.skip(length);
    return bytes;
  }

  #vint(): number {
    const input = new DataInput(this.#window.peek(VLONG));
    const value = input.vint();
    this.#window.skip(input.at);
    return value;
  }

  #corrupt(why: string): GnistaError {
    return corrupt(this.#split.path, this.#window.position, why);
  }
}
