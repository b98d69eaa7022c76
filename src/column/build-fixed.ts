/**
 * Columns of values of one width: numbers, bigints, booleans, dates, vectors of one size. Each is null when some value is of another type;
 * nulls are skipped when `sparse`.
 */
import type { Arena } from "../memory/arena.ts";
import { type Column, plainColumn } from "./column.ts";
import type { DataType } from "./type.ts";

const I64_MIN = -(2n ** 63n);
const I64_MAX = 2n ** 63n - 1n;
const U64_MAX = 2n ** 64n - 1n;

export function buildNumbers(values: readonly unknown[], sparse: boolean, out: Arena): Column | null {
  const n = values.length;
  const ptr = out.allocate(n * 8);
  const into = out.segment.f64;
  const base = ptr / 8;
  for (let i = 0; i < n; i++) {
    const value = values[i];
    if (typeof value === "number") into[base + i] = value;
    else if (sparse && value === null) into[base + i] = 0;
    else return null;
  }
  return column({ kind: "f64" }, n, ptr, out);
}

export function buildBigints(values: readonly unknown[], sparse: boolean, out: Arena): Column | null {
  let min = 0n;
  let max = 0n;
  for (const value of values) {
    if (value === null && sparse) continue;
    if (typeof value !== "bigint") return null;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const signed = min >= I64_MIN && max <= I64_MAX;
  if (!signed && (min < 0n || max > U64_MAX)) return null;
  const ptr = out.allocate(values.length * 8);
  const into = signed ? out.segment.i64 : out.segment.u64;
  for (let i = 0; i < values.length; i++) into[ptr / 8 + i] = (values[i] ?? 0n) as bigint;
  return column({ kind: signed ? "i64" : "u64" }, values.length, ptr, out);
}

export function buildBooleans(values: readonly unknown[], sparse: boolean, out: Arena): Column | null {
  const n = values.length;
  const ptr = out.allocate(n);
  const { u8 } = out.segment;
  for (let i = 0; i < n; i++) {
    const value = values[i];
    if (typeof value !== "boolean" && !(sparse && value === null)) return null;
    u8[ptr + i] = value === true ? 1 : 0;
  }
  return column({ kind: "bool" }, n, ptr, out);
}

export function buildDates(values: readonly unknown[], sparse: boolean, out: Arena): Column | null {
  const n = values.length;
  const ptr = out.allocate(n * 8);
  const { f64 } = out.segment;
  for (let i = 0; i < n; i++) {
    const value = values[i];
    if (value instanceof Date && Object.getPrototypeOf(value) === Date.prototype)
      f64[ptr / 8 + i] = value.getTime();
    else if (sparse && value === null) f64[ptr / 8 + i] = 0;
    else return null;
  }
  return column({ kind: "date" }, n, ptr, out);
}

export function buildVectors(
  first: Float64Array | Float32Array,
  values: readonly unknown[],
  sparse: boolean,
  out: Arena,
): Column | null {
  const size = first.length;
  const wide = first instanceof Float64Array;
  const prototype = Object.getPrototypeOf(first) as object;
  if (size === 0 || (prototype !== Float64Array.prototype && prototype !== Float32Array.prototype))
    return null;
  for (const value of values) {
    if (value === null && sparse) continue;
    if (
      typeof value !== "object" ||
      value === null ||
      Object.getPrototypeOf(value) !== prototype ||
      (value as Float64Array).length !== size
    )
      return null;
  }
  const width = wide ? 8 : 4;
  const ptr = out.allocate(values.length * size * width);
  const into = wide ? out.segment.f64 : out.segment.f32;
  values.forEach((value, i) => {
    if (value !== null) into.set(value as Float64Array, ptr / width + i * size);
  });
  return column({ kind: "vector", item: wide ? "f64" : "f32", size }, values.length, ptr, out);
}

function column(type: DataType, length: number, values: number, out: Arena): Column {
  return plainColumn({ type, length, segment: out.segment.id, values });
}
