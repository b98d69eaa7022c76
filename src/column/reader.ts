/** Columns back into JavaScript values. A dictionary is read once a distinct value. */
import { Buffer } from "node:buffer";
import type { Segments } from "../memory/segment.ts";
import type { Column } from "./column.ts";
import { readCodes } from "./dictionary-strings.ts";
import { decodeObject } from "./object.ts";
import { readStrings } from "./read-strings.ts";
import { structRows } from "./struct-rows.ts";
import { valueWidth } from "./type.ts";
import type { TypedArray } from "./typed-array.ts";

/** Rows `from` to `to` as values, all without bounds; cost one pass over them. */
export function readColumn(heap: Segments, column: Column, from = 0, to = column.length): unknown[] {
  const values = readValid(heap, column, from, to);
  if (column.nullCount === 0) return values;
  const { u8 } = heap.segment(column.segment);
  for (let i = from; i < to; i++) if (!isValid(u8, column.validity, i)) values[i - from] = null;
  return values;
}

export function isValid(u8: Uint8Array, validity: number, row: number): boolean {
  return validity === 0 || (u8[validity + (row >>> 3)] & (1 << (row & 7))) !== 0;
}

function readValid(heap: Segments, column: Column, from: number, to: number): unknown[] {
  const { type, children } = column;
  const n = to - from;
  const segment = heap.segment(column.segment);
  const start = column.values / (valueWidth(type) || 1) + from;
  switch (type.kind) {
    case "bool": {
      const result = new Array<boolean>(n);
      for (let i = 0; i < n; i++) result[i] = segment.u8[start + i] !== 0;
      return result;
    }
    case "i32":
    case "u32":
    case "f32":
    case "f64":
      return Array.from(segment[type.kind].subarray(start, start + n));
    case "i64":
    case "u64":
      return Array.from(segment[type.kind].subarray(start, start + n));
    case "date": {
      const result = new Array<Date>(n);
      for (let i = 0; i < n; i++) result[i] = new Date(segment.f64[start + i]);
      return result;
    }
    case "utf8":
      return readStrings(segment, column, from, to);
    case "dictionary": {
      const result = new Array<unknown>(n);
      readCodes(heap, children[0], segment.u32.subarray(start, start + n), result, 0);
      return result;
    }
    case "vector": {
      const result = new Array<unknown>(n);
      const { size, item } = type;
      const make = item === "f64" ? Float64Array : Float32Array;
      const first = column.values / make.BYTES_PER_ELEMENT + from * size;
      for (let i = 0; i < n; i++)
        result[i] = new make(segment[item].subarray(first + i * size, first + (i + 1) * size));
      return result;
    }
    case "list": {
      const result = new Array<unknown>(n);
      const { i32 } = segment;
      const at = column.offsets / 4 + from;
      const base = i32[at];
      const items = n === 0 ? [] : readColumn(heap, children[0], base, i32[at + n]);
      for (let i = 0; i < n; i++) result[i] = items.slice(i32[at + i] - base, i32[at + i + 1] - base);
      return result;
    }
    case "struct": {
      const fields = children.map((child) => readColumn(heap, child, from, to));
      return structRows(type.form === "tuple" ? null : type.fields.map(({ name }) => name), fields, n);
    }
    case "object": {
      const result = new Array<unknown>(n);
      const { i32, u8 } = segment;
      const at = column.offsets / 4 + from;
      const base = i32[at];
      // Deserializing refuses shared memory: copy the bytes out once.
      const bytes = Buffer.from(u8.subarray(column.values + base, column.values + i32[at + n]));
      for (let i = 0; i < n; i++)
        result[i] = isValid(u8, column.validity, from + i)
          ? decodeObject(bytes.subarray(i32[at + i] - base, i32[at + i + 1] - base))
          : null;
      return result;
    }
  }
}

/** The column as one typed array or array of strings (a copy); anything else as values. */
export function readTyped(heap: Segments, column: Column): TypedArray | unknown[] {
  const { type, length: n, values: ptr } = column;
  const segment = heap.segment(column.segment);
  if (column.nullCount === 0)
    switch (type.kind) {
      case "i32":
        return new Int32Array(segment.i32.subarray(ptr / 4, ptr / 4 + n));
      case "u32":
        return new Uint32Array(segment.u32.subarray(ptr / 4, ptr / 4 + n));
      case "f32":
        return new Float32Array(segment.f32.subarray(ptr / 4, ptr / 4 + n));
      case "f64":
        return new Float64Array(segment.f64.subarray(ptr / 8, ptr / 8 + n));
      case "i64":
        return new BigInt64Array(segment.i64.subarray(ptr / 8, ptr / 8 + n));
      case "u64":
        return new BigUint64Array(segment.u64.subarray(ptr / 8, ptr / 8 + n));
    }
  return readColumn(heap, column);
}
