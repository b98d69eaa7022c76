/**
 * JavaScript values into columns. The type of the first value is guessed and checked against all in one tight pass; whatever does
 * not fit one type becomes an object column, so any list of values has a column and comes out of it equal.
 */
import type { Arena } from "../memory/arena.ts";
import { buildObjects, buildStrings } from "./build-bytes.ts";
import { buildBigints, buildBooleans, buildDates, buildNumbers, buildVectors } from "./build-fixed.ts";
import { type Column, plainColumn } from "./column.ts";
import { MAX_DEPTH, nestsTooDeep } from "./nesting.ts";
import type { DataType } from "./type.ts";

const MAX_TUPLE = 8;

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

/** The column of the non-null values, or null when no type but object fits. Nulls are skipped when `sparse`. */
function buildValid(values: readonly unknown[], sparse: boolean, out: Arena, depth: number): Column | null {
  const n = values.length;
  let first: unknown = values[0];
  for (let i = 1; first === null && i < n; i++) first = values[i];
  switch (typeof first) {
    case "undefined":
      return n === 0 ? buildNumbers(values, sparse, out) : null;
    case "number":
      return buildNumbers(values, sparse, out);
    case "string":
      return buildStrings(values, sparse, out);
    case "boolean":
      return buildBooleans(values, sparse, out);
    case "bigint":
      return buildBigints(values, sparse, out);
    case "object":
      return buildComposite(first as object, values, sparse, out, depth);
    default:
      return null;
  }
}

function buildComposite(
  first: object,
  values: readonly unknown[],
  sparse: boolean,
  out: Arena,
  depth: number,
): Column | null {
  if (Array.isArray(first)) return buildArrays(first, values, sparse, out, depth);
  if (first instanceof Date) return buildDates(values, sparse, out);
  if (first instanceof Float64Array || first instanceof Float32Array)
    return buildVectors(first, values, sparse, out);
  if (Object.getPrototypeOf(first) === Object.prototype)
    return buildRecords(first as Record<string, unknown>, values, sparse, out, depth);
  return null;
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
    const children = fields.map(({ column }) => column);
    return plainColumn({ type, length: n, segment: out.segment.id, children });
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
  const type: DataType = { kind: "list", item: item.type };
  return plainColumn({ type, length: n, segment: out.segment.id, offsets, children: [item] });
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
  return plainColumn({ type, length: values.length, segment: out.segment.id, children });
}
