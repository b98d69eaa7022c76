/**
 * JavaScript values into columns. The type of the first value is guessed and checked against all in one tight pass; whatever does
 * not fit one type becomes an object column, so any list of values has a column and comes out of it equal.
 */
import { Buffer } from "node:buffer";
import { GnistaError } from "../errors.ts";
import type { Arena } from "../memory/arena.ts";
import type { Column, ColumnStats } from "./column.ts";
import { MAX_DEPTH, nestsTooDeep } from "./nesting.ts";
import { encodeObject } from "./object.ts";
import type { DataType, FixedKind } from "./type.ts";

const MAX_TUPLE = 8;
const I64_MIN = -(2n ** 63n);
const I64_MAX = 2n ** 63n - 1n;
const U64_MAX = 2n ** 64n - 1n;

export type TypedArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

const TOO_DEEP = Symbol("too deep");

/** The column of `values`; a hole counts as undefined. Costs one pass to find the type and one to copy. */
export function buildColumn(values: readonly unknown[], out: Arena): Column {
  // The first row tells of cycles before they are followed; one in a later row is too deep in the end.
  if (nestsTooDeep(values.find((value) => value !== null))) return buildNested(values, out, 0, true);
  try {
    return buildNested(values, out, 0);
  } catch (error) {
    if (error !== TOO_DEEP) throw error;
    return buildNested(values, out, 0, true);
  }
}

function buildNested(values: readonly unknown[], out: Arena, depth: number, asObjects = false): Column {
  if (depth > MAX_DEPTH) throw TOO_DEEP;
  const nulls = countNulls(values);
  const validity = nulls === 0 ? 0 : writeValidity(values, out);
  const untyped = asObjects || (nulls === values.length && nulls > 0);
  const fitting = untyped ? null : buildValid(values, nulls > 0, out, depth);
  const made = fitting ?? buildObjects(values, out);
  return validity === 0 ? made : { ...made, validity, nullCount: nulls };
}

function countNulls(values: readonly unknown[]): number {
  let nulls = 0;
  for (let i = 0; i < values.length; i++) if (values[i] === null) nulls++;
  return nulls;
}

function writeValidity(values: readonly unknown[], out: Arena): number {
  const ptr = out.allocate((values.length + 7) >>> 3);
  const { u8 } = out.segment;
  u8.fill(0, ptr, ptr + ((values.length + 7) >>> 3));
  for (let i = 0; i < values.length; i++) if (values[i] !== null) u8[ptr + (i >>> 3)] |= 1 << (i & 7);
  return ptr;
}

export function leaf(
  type: DataType,
  length: number,
  out: Arena,
  values: number,
  offsets = 0,
  children: readonly Column[] = [],
): Column {
  return { type, length, segment: out.segment.id, validity: 0, nullCount: 0, offsets, values, children };
}

/** The column of the non-null values, or null when no type but object fits. Nulls are skipped when `sparse`. */
function buildValid(values: readonly unknown[], sparse: boolean, out: Arena, depth: number): Column | null {
  const n = values.length;
  let first: unknown = values[0];
  for (let i = 1; first === null && i < n; i++) first = values[i];
  switch (typeof first) {
    case "undefined":
      return n === 0 ? leaf({ kind: "f64" }, 0, out, out.allocate(0)) : null;
    case "number":
      return buildNumbers(values, sparse, out);
    case "string":
      return buildStrings(values, sparse, out);
    case "boolean": {
      const ptr = out.allocate(n);
      const { u8 } = out.segment;
      for (let i = 0; i < n; i++) {
        const value = values[i];
        if (typeof value !== "boolean" && !(sparse && value === null)) return null;
        u8[ptr + i] = value === true ? 1 : 0;
      }
      return leaf({ kind: "bool" }, n, out, ptr);
    }
    case "bigint":
      return buildBigints(values, sparse, out);
    case "object":
      return buildComposite(first as object, values, sparse, out, depth);
    default:
      return null;
  }
}

function buildNumbers(values: readonly unknown[], sparse: boolean, out: Arena): Column | null {
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
  return leaf({ kind: "f64" }, n, out, ptr);
}

function buildBigints(values: readonly unknown[], sparse: boolean, out: Arena): Column | null {
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
  return leaf({ kind: signed ? "i64" : "u64" }, values.length, out, ptr);
}

/** Strings are encoded to a private buffer first: encoders refuse shared memory. */
let staging = Buffer.allocUnsafe(1 << 16);

function buildStrings(values: readonly unknown[], sparse: boolean, out: Arena): Column | null {
  const n = values.length;
  const offsets = out.allocate((n + 1) * 4);
  const { i32 } = out.segment;
  const base = offsets / 4;
  let used = 0;
  i32[base] = 0;
  for (let i = 0; i < n; i++) {
    const value = values[i];
    if (typeof value !== "string") {
      if (!(sparse && value === null)) return null;
    } else {
      const length = value.length;
      if (used + length * 3 > staging.length) staging = grown(staging, used, length * 3);
      let at = used;
      let k = 0;
      if (length < 48)
        for (; k < length; k++) {
          const code = value.charCodeAt(k);
          if (code > 127) break;
          staging[at++] = code;
        }
      if (k === length) used = at;
      else {
        if (!value.isWellFormed()) return null;
        used += staging.write(value, used, "utf8");
      }
      checkOffset(used);
    }
    i32[base + i + 1] = used;
  }
  const ptr = out.allocate(used);
  out.segment.u8.set(staging.subarray(0, used), ptr);
  if (staging.length > 1 << 26) staging = Buffer.allocUnsafe(1 << 16);
  return leaf({ kind: "utf8" }, n, out, ptr, offsets);
}

/** Offsets are of 32 bits. */
export function checkOffset(bytes: number): void {
  if (bytes > 0x7fffffff)
    throw new GnistaError("INVALID_ARGUMENT", "more than 2 GiB in one column chunk; use more partitions");
}

function grown(buffer: Buffer<ArrayBuffer>, used: number, more: number): Buffer<ArrayBuffer> {
  const bigger = Buffer.allocUnsafe(Math.max(buffer.length * 2, used + more));
  bigger.set(buffer.subarray(0, used));
  return bigger;
}

function buildComposite(
  first: object,
  values: readonly unknown[],
  sparse: boolean,
  out: Arena,
  depth: number,
): Column | null {
  if (Array.isArray(first)) return buildArrays(first, values, sparse, out, depth);
  if (first instanceof Date) {
    const ptr = out.allocate(values.length * 8);
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (value instanceof Date && Object.getPrototypeOf(value) === Date.prototype)
        out.segment.f64[ptr / 8 + i] = value.getTime();
      else if (sparse && value === null) out.segment.f64[ptr / 8 + i] = 0;
      else return null;
    }
    return leaf({ kind: "date" }, values.length, out, ptr);
  }
  if (first instanceof Float64Array || first instanceof Float32Array)
    return buildVectors(first, values, sparse, out);
  if (Object.getPrototypeOf(first) === Object.prototype)
    return buildRecords(first as Record<string, unknown>, values, sparse, out, depth);
  return null;
}

function buildVectors(
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
  return leaf({ kind: "vector", item: wide ? "f64" : "f32", size }, values.length, out, ptr);
}

function isPlainArray(value: unknown): value is unknown[] {
  return Array.isArray(value) && Object.getPrototypeOf(value) === Array.prototype && isDense(value);
}

/** No holes and no properties besides the items. */
function isDense(value: readonly unknown[]): boolean {
  for (let i = 0; i < value.length; i++) if (value[i] === undefined && !(i in value)) return false;
  let extra = 0;
  for (const _ in value) extra++;
  return extra === value.length;
}

function buildArrays(
  first: readonly unknown[],
  values: readonly unknown[],
  sparse: boolean,
  out: Arena,
  depth: number,
): Column | null {
  const size = first.length;
  let fixed = size > 0 && size <= MAX_TUPLE;
  for (const value of values) {
    if (value === null && sparse) continue;
    if (!isPlainArray(value)) return null;
    if (value.length !== size) fixed = false;
  }
  const n = values.length;
  if (fixed) {
    const fields = Array.from({ length: size }, (_, f) => {
      const column = new Array<unknown>(n);
      for (let i = 0; i < n; i++) column[i] = values[i] === null ? null : (values[i] as unknown[])[f];
      return { name: String(f), column: buildNested(column, out, depth + 1) };
    });
    const type: DataType = {
      kind: "struct",
      form: "tuple",
      fields: fields.map(({ name, column }) => ({ name, type: column.type })),
    };
    return leaf(
      type,
      n,
      out,
      0,
      0,
      fields.map((f) => f.column),
    );
  }
  const offsets = out.allocate((n + 1) * 4);
  const { i32 } = out.segment;
  const items: unknown[] = [];
  i32[offsets / 4] = 0;
  for (let i = 0; i < n; i++) {
    for (const item of (values[i] ?? []) as unknown[]) items.push(item);
    i32[offsets / 4 + i + 1] = items.length;
  }
  const item = buildNested(items, out, depth + 1);
  return leaf({ kind: "list", item: item.type }, n, out, 0, offsets, [item]);
}

function buildRecords(
  first: Readonly<Record<string, unknown>>,
  values: readonly unknown[],
  sparse: boolean,
  out: Arena,
  depth: number,
): Column | null {
  const names = Object.keys(first);
  if (names.length === 0 || names.length > 64) return null;
  const columns = names.map(() => new Array<unknown>(values.length));
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value === null && sparse) {
      for (const column of columns) column[i] = null;
      continue;
    }
    if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype)
      return null;
    const keys = Object.keys(value);
    if (
      keys.length !== names.length ||
      Object.getOwnPropertyNames(value).length !== names.length ||
      Object.getOwnPropertySymbols(value).length > 0
    )
      return null;
    for (let f = 0; f < names.length; f++) {
      if (keys[f] !== names[f] || names[f] === "__proto__") return null;
      const field = (value as Record<string, unknown>)[names[f]];
      if (field === undefined) return null;
      columns[f][i] = field;
    }
  }
  const children = columns.map((column) => buildNested(column, out, depth + 1));
  const type: DataType = {
    kind: "struct",
    form: "object",
    fields: names.map((name, f) => ({ name, type: children[f].type })),
  };
  return leaf(type, values.length, out, 0, 0, children);
}

function buildObjects(values: readonly unknown[], out: Arena): Column {
  const n = values.length;
  const offsets = out.allocate((n + 1) * 4);
  const { i32 } = out.segment;
  let used = 0;
  i32[offsets / 4] = 0;
  for (let i = 0; i < n; i++) {
    if (values[i] !== null) {
      const bytes = encodeObject(values[i]);
      if (used + bytes.length > staging.length) staging = grown(staging, used, bytes.length);
      staging.set(bytes, used);
      used += bytes.length;
      checkOffset(used);
    }
    i32[offsets / 4 + i + 1] = used;
  }
  const ptr = out.allocate(used);
  out.segment.u8.set(staging.subarray(0, used), ptr);
  return leaf({ kind: "object" }, n, out, ptr, offsets);
}

/** One copy into shared memory, with the bounds of integer columns found on the way. Small integers widen to i32. */
export function columnFromTypedArray(array: TypedArray, out: Arena): Column {
  const n = array.length;
  const [kind, width] = kindOf(array);
  const ptr = out.allocate(n * width);
  const { segment } = out;
  const stats: ColumnStats | undefined =
    kind === "f32" || kind === "f64" || n === 0 ? undefined : boundsOf(array);
  switch (kind) {
    case "i32":
      segment.i32.set(array as Int32Array, ptr / 4);
      break;
    case "u32":
      segment.u32.set(array as Uint32Array, ptr / 4);
      break;
    case "f32":
      segment.f32.set(array as Float32Array, ptr / 4);
      break;
    case "f64":
      segment.f64.set(array as Float64Array, ptr / 8);
      break;
    case "i64":
      segment.i64.set(array as BigInt64Array, ptr / 8);
      break;
    default:
      segment.u64.set(array as BigUint64Array, ptr / 8);
  }
  const column = leaf({ kind }, n, out, ptr);
  return stats === undefined ? column : { ...column, stats };
}

function kindOf(array: TypedArray): [FixedKind, number] {
  if (array instanceof Uint32Array) return ["u32", 4];
  if (array instanceof Float32Array) return ["f32", 4];
  if (array instanceof Float64Array) return ["f64", 8];
  if (array instanceof BigInt64Array) return ["i64", 8];
  if (array instanceof BigUint64Array) return ["u64", 8];
  return ["i32", 4];
}

function boundsOf(array: TypedArray): ColumnStats {
  let min = array[0];
  let max = array[0];
  for (let i = 1; i < array.length; i++) {
    const value = array[i];
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}
