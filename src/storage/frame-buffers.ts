/**
 * The buffers of a frame on their way to a file and back: cut into pieces, each of which is compressed when that pays. What is compressed is
 * gathered, so that the file is written some hundred kilobytes at a time; what is not goes from where it lies.
 */
import { crc32 } from "node:zlib";
import { GnistaError } from "../errors.ts";
import { Compressor, type Encoding, PIECE_BYTES } from "../kernels/compress.ts";
import type { Compute } from "../kernels/compute.ts";
import type { Arena } from "../memory/arena.ts";
import type { FrameSink, FrameSource } from "./frame.ts";

export interface BufferMeta {
  readonly bytes: number;
  /** Of a value. */
  readonly width: number;
  /** Of each piece in turn; null when all are plain. */
  readonly pieces: readonly PieceMeta[] | null;
}

interface PieceMeta {
  readonly encoding: Encoding;
  readonly stored: number;
}

const GATHERED_BYTES = 1 << 20;

/** Kept for the next frame: memory outside the heap is given back late. While one is written, another may have to be. */
const spare: Buffer[] = [];

export class BufferWriter {
  readonly #file: FrameSink;
  /** Null when there is no memory for it: then nothing is compressed. */
  readonly #compressor: Compressor | null;
  readonly #gathered = spare.pop() ?? Buffer.allocUnsafeSlow(GATHERED_BYTES);
  #used = 0;
  #views: Uint8Array[] = [];
  #checksum = 0;

  /** `scratch` lies in the segment of the buffers. */
  constructor(compute: Compute, file: FrameSink, scratch: Arena) {
    this.#file = file;
    this.#compressor = compressorIn(compute, scratch);
  }

  write(buffer: Uint8Array, width: number): BufferMeta | null {
    const { length: bytes } = buffer;
    if (bytes === 0) return null;
    const pieces: PieceMeta[] = [];
    for (let from = 0; from < bytes; from += PIECE_BYTES) {
      const plain = buffer.subarray(from, from + PIECE_BYTES);
      const piece = this.#compressor?.compress(plain, width) ?? { encoding: "plain", bytes: plain };
      pieces.push({ encoding: piece.encoding, stored: piece.bytes.length });
      // Gathering may write all views that there are.
      const view = piece.encoding === "plain" ? piece.bytes : this.#gather(piece.bytes);
      this.#views.push(view);
    }
    return { bytes, width, pieces: pieces.every(({ encoding }) => encoding === "plain") ? null : pieces };
  }

  /** Writes all that is left, and returns the checksum of everything. */
  end(): number {
    this.#flush();
    return this.#checksum;
  }

  /** Must be called once, whatever happened. */
  close(): void {
    spare.push(this.#gathered);
  }

  #flush(): void {
    this.#checksum = this.#views.reduce((sum, view) => crc32(view, sum), this.#checksum);
    this.#file.append(this.#views);
    this.#views = [];
    this.#used = 0;
  }

  /** Compressed bytes are overwritten by the next. */
  #gather(bytes: Uint8Array): Uint8Array {
    if (this.#used + bytes.length > GATHERED_BYTES) this.#flush();
    this.#gathered.set(bytes, this.#used);
    this.#used += bytes.length;
    return this.#gathered.subarray(this.#used - bytes.length, this.#used);
  }
}

/** Blocks are written when memory is short, and need not be compressed. */
function compressorIn(compute: Compute, scratch: Arena): Compressor | null {
  try {
    return new Compressor(compute, scratch);
  } catch (error) {
    if (GnistaError.is(error, "OUT_OF_MEMORY")) return null;
    throw error;
  }
}

/** The buffers are placed first, in their order in the file; then all are read at once. */
export class BufferReader {
  readonly #compute: Compute;
  readonly #out: Arena;
  readonly #pieces: (PieceMeta & { readonly width: number; readonly target: Uint8Array })[] = [];

  constructor(compute: Compute, out: Arena) {
    this.#compute = compute;
    this.#out = out;
  }

  place(meta: BufferMeta | null): number {
    if (meta === null) return 0;
    const { bytes, width, pieces } = meta;
    const ptr = this.#out.allocate(bytes);
    const target = this.#out.segment.u8.subarray(ptr, ptr + bytes);
    if (pieces === null) this.#pieces.push({ encoding: "plain", stored: bytes, width, target });
    else
      pieces.forEach((piece, i) => {
        const part = target.subarray(i * PIECE_BYTES, Math.min(bytes, (i + 1) * PIECE_BYTES));
        this.#pieces.push({ ...piece, width, target: part });
      });
    return ptr;
  }

  /** Whether what is read from `at` on has the checksum and can be decompressed. */
  read(file: FrameSource, at: number, checksum: number): boolean {
    const packed = this.#pieces.reduce(
      (sum, { encoding, stored }) => sum + (encoding === "plain" ? 0 : stored),
      0,
    );
    const room = takeRoom(packed);
    try {
      let used = 0;
      const views = this.#pieces.map(({ encoding, stored, target }) => {
        if (encoding === "plain") return target;
        used += stored;
        return room.subarray(used - stored, used);
      });
      file.read(at, views);
      return (
        views.reduce((sum, view) => crc32(view, sum), 0) === checksum && (packed === 0 || this.#unpack(views))
      );
    } finally {
      if (room.length === ROOM_BYTES) spareRooms.push(room);
    }
  }

  #unpack(views: readonly Uint8Array[]): boolean {
    const scratch = this.#compute.heap.arena(this.#out.segment.id);
    try {
      const compressor = new Compressor(this.#compute, scratch);
      return this.#pieces.every(
        ({ encoding, width, target }, i) =>
          encoding === "plain" || compressor.decompress({ encoding, bytes: views[i] }, width, target),
      );
    } finally {
      scratch.release();
    }
  }
}

/** What compressed pieces are read into; a frame seldom needs more than one of the least. */
const spareRooms: Buffer[] = [];
const ROOM_BYTES = 4 << 20;

function takeRoom(bytes: number): Buffer {
  return bytes > ROOM_BYTES
    ? Buffer.allocUnsafeSlow(bytes)
    : (spareRooms.pop() ?? Buffer.allocUnsafeSlow(ROOM_BYTES));
}
