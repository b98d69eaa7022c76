/**
 * Frames: columns in a file, each as its buffers end to end, compressed piece by piece where that pays, then what they are, then a checksum over
 * both. One is read back into any arena, equal bit for bit but for offsets, which start at 0 again. A dictionary is a frame of its own,
 * written once a file; a lasting one stays in memory and is referred to. Costs a pass over the bytes and a system call a megabyte.
 */
import { deserialize, serialize } from "node:v8";
import { crc32 } from "node:zlib";
import type { Column, ColumnStats } from "../column/column.ts";
import { sliceColumn } from "../column/slice.ts";
import { type DataType, valueWidth } from "../column/type.ts";
import type { Compute } from "../kernels/compute.ts";
import type { Arena } from "../memory/arena.ts";
import type { SegmentId } from "../memory/segment.ts";
import { corruptBlock } from "./disk-files.ts";
import { type BufferMeta, BufferReader, BufferWriter } from "./frame-buffers.ts";

/** What frames are written to: a file, on disk or in memory. */
export interface FrameSink {
  /** Written so far. */
  readonly bytes: number;
  append(views: readonly Uint8Array[]): void;
}

export interface FrameSource {
  readonly path: string;
  /** Fills the views, one after the other, from `at` on. */
  read(at: number, views: readonly Uint8Array[]): void;
  close(): void;
}

/** Where a frame lies in its file. */
export interface FrameRef {
  readonly at: number;
  readonly bytes: number;
}

interface Meta {
  readonly type: DataType;
  readonly length: number;
  readonly nullCount: number;
  readonly stats: ColumnStats | undefined;
  readonly validity: BufferMeta | null;
  readonly offsets: BufferMeta | null;
  readonly values: BufferMeta | null;
  /** The first offset. */
  readonly start: number;
  readonly children: readonly Meta[];
  readonly dictionary: FrameRef | Column | undefined;
}

/** Bytes of the meta data, their checksum, and that of the buffers. */
const TRAILER = 12;
/** Read at once from the end of a frame, where most meta data fit. */
const TAIL = 4096;

export class FrameWriter {
  readonly #compute: Compute;
  readonly #file: FrameSink;
  /** By where they lie. */
  readonly #dictionaries = new Map<string, FrameRef>();

  constructor(compute: Compute, file: FrameSink) {
    this.#compute = compute;
    this.#file = file;
  }

  write(column: Column): FrameRef {
    this.#writeDictionaries(column);
    const at = this.#file.bytes;
    const scratch = this.#compute.heap.arena(column.segment);
    try {
      const buffers = new BufferWriter(this.#compute, this.#file, scratch);
      const [meta, sum] = this.#writeBuffers(column, buffers, scratch);
      const trailer = Buffer.alloc(TRAILER);
      trailer.writeUInt32LE(meta.length, 0);
      trailer.writeUInt32LE(crc32(meta), 4);
      trailer.writeUInt32LE(sum, 8);
      this.#file.append([meta, trailer]);
      return { at, bytes: this.#file.bytes - at };
    } finally {
      scratch.release();
    }
  }

  #writeBuffers(column: Column, buffers: BufferWriter, scratch: Arena): readonly [Buffer, number] {
    try {
      const meta = serialize(this.#describe(column, buffers, scratch));
      return [meta, buffers.end()];
    } finally {
      buffers.close();
    }
  }

  /** Dictionaries that were written may be gone: others may lie where they did. */
  forgetDictionaries(): void {
    this.#dictionaries.clear();
  }

  /** Writes the column's buffers, and says what they are. */
  #describe(column: Column, buffers: BufferWriter, scratch: Arena): Meta {
    const { heap } = this.#compute;
    const { type, length, nullCount, stats } = column;
    const { u8, i32 } = heap.segment(column.segment);
    const write = (ptr: number, bytes: number, width: number): BufferMeta | null =>
      buffers.write(u8.subarray(ptr, ptr + bytes), width);
    const hasOffsets = column.offsets !== 0;
    const start = hasOffsets ? i32[column.offsets / 4] : 0;
    const end = hasOffsets ? i32[column.offsets / 4 + length] : 0;
    const validity = nullCount === 0 ? null : write(column.validity, (length + 7) >>> 3, 1);
    const offsets = hasOffsets ? write(column.offsets, 4 * (length + 1), 4) : null;
    const base = { type, length, nullCount, stats, validity, offsets, start, dictionary: undefined };
    switch (type.kind) {
      case "list": {
        const items = sliceColumn(heap, column.children[0], start, end, scratch);
        return { ...base, values: null, children: [this.#describe(items, buffers, scratch)] };
      }
      case "utf8":
      case "object":
        return { ...base, values: write(column.values + start, end - start, 1), children: [] };
      case "dictionary": {
        const values = write(column.values, 4 * length, 4);
        return { ...base, values, children: [], dictionary: this.#dictionaryOf(column) };
      }
      default: {
        const width = type.kind === "vector" ? (type.item === "f32" ? 4 : 8) : valueWidth(type);
        const values = write(column.values, length * valueWidth(type), width);
        const children = column.children.map((child) => this.#describe(child, buffers, scratch));
        return { ...base, values, children };
      }
    }
  }

  #dictionaryOf({ children: [dictionary] }: Column): FrameRef | Column {
    return dictionary.lasting === undefined ? this.#dictionaries.get(identityOf(dictionary))! : dictionary;
  }

  /** Before the frame itself begins. */
  #writeDictionaries(column: Column): void {
    if (column.type.kind !== "dictionary")
      for (const child of column.children) this.#writeDictionaries(child);
    else {
      const [dictionary] = column.children;
      const identity = identityOf(dictionary);
      if (dictionary.lasting === undefined && !this.#dictionaries.has(identity))
        this.#dictionaries.set(identity, this.write(dictionary));
    }
  }
}

function identityOf({ segment, offsets, values, length }: Column): string {
  return `${segment} ${offsets} ${values} ${length}`;
}

/** Offsets that are to start at 0 once they are read. */
interface Shift {
  readonly offsets: number;
  readonly length: number;
  readonly by: number;
}

interface Files {
  open(name: string): FrameSource;
}

export class FrameReader {
  readonly #compute: Compute;
  readonly #files: Files;
  readonly #name: string;
  readonly #shared: (segment: SegmentId) => Arena;
  readonly #dictionaries = new Map<string, Column>();

  /** Dictionaries are read once a segment, into an arena of `shared`. */
  constructor(compute: Compute, files: Files, name: string, shared: (segment: SegmentId) => Arena) {
    this.#compute = compute;
    this.#files = files;
    this.#name = name;
    this.#shared = shared;
  }

  /** BLOCK_LOST when the frame is not there, or not as it was written. */
  read(ref: FrameRef, out: Arena): Column {
    const file = this.#files.open(this.#name);
    try {
      return this.#read(file, ref, out);
    } finally {
      file.close();
    }
  }

  #read(file: FrameSource, ref: FrameRef, out: Arena): Column {
    const { path } = file;
    const tail = Buffer.alloc(Math.min(ref.bytes, TAIL));
    file.read(ref.at + ref.bytes - tail.length, [tail]);
    const [metaBytes, metaSum, sum] = [12, 8, 4].map((back) => tail.readUInt32LE(tail.length - back));
    const payload = ref.bytes - TRAILER - metaBytes;
    if (payload < 0) throw corruptBlock(path, ref.at, "its meta data do not fit in it");
    let meta = tail.subarray(Math.max(0, tail.length - TRAILER - metaBytes), -TRAILER);
    if (meta.length < metaBytes) {
      meta = Buffer.alloc(metaBytes);
      file.read(ref.at + payload, [meta]);
    }
    if (crc32(meta) !== metaSum) throw corruptBlock(path, ref.at, "the checksum of its meta data is wrong");
    const buffers = new BufferReader(this.#compute, out);
    const shifts: Shift[] = [];
    const column = this.#place(file, deserialize(meta) as Meta, buffers, shifts, out);
    if (!buffers.read(file, ref.at, sum)) throw corruptBlock(path, ref.at, "its checksum is wrong");
    const { i32 } = out.segment;
    for (const { offsets, length, by } of shifts)
      for (let i = offsets / 4; i < offsets / 4 + length; i++) i32[i] -= by;
    return column;
  }

  #place(file: FrameSource, meta: Meta, buffers: BufferReader, shifts: Shift[], out: Arena): Column {
    const { type, length, nullCount, stats, dictionary } = meta;
    const validity = buffers.place(meta.validity);
    const offsets = buffers.place(meta.offsets);
    if (meta.start !== 0) shifts.push({ offsets, length: length + 1, by: meta.start });
    return {
      type,
      length,
      segment: out.segment.id,
      validity,
      nullCount,
      offsets,
      values: buffers.place(meta.values),
      children:
        dictionary === undefined
          ? meta.children.map((child) => this.#place(file, child, buffers, shifts, out))
          : ["at" in dictionary ? this.#dictionary(file, dictionary, out.segment.id) : dictionary],
      ...(stats === undefined ? {} : { stats }),
    };
  }

  #dictionary(file: FrameSource, ref: FrameRef, segment: SegmentId): Column {
    const identity = `${segment} ${ref.at}`;
    let dictionary = this.#dictionaries.get(identity);
    if (dictionary === undefined)
      this.#dictionaries.set(identity, (dictionary = this.#read(file, ref, this.#shared(segment))));
    return dictionary;
  }
}
