/**
 * Writing flatbuffers from a description of the tables, front to back: each table follows its vtable and is followed by what it points
 * to, so that every offset is positive as the format demands. Tables are aligned to 8 bytes.
 */
import { Buffer } from "node:buffer";

export type FlatValue =
  | { readonly kind: "u8" | "i16" | "i32" | "i64"; readonly value: number }
  | { readonly kind: "text"; readonly value: string }
  | FlatTableValue
  | { readonly kind: "tables"; readonly items: readonly FlatTableValue[] }
  /** A vector of structs of 64-bit words. */
  | { readonly kind: "structs"; readonly items: readonly (readonly number[])[] };

export interface FlatTableValue {
  readonly kind: "table";
  /** By slot; null is absent. */
  readonly fields: readonly (FlatValue | null)[];
}

export const table = (...fields: readonly (FlatValue | null)[]): FlatTableValue => ({
  kind: "table",
  fields,
});
export const u8 = (value: number): FlatValue => ({ kind: "u8", value });
export const i16 = (value: number): FlatValue => ({ kind: "i16", value });
export const i32 = (value: number): FlatValue => ({ kind: "i32", value });
export const i64 = (value: number): FlatValue => ({ kind: "i64", value });
export const text = (value: string): FlatValue => ({ kind: "text", value });
export const tables = (items: readonly FlatTableValue[]): FlatValue => ({ kind: "tables", items });
export const structs = (items: readonly (readonly number[])[]): FlatValue => ({ kind: "structs", items });

const WIDTHS = { u8: 1, i16: 2, i32: 4, i64: 8 } as const;

export function writeFlat(root: FlatTableValue): Uint8Array {
  const writer = new FlatWriter();
  writer.allocate(4, 4);
  writer.point(0, root);
  return writer.bytes();
}

class FlatWriter {
  #view = new DataView(new ArrayBuffer(1024));
  #end = 0;

  bytes(): Uint8Array {
    return new Uint8Array(this.#view.buffer, 0, this.#end);
  }

  /** Places a value that is reached through the offset at `from`. */
  point(from: number, value: FlatValue): void {
    const at = this.#place(value);
    this.#view.setUint32(from, at - from, true);
  }

  /** `bytes` zeros such that the position plus `skew` is a multiple of `align`. */
  allocate(bytes: number, align: number, skew = 0): number {
    const at = Math.ceil((this.#end + skew) / align) * align - skew;
    this.#end = at + bytes;
    if (this.#end > this.#view.byteLength) {
      const grown = new Uint8Array(Math.max(this.#end, this.#view.byteLength * 2));
      grown.set(new Uint8Array(this.#view.buffer));
      this.#view = new DataView(grown.buffer);
    }
    return at;
  }

  #place(value: FlatValue): number {
    switch (value.kind) {
      case "table":
        return this.#table(value);
      case "text": {
        const bytes = Buffer.from(value.value, "utf8");
        const at = this.allocate(4 + bytes.length + 1, 4);
        this.#view.setUint32(at, bytes.length, true);
        new Uint8Array(this.#view.buffer).set(bytes, at + 4);
        return at;
      }
      case "tables": {
        const at = this.allocate(4 + value.items.length * 4, 4);
        this.#view.setUint32(at, value.items.length, true);
        value.items.forEach((item, i) => this.point(at + 4 + i * 4, item));
        return at;
      }
      case "structs": {
        const words = value.items[0]?.length ?? 0;
        const at = this.allocate(4 + value.items.length * words * 8, 8, 4);
        this.#view.setUint32(at, value.items.length, true);
        value.items.flat().forEach((word, i) => this.#scalar("i64", at + 4 + i * 8, word));
        return at;
      }
      default:
        throw new Error("gnista bug: a scalar lies in its table");
    }
  }

  #table({ fields }: FlatTableValue): number {
    let size = 4;
    const positions = fields.map((field) => {
      if (field === null) return 0;
      const width = field.kind in WIDTHS ? WIDTHS[field.kind as keyof typeof WIDTHS] : 4;
      const at = Math.ceil(size / width) * width;
      size = at + width;
      return at;
    });
    const vtable = this.allocate(4 + fields.length * 2, 2);
    const at = this.allocate(size, 8);
    this.#view.setInt32(at, at - vtable, true);
    this.#view.setUint16(vtable, 4 + fields.length * 2, true);
    this.#view.setUint16(vtable + 2, size, true);
    positions.forEach((position, slot) => this.#view.setUint16(vtable + 4 + slot * 2, position, true));
    fields.forEach((field, slot) => {
      if (field === null) return;
      const position = at + positions[slot];
      if (field.kind === "u8" || field.kind === "i16" || field.kind === "i32" || field.kind === "i64")
        this.#scalar(field.kind, position, field.value);
      else this.point(position, field);
    });
    return at;
  }

  #scalar(kind: keyof typeof WIDTHS, at: number, value: number): void {
    switch (kind) {
      case "u8":
        this.#view.setUint8(at, value);
        break;
      case "i16":
        this.#view.setInt16(at, value, true);
        break;
      case "i32":
        this.#view.setInt32(at, value, true);
        break;
      case "i64":
        this.#view.setBigInt64(at, BigInt(value), true);
    }
  }
}
