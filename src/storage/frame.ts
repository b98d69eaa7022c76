/**
 * Frames: columns in a file, each as its buffers end to end, then what they are, then a checksum over both. One is read back into any arena,
 * equal bit for bit but for offsets, which start at 0 again. A dictionary is a frame of its own, written once a file; a lasting one stays
 * in memory and is referred to. Costs a pass over the bytes and a system call or two.
 */
import { deserialize, serialize } from "node:v8";
import { crc32 } from "node:zlib";
import type { Column, ColumnStats } from "../column/column.ts";
import { sliceColumn } from "../column/slice.ts";
import { type DataType, valueWidth } from "../column/type.ts";
import type { Arena } from "../memory/arena.ts";
import type { Heap } from "../memory/heap.ts";
import type { SegmentId } from "../memory/segment.ts";
import { corruptBlock } from "./disk-files.ts";

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
  /** Bytes of each buffer. */
  readonly validity: number;
  readonly offsets: number;
  readonly values: number;
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
  readonly #heap: Heap;
  readonly #file: FrameSink;
  /** By where they lie. */
  readonly #dictionaries = new Map<string, FrameRef>();

  constructor(heap: Heap, file: FrameSink) {
    this.#heap = heap;
    this.#file = file;
  }

  write(column: Column): FrameRef {
    const scratch = this.#heap.arena(column.segment);
    try {
      const views: Uint8Array[] = [];
      const meta = serialize(this.#describe(column, views, scratch));
      const trailer = Buffer.alloc(TRAILER);
      trailer.writeUInt32LE(meta.length, 0);
      trailer.writeUInt32LE(crc32(meta), 4);
      trailer.writeUInt32LE(checksum(views), 8);
      const at = this.#file.bytes;
      this.#file.append([...views, meta, trailer]);
      return { at, bytes: this.#file.bytes - at };
    } finally {
      scratch.release();
    }
  }

  /** Dictionaries that were written may be gone: others may lie where they did. */
  forgetDictionaries(): void {
    this.#dictionaries.clear();
  }

  /** Adds the column's buffers to `views`, and says what they are. */
  #describe(column: Column, views: Uint8Array[], scratch: Arena): Meta {
    const { type, length, nullCount, stats } = column;
    const { u8, i32 } = this.#heap.segment(column.segment);
    const add = (ptr: number, bytes: number): number => {
      if (bytes > 0) views.push(u8.subarray(ptr, ptr + bytes));
      return bytes;
    };
    const hasOffsets = column.offsets !== 0;
    const start = hasOffsets ? i32[column.offsets / 4] : 0;
    const end = hasOffsets ? i32[column.offsets / 4 + length] : 0;
    const validity = add(column.validity, nullCount === 0 ? 0 : (length + 7) >>> 3);
    const offsets = add(column.offsets, hasOffsets ? 4 * (length + 1) : 0);
    const base = { type, length, nullCount, stats, validity, offsets, start };
    switch (type.kind) {
      case "list": {
        const items = sliceColumn(this.#heap, column.children[0], start, end, scratch);
        return {
          ...base,
          values: 0,
          children: [this.#describe(items, views, scratch)],
          dictionary: undefined,
        };
      }
      case "utf8":
      case "object":
        return {
          ...base,
          values: add(column.values + start, end - start),
          children: [],
          dictionary: undefined,
        };
      case "dictionary": {
        const values = add(column.values, 4 * length);
        return { ...base, values, children: [], dictionary: this.#dictionary(column.children[0]) };
      }
      default: {
        const values = add(column.values, length * valueWidth(type));
        const children = column.children.map((child) => this.#describe(child, views, scratch));
        return { ...base, values, children, dictionary: undefined };
      }
    }
  }

  #dictionary(dictionary: Column): FrameRef | Column {
    if (dictionary.lasting !== undefined) return dictionary;
    const identity = identityOf(dictionary);
    let ref = this.#dictionaries.get(identity);
    if (ref === undefined) this.#dictionaries.set(identity, (ref = this.write(dictionary)));
    return ref;
  }
}

function identityOf({ segment, offsets, values }: Column): string {
  return `${segment} ${offsets} ${values}`;
}

interface Files {
  open(name: string): FrameSource;
}

export class FrameReader {
  readonly #files: Files;
  readonly #name: string;
  readonly #shared: (segment: SegmentId) => Arena;
  readonly #dictionaries = new Map<string, Column>();

  /** Dictionaries are read once a segment, into an arena of `shared`. */
  constructor(files: Files, name: string, shared: (segment: SegmentId) => Arena) {
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
    const placed = new Placed();
    const column = this.#place(file, deserialize(meta) as Meta, placed, out);
    file.read(ref.at, placed.views);
    if (checksum(placed.views) !== sum) throw corruptBlock(path, ref.at, "its checksum is wrong");
    placed.rebase(out.segment.i32);
    return column;
  }

  #place(file: FrameSource, meta: Meta, placed: Placed, out: Arena): Column {
    const { type, length, nullCount, stats, dictionary } = meta;
    const validity = placed.buffer(meta.validity, out);
    const offsets = placed.buffer(meta.offsets, out);
    if (meta.start !== 0) placed.shift(offsets, length + 1, meta.start);
    return {
      type,
      length,
      segment: out.segment.id,
      validity,
      nullCount,
      offsets,
      // Strings that are all empty have offsets and no bytes.
      values: placed.buffer(meta.values, out),
      children:
        dictionary === undefined
          ? meta.children.map((child) => this.#place(file, child, placed, out))
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

/** The buffers of a frame that is being read, in their order in the file. */
class Placed {
  readonly views: Uint8Array[] = [];
  readonly #shifts: { readonly offsets: number; readonly length: number; readonly by: number }[] = [];

  buffer(bytes: number, out: Arena): number {
    if (bytes === 0) return 0;
    const ptr = out.allocate(bytes);
    this.views.push(out.segment.u8.subarray(ptr, ptr + bytes));
    return ptr;
  }

  /** Makes offsets start at 0 once they are read. */
  shift(offsets: number, length: number, by: number): void {
    this.#shifts.push({ offsets, length, by });
  }

  rebase(i32: Int32Array): void {
    for (const { offsets, length, by } of this.#shifts)
      for (let i = offsets / 4; i < offsets / 4 + length; i++) i32[i] -= by;
  }
}

function checksum(views: readonly Uint8Array[]): number {
  return views.reduce((sum, view) => crc32(view, sum), 0);
}
