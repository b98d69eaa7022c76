/** The buffers of a record batch, in order, checked against the body and inflated where they are compressed. */
import zlib from "node:zlib";
import { GnistaError } from "../errors.ts";
import { corruptArrow, type SourceName } from "./corrupt.ts";
import { inflateLz4 } from "./lz4.ts";
import type { BatchHeader } from "./message.ts";

export class BatchBody {
  readonly source: SourceName;
  /** Where the body lies in the source. */
  readonly offset: number;
  readonly #batch: BatchHeader;
  readonly #bytes: Uint8Array;
  #node = 0;
  #buffer = 0;
  #view = 0;

  constructor(batch: BatchHeader, bytes: Uint8Array, source: SourceName, offset: number) {
    this.#batch = batch;
    this.#bytes = bytes;
    this.source = source;
    this.offset = offset;
  }

  get length(): number {
    return this.#batch.length;
  }

  /** The next array's length and how many of its rows are null. */
  node(): { readonly length: number; readonly nullCount: number } {
    const node = this.#batch.nodes[this.#node++];
    if (node === undefined) throw this.corrupt("it has fewer arrays than its schema");
    const [length, nullCount] = node;
    if (length < 0 || length > 0x7fffffff || nullCount < -1 || nullCount > length)
      throw this.corrupt(`an array has ${length} rows, ${nullCount} of them null`);
    return { length, nullCount };
  }

  /** The next buffer, which must have at least `bytes`. */
  buffer(bytes = 0): Uint8Array {
    const place = this.#batch.buffers[this.#buffer++];
    if (place === undefined) throw this.corrupt("it has fewer buffers than its schema needs");
    const [offset, length] = place;
    if (offset < 0 || length < 0 || offset + length > this.#bytes.length)
      throw this.corrupt("a buffer lies outside of its body");
    const stored = this.#bytes.subarray(offset, offset + length);
    const buffer =
      this.#batch.compression === "none" || length === 0 ? stored : this.#inflate(stored, offset);
    if (buffer.length < bytes) throw this.corrupt(`a buffer of ${buffer.length} bytes should have ${bytes}`);
    return buffer;
  }

  /** How many data buffers the next view array has. */
  variadicCount(): number {
    const count = this.#batch.variadicCounts[this.#view++];
    if (count === undefined || count < 0)
      throw this.corrupt("a view array does not say how many buffers it has");
    return count;
  }

  end(): void {
    if (this.#node !== this.#batch.nodes.length || this.#buffer !== this.#batch.buffers.length)
      throw this.corrupt("it has more arrays than its schema");
  }

  corrupt(why: string): GnistaError {
    return corruptArrow(this.source, this.offset, `in a batch, ${why}`);
  }

  /** i64 length, -1 for bytes that are stored as they are; then the bytes. */
  #inflate(stored: Uint8Array, offset: number): Uint8Array {
    if (stored.length < 8) throw this.corrupt("a compressed buffer has no length");
    const view = new DataView(stored.buffer, stored.byteOffset, 8);
    const length = view.getInt32(4, true) * 2 ** 32 + view.getUint32(0, true);
    const bytes = stored.subarray(8);
    if (length === -1) return bytes;
    if (length < 0 || length > 2 ** 32) throw this.corrupt(`a compressed buffer has ${length} bytes`);
    let inflated: Uint8Array;
    try {
      inflated =
        length === 0
          ? new Uint8Array(0)
          : this.#batch.compression === "lz4"
            ? inflateLz4(bytes, length)
            : this.#inflateZstd(bytes, length);
    } catch (error) {
      if (GnistaError.is(error)) throw error;
      throw corruptArrow(
        this.source,
        this.offset + offset,
        `a compressed buffer is damaged, ${error instanceof Error ? error.message : String(error)}`,
      );
    }
    if (inflated.length !== length)
      throw this.corrupt(`a compressed buffer has ${inflated.length} bytes instead of ${length}`);
    return inflated;
  }

  #inflateZstd(bytes: Uint8Array, length: number): Uint8Array {
    if (zlib.zstdDecompressSync === undefined)
      throw new GnistaError(
        "MISSING_PACKAGE",
        `reading Arrow data compressed with zstd needs Node 22.15 or newer; this is ${process.version}`,
        this.source === null ? {} : { file: this.source },
      );
    return zlib.zstdDecompressSync(bytes, { maxOutputLength: length });
  }
}
