/**
 * Reading flatbuffers, the encoding of Arrow's metadata: a table is a vtable of field positions and the fields themselves. Every access
 * is checked: what points outside of the buffer is a RangeError, which the reader of messages turns into CORRUPT_INPUT.
 *
 * https://flatbuffers.dev/internals/
 */
import { Buffer } from "node:buffer";

export class FlatTable {
  readonly #view: DataView;
  readonly #at: number;
  readonly #vtable: number;
  readonly #vtableBytes: number;

  private constructor(view: DataView, at: number) {
    this.#view = view;
    this.#at = at;
    this.#vtable = at - view.getInt32(at, true);
    this.#vtableBytes = view.getUint16(this.#vtable, true);
  }

  static root(bytes: Uint8Array): FlatTable {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return new FlatTable(view, view.getUint32(0, true));
  }

  u8(slot: number, absent = 0): number {
    const at = this.#position(slot);
    return at === 0 ? absent : this.#view.getUint8(at);
  }

  bool(slot: number): boolean {
    return this.u8(slot) !== 0;
  }

  i16(slot: number, absent = 0): number {
    const at = this.#position(slot);
    return at === 0 ? absent : this.#view.getInt16(at, true);
  }

  i32(slot: number, absent = 0): number {
    const at = this.#position(slot);
    return at === 0 ? absent : this.#view.getInt32(at, true);
  }

  i64(slot: number): number {
    const at = this.#position(slot);
    return at === 0 ? 0 : int64(this.#view, at);
  }

  text(slot: number): string | null {
    const at = this.#pointer(slot);
    if (at === 0) return null;
    const length = this.#view.getUint32(at, true);
    if (at + 4 + length > this.#view.byteLength)
      throw new RangeError("a string ends outside of the metadata");
    return Buffer.from(this.#view.buffer, this.#view.byteOffset + at + 4, length).toString("utf8");
  }

  table(slot: number): FlatTable | null {
    const at = this.#pointer(slot);
    return at === 0 ? null : new FlatTable(this.#view, at);
  }

  tables(slot: number): FlatTable[] {
    const vector = this.#vector(slot, 4);
    return Array.from({ length: vector.count }, (_, i) => {
      const at = vector.start + i * 4;
      return new FlatTable(this.#view, at + this.#view.getUint32(at, true));
    });
  }

  i64s(slot: number): number[] {
    const { start, count } = this.#vector(slot, 8);
    return Array.from({ length: count }, (_, i) => int64(this.#view, start + i * 8));
  }

  /** Vectors of structs of `words` 64-bit words, each word read as an i64. */
  structs(slot: number, words: number): number[][] {
    const { start, count } = this.#vector(slot, words * 8);
    return Array.from({ length: count }, (_, i) =>
      Array.from({ length: words }, (_, w) => int64(this.#view, start + (i * words + w) * 8)),
    );
  }

  #vector(slot: number, width: number): { readonly start: number; readonly count: number } {
    const at = this.#pointer(slot);
    if (at === 0) return { start: 0, count: 0 };
    const count = this.#view.getUint32(at, true);
    if (at + 4 + count * width > this.#view.byteLength)
      throw new RangeError("a vector ends outside of the metadata");
    return { start: at + 4, count };
  }

  /** Where a field lies, 0 when it is absent. */
  #position(slot: number): number {
    const entry = 4 + slot * 2;
    if (entry + 2 > this.#vtableBytes) return 0;
    const offset = this.#view.getUint16(this.#vtable + entry, true);
    return offset === 0 ? 0 : this.#at + offset;
  }

  #pointer(slot: number): number {
    const at = this.#position(slot);
    return at === 0 ? 0 : at + this.#view.getUint32(at, true);
  }
}

function int64(view: DataView, at: number): number {
  const value = view.getInt32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
  if (!Number.isSafeInteger(value)) throw new RangeError("a length or position is beyond 2^53");
  return value;
}
