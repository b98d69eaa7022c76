/**
 * Arrays of a record batch as columns. Where the layouts agree a buffer is copied as it is; small integers, half floats, bits, days and 64-bit
 * offsets are widened on the way. Every offset is checked, so that no column points outside of its values.
 */

import type { Column } from "../column/column.ts";
import { sliceColumn } from "../column/slice.ts";
import type { DataType } from "../column/type.ts";
import { assert } from "../errors.ts";
import type { Arena } from "../memory/arena.ts";
import type { ArrowField, ArrowType } from "./arrow-type.ts";
import { readCodes } from "./codes.ts";
import { type ColumnReader, fixed, type Rows, readValidity } from "./column-reader.ts";
import { unsupportedArrow } from "./corrupt.ts";
import { readBits, readInts, widenHalves } from "./numbers.ts";
import { readOffsets } from "./offsets.ts";
import { readBinary, readStrings, readStringViews } from "./read-strings.ts";

export function readArray(r: ColumnReader, field: ArrowField): Column {
  const { type } = field;
  const { body, out } = r;
  if (field.dictionary !== null) return readCodes(r, field.dictionary);
  const { length, nullCount } = body.node();
  if (type.kind === "null") return allNull(length, out);
  const rows = readValidity(r, length, nullCount);
  switch (type.kind) {
    case "bool": {
      const values = out.allocate(length);
      readBits(body.buffer((length + 7) >>> 3), out.segment.u8.subarray(values, values + length));
      return fixed("bool", rows, values);
    }
    case "int":
      return readInts(r, type, rows);
    case "float":
      return readFloats(r, type.bits, rows);
    case "date":
    case "timestamp":
      return readDates(r, type, rows);
    case "utf8":
    case "largeUtf8":
      return readStrings(r, rows, type.kind === "largeUtf8");
    case "utf8View":
      return readStringViews(r, rows);
    case "binary":
    case "largeBinary":
    case "binaryView":
    case "fixedSizeBinary":
      return readBinary(r, rows, type);
    case "list":
    case "largeList": {
      const { ptr, end } = readOffsets(r, length, type.kind === "largeList");
      const item = readArray(r, field.children[0]);
      if (end > item.length) throw body.corrupt(`a list ends at item ${end} of ${item.length}`);
      return { ...rows, type: { kind: "list", item: item.type }, offsets: ptr, values: 0, children: [item] };
    }
    case "fixedSizeList":
      return readFixedSizeList(r, rows, field, type.size);
    case "struct": {
      const children = field.children.map((child) => exactly(r, readArray(r, child), length));
      return structOf(rows, field.children, children, field.tuple);
    }
    case "unsupported":
      throw unsupportedArrow(body.source, `the column ${field.name} has the type ${type.name}`);
  }
}

export function structOf(
  rows: Rows,
  fields: readonly ArrowField[],
  children: readonly Column[],
  tuple: boolean,
): Column {
  const type: DataType = {
    kind: "struct",
    form: tuple ? "tuple" : "object",
    fields: children.map((child, i) => ({ name: tuple ? String(i) : fields[i].name, type: child.type })),
  };
  return { ...rows, type, offsets: 0, values: 0, children };
}

/** Children of structs may be longer than the struct. */
function exactly(r: ColumnReader, column: Column, length: number): Column {
  if (column.length < length)
    throw r.body.corrupt(`a struct of ${length} rows has a field of ${column.length}`);
  return sliceColumn(r.compute.heap, column, 0, length, r.out);
}

function allNull(length: number, out: Arena): Column {
  const bytes = (length + 7) >>> 3;
  const validity = out.allocate(bytes);
  const offsets = out.allocate((length + 1) * 4);
  const { segment } = out;
  segment.u8.fill(0, validity, validity + bytes);
  segment.u8.fill(0, offsets, offsets + (length + 1) * 4);
  return {
    type: { kind: "object" },
    length,
    segment: segment.id,
    validity: length === 0 ? 0 : validity,
    nullCount: length,
    offsets,
    values: offsets,
    children: [],
  };
}

function readFloats({ body, out }: ColumnReader, bits: 16 | 32 | 64, rows: Rows): Column {
  const width = bits / 8;
  const bytes = body.buffer(rows.length * width).subarray(0, rows.length * width);
  const values = out.allocate(rows.length * Math.max(4, width));
  if (bits === 16) widenHalves(bytes, out.segment.f32.subarray(values / 4, values / 4 + rows.length));
  else out.segment.u8.set(bytes, values);
  return fixed(bits === 64 ? "f64" : "f32", rows, values);
}

const DAY = 86_400_000;
/** The last millisecond that a Date can be. */
const LAST = 8.64e15;

/**
 * Days, seconds and milliseconds are Dates. Micro- and nanoseconds would lose what a Date cannot tell, so they stay the bigints that they are.
 */
function readDates(
  r: ColumnReader,
  type: ArrowType & { readonly kind: "date" | "timestamp" },
  rows: Rows,
): Column {
  const { body, out } = r;
  if (type.unit === "us" || type.unit === "ns")
    return readInts(r, { kind: "int", bits: 64, signed: true }, rows);
  const wide = type.unit !== "day";
  const scale = type.unit === "day" ? DAY : type.unit === "s" ? 1000 : 1;
  const bytes = body.buffer(rows.length * (wide ? 8 : 4));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = out.allocate(rows.length * 8);
  const { f64, u8 } = out.segment;
  for (let i = 0; i < rows.length; i++) {
    const count = wide
      ? view.getInt32(i * 8 + 4, true) * 2 ** 32 + view.getUint32(i * 8, true)
      : view.getInt32(i * 4, true);
    const ms = count * scale;
    f64[values / 8 + i] = ms;
    if (Math.abs(ms) > LAST && (rows.validity === 0 || u8[rows.validity + (i >>> 3)] & (1 << (i & 7))))
      throw unsupportedArrow(
        body.source,
        `row ${i} of a batch has a date that no Date can be (${count} ${type.unit})`,
      );
  }
  return fixed("date", rows, values);
}

/** A vector when the items are floats and none of them is null, else lists. */
function readFixedSizeList(r: ColumnReader, rows: Rows, field: ArrowField, size: number): Column {
  const { body, out } = r;
  const { length } = rows;
  const item = readArray(r, field.children[0]);
  if (item.length < length * size) throw body.corrupt(`${length} lists of ${size} have ${item.length} items`);
  const { kind } = item.type;
  if ((kind === "f32" || kind === "f64") && size > 0 && nullsInRows(out, rows, item, size) === 0)
    return {
      ...rows,
      type: { kind: "vector", item: kind, size },
      offsets: 0,
      values: item.values,
      children: [],
    };
  if (length * size > 0x7fffffff)
    throw unsupportedArrow(body.source, "a batch has more than 2^31 list items");
  const offsets = out.allocate((length + 1) * 4);
  for (let i = 0; i <= length; i++) out.segment.i32[offsets / 4 + i] = i * size;
  return { ...rows, type: { kind: "list", item: item.type }, offsets, values: 0, children: [item] };
}

/** Null items of lists that are not null themselves. */
function nullsInRows(out: Arena, rows: Rows, item: Column, size: number): number {
  if (item.nullCount === 0) return 0;
  assert(item.segment === out.segment.id, "items lie beside their lists");
  const { u8 } = out.segment;
  let nulls = 0;
  for (let i = 0; i < rows.length * size; i++) {
    const row = Math.floor(i / size);
    const valid = rows.validity === 0 || (u8[rows.validity + (row >>> 3)] & (1 << (row & 7))) !== 0;
    if (valid && (u8[item.validity + (i >>> 3)] & (1 << (i & 7))) === 0) nulls++;
  }
  return nulls;
}
