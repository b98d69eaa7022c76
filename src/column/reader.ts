/** Columns back into JavaScript values. A dictionary is read once a distinct value. */
import { Buffer } from "node:buffer";
import type { Segment, SegmentId } from "../memory/segment.ts";
import type { TypedArray } from "./builder.ts";
import type { Column } from "./column.ts";
import { readCodes } from "./dictionary-strings.ts";
import { decodeObject } from "./object.ts";
import { readStrings } from "./read-strings.ts";

interface Segments {
  segment(id: SegmentId): Segment;
}

/** All rows as values; cost one pass. */
export function readColumn(heap: Segments, column: Column): unknown[] {
  const values = readValid(heap, column);
  if (column.nullCount === 0) return values;
  const { u8 } = heap.segment(column.segment);
  for (let i = 0; i < column.length; i++) if (!isValid(u8, column.validity, i)) values[i] = null;
  return values;
}

export function isValid(u8: Uint8Array, validity: number, row: number): boolean {
  return validity === 0 || (u8[validity + (row >>> 3)] & (1 << (row & 7))) !== 0;
}

function readValid(heap: Segments, column: Column): unknown[] {
  const { type, length: n, values: ptr } = column;
  const segment = heap.segment(column.segment);
  switch (type.kind) {
    case "bool": {
      const result = new Array<boolean>(n);
      for (let i = 0; i < n; i++) result[i] = segment.u8[ptr + i] !== 0;
      return result;
    }
    case "i32":
      return Array.from(segment.i32.subarray(ptr / 4, ptr / 4 + n));
    case "u32":
      return Array.from(segment.u32.subarray(ptr / 4, ptr / 4 + n));
    case "f32":
      return Array.from(segment.f32.subarray(ptr / 4, ptr / 4 + n));
    case "f64":
      return Array.from(segment.f64.subarray(ptr / 8, ptr / 8 + n));
    case "i64":
      return Array.from(segment.i64.subarray(ptr / 8, ptr / 8 + n));
    case "u64":
      return Array.from(segment.u64.subarray(ptr / 8, ptr / 8 + n));
    case "date": {
      const result = new Array<Date>(n);
      for (let i = 0; i < n; i++) result[i] = new Date(segment.f64[ptr / 8 + i]);
      return result;
    }
    case "utf8":
      return readStrings(segment, column);
    case "dictionary": {
      const result = new Array<unknown>(n);
      readCodes(heap, column.children[0], segment.u32.subarray(ptr / 4, ptr / 4 + n), result, 0);
      return result;
    }
    case "vector": {
      const result = new Array<unknown>(n);
      const { size } = type;
      if (type.item === "f64")
        for (let i = 0; i < n; i++)
          result[i] = segment.f64.slice(ptr / 8 + i * size, ptr / 8 + (i + 1) * size);
      else
        for (let i = 0; i < n; i++)
          result[i] = segment.f32.slice(ptr / 4 + i * size, ptr / 4 + (i + 1) * size);
      return result.map((v) =>
        type.item === "f64" ? new Float64Array(v as Float64Array) : new Float32Array(v as Float32Array),
      );
    }
    case "list": {
      const items = readColumn(heap, column.children[0]);
      const result = new Array<unknown>(n);
      const at = column.offsets / 4;
      for (let i = 0; i < n; i++) result[i] = items.slice(segment.i32[at + i], segment.i32[at + i + 1]);
      return result;
    }
    case "struct": {
      const fields = column.children.map((child) => readColumn(heap, child));
      const result = new Array<unknown>(n);
      if (type.form === "tuple") {
        if (fields.length === 2) {
          const [a, b] = fields;
          for (let i = 0; i < n; i++) result[i] = [a[i], b[i]];
        } else for (let i = 0; i < n; i++) result[i] = fields.map((f) => f[i]);
      } else {
        const names = type.fields.map((f) => f.name);
        for (let i = 0; i < n; i++) {
          const row: Record<string, unknown> = {};
          for (let f = 0; f < names.length; f++) row[names[f]] = fields[f][i];
          result[i] = row;
        }
      }
      return result;
    }
    case "object": {
      const result = new Array<unknown>(n);
      const at = column.offsets / 4;
      const start = segment.i32[at];
      // Deserializing refuses shared memory: copy the bytes out once.
      const bytes = Buffer.from(segment.u8.subarray(ptr + start, ptr + segment.i32[at + n]));
      for (let i = 0; i < n; i++)
        result[i] = isValid(segment.u8, column.validity, i)
          ? decodeObject(bytes.subarray(segment.i32[at + i] - start, segment.i32[at + i + 1] - start))
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
