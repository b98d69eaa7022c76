/**
 * Compression of what leaves memory, a piece of a column at a time: LZ4, of byte planes where the values have 4 or 8 bytes and that pays, else of the
 * bytes as they are, else nothing. Planes of numbers are both smaller and ten times as fast to compress as the numbers. What does not save an
 * eighth is left as it is: it costs little more than a copy to find out, and nothing to undo. The bytes are the same in every backend.
 */
import { assert } from "../errors.ts";
import type { Arena } from "../memory/arena.ts";
import type { Compute } from "./compute.ts";
import type { Kernels } from "./kernels.ts";

/** How a piece is kept. */
export type Encoding = "plain" | "lz4" | "planes";

export interface Packed {
  readonly encoding: Encoding;
  /** Good until the compressor's next call; those of the piece itself when it is plain. */
  readonly bytes: Uint8Array;
}

/** The most bytes of a piece: with its planes and what becomes of it, it stays in a core's second cache. */
export const PIECE_BYTES = 256 * 1024;

const TABLE_BYTES = 16 * 1024;

/** One thread's, with scratch in `arena`, which the caller releases. Pieces may lie anywhere; those in the arena's segment are not copied first. */
export class Compressor {
  readonly #kernels: Kernels;
  readonly #u8: Uint8Array;
  /** For a piece from elsewhere, its planes, and its compressed bytes. */
  readonly #piece: number;
  readonly #planes: number;
  readonly #packed: number;
  readonly #table: number;

  constructor(c: Compute, arena: Arena) {
    this.#piece = arena.allocate(PIECE_BYTES);
    this.#planes = arena.allocate(PIECE_BYTES);
    this.#packed = arena.allocate(PIECE_BYTES);
    this.#table = arena.allocate(TABLE_BYTES);
    this.#u8 = arena.segment.u8;
    this.#kernels = c.kernels(arena.segment.id);
  }

  /** At most PIECE_BYTES of values of `width` bytes each. */
  compress(piece: Uint8Array, width: number): Packed {
    const source = this.#within(piece, this.#piece);
    if (inPlanes(piece.length, width)) {
      this.#kernels.toBytePlanes(source, piece.length / width, width, this.#planes);
      const bytes = this.#lz4(this.#planes, piece.length);
      if (bytes !== null) return { encoding: "planes", bytes };
    }
    const bytes = this.#lz4(source, piece.length);
    return bytes === null ? { encoding: "plain", bytes: piece } : { encoding: "lz4", bytes };
  }

  /** The piece of target.length bytes that `packed` was made of; false when that is corrupt: then what is in `target` means nothing. */
  decompress({ encoding, bytes }: Packed, width: number, target: Uint8Array): boolean {
    const { length } = target;
    if (encoding === "plain") {
      if (bytes.length !== length) return false;
      target.set(bytes);
      return true;
    }
    if (bytes.length >= length || (encoding === "planes" && !inPlanes(length, width))) return false;
    const source = this.#within(bytes, this.#packed);
    const own = target.buffer === this.#u8.buffer;
    const to = own ? target.byteOffset : this.#piece;
    const unpacked = encoding === "planes" ? this.#planes : to;
    if (this.#kernels.lz4Decompress(source, bytes.length, unpacked, 0, length) !== length) return false;
    if (encoding === "planes") this.#kernels.fromBytePlanes(unpacked, length / width, width, to);
    if (!own) target.set(this.#u8.subarray(to, to + length));
    return true;
  }

  /** Where the bytes lie in the segment, if need be in a copy at `scratch`. */
  #within(bytes: Uint8Array, scratch: number): number {
    assert(bytes.length <= PIECE_BYTES, `a piece of ${bytes.length} bytes is to be compressed`);
    if (bytes.buffer === this.#u8.buffer) return bytes.byteOffset;
    this.#u8.set(bytes, scratch);
    return scratch;
  }

  #lz4(source: number, bytes: number): Uint8Array | null {
    const room = bytes - Math.max(1, bytes >>> 3);
    if (room <= 0) return null;
    const packed = this.#kernels.lz4Compress(source, bytes, this.#packed, room, this.#table);
    return packed === 0 ? null : this.#u8.subarray(this.#packed, this.#packed + packed);
  }
}

function inPlanes(bytes: number, width: number): boolean {
  return (width === 4 || width === 8) && bytes % width === 0;
}
