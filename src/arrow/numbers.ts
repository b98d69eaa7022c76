/** Numbers whose width differs between Arrow and columns: small integers, half floats, bits. */
import type { Column } from "../column/column.ts";
import type { IntType } from "./arrow-type.ts";
import { type ColumnReader, fixed, type Rows } from "./column-reader.ts";

/** Integers of 8 and 16 bits widen to 32. */
export function readInts({ body, out }: ColumnReader, { bits, signed }: IntType, rows: Rows): Column {
  const { length } = rows;
  const bytes = body.buffer((length * bits) / 8);
  if (bits === 64) {
    const values = out.allocate(length * 8);
    out.segment.u8.set(bytes.subarray(0, length * 8), values);
    return fixed(signed ? "i64" : "u64", rows, values);
  }
  const values = out.allocate(length * 4);
  copyInts(bytes, bits, signed, out.segment.i32.subarray(values / 4, values / 4 + length));
  return fixed(signed ? "i32" : "u32", rows, values);
}

/** Integers of at most 32 bits, as the 32 bits of each. */
export function copyInts(bytes: Uint8Array, bits: 8 | 16 | 32, signed: boolean, into: Int32Array): void {
  const { length } = into;
  const buffer = aligned(bytes, bits / 8);
  switch (bits) {
    case 8:
      into.set(signed ? new Int8Array(buffer.buffer, buffer.byteOffset, length) : buffer.subarray(0, length));
      break;
    case 16:
      into.set(
        signed
          ? new Int16Array(buffer.buffer, buffer.byteOffset, length)
          : new Uint16Array(buffer.buffer, buffer.byteOffset, length),
      );
      break;
    case 32:
      into.set(new Int32Array(buffer.buffer, buffer.byteOffset, length));
  }
}

/** The bytes where typed arrays of `width` can lie over them; copied when they do not. */
export function aligned(bytes: Uint8Array, width: number): Uint8Array {
  // Not slice(): a Buffer's would not copy.
  return bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes);
}

export function widenHalves(bytes: Uint8Array, into: Float32Array): void {
  const buffer = aligned(bytes, 2);
  const halves = new Uint16Array(buffer.buffer, buffer.byteOffset, into.length);
  for (let i = 0; i < into.length; i++) into[i] = half(halves[i]);
}

function half(bits: number): number {
  const sign = bits >> 15 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** A byte for each bit. */
export function readBits(bits: Uint8Array, into: Uint8Array): void {
  for (let i = 0; i < into.length; i++) into[i] = (bits[i >>> 3] >>> (i & 7)) & 1;
}

/** A bit for each byte that is not 0. */
export function packBits(bytes: Uint8Array): Uint8Array {
  const bits = new Uint8Array((bytes.length + 7) >>> 3);
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== 0) bits[i >>> 3] |= 1 << (i & 7);
  return bits;
}
