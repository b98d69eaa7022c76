/**
 * Arrow's Schema and Field tables. What a row is beyond Arrow's types (a tuple, a bare value) is said in metadata under the key
 * `gnista`, so that rows which went out come back equal; other readers see columns `_1`, `_2` and `value`.
 *
 * https://github.com/apache/arrow/blob/main/format/Schema.fbs
 */
import type { ArrowField, ArrowSchema, ArrowType, IntType, RowForm } from "./arrow-type.ts";
import type { FlatTable } from "./flat-table.ts";
import {
  type FlatTableValue,
  type FlatValue,
  i16,
  i32,
  i64,
  table,
  tables,
  text,
  u8,
} from "./flat-writer.ts";

const TYPES = {
  null: 1,
  int: 2,
  float: 3,
  binary: 4,
  utf8: 5,
  bool: 6,
  date: 8,
  timestamp: 10,
  list: 12,
  struct: 13,
  fixedSizeBinary: 15,
  fixedSizeList: 16,
  largeBinary: 19,
  largeUtf8: 20,
  largeList: 21,
  binaryView: 23,
  utf8View: 24,
} as const;
const KINDS = new Map(
  Object.entries(TYPES).map(([kind, code]) => [code as number, kind as keyof typeof TYPES]),
);
/** Types that no column has. */
const OTHERS: Readonly<Record<number, string>> = {
  7: "Decimal",
  9: "Time",
  11: "Interval",
  14: "Union",
  17: "Map",
  18: "Duration",
  22: "RunEndEncoded",
  25: "ListView",
  26: "LargeListView",
};
const TIME_UNITS = ["s", "ms", "us", "ns"] as const;
const FLOAT_BITS = [16, 32, 64] as const;
const METADATA_KEY = "gnista";
/** More fields than any table has: nested tables that share parts could otherwise unfold without end. */
const MOST_FIELDS = 65536;

export function readSchema(schema: FlatTable): ArrowSchema & { readonly littleEndian: boolean } {
  const seen = { fields: 0 };
  const fields = schema.tables(1).map((field) => readField(field, seen));
  return { fields, rows: rowForm(metadataOf(schema, 2), fields), littleEndian: schema.i16(0) === 0 };
}

function readField(field: FlatTable, seen: { fields: number }): ArrowField {
  if (++seen.fields > MOST_FIELDS) throw new RangeError("there are too many fields");
  const type = readType(field.u8(2), field.table(3));
  const children = type.kind === "unsupported" ? [] : field.tables(5).map((child) => readField(child, seen));
  const expected = type.kind.toLowerCase().endsWith("list")
    ? 1
    : type.kind === "struct"
      ? children.length
      : 0;
  if (type.kind !== "unsupported" && children.length !== expected)
    throw new RangeError(`a field of type ${type.kind} has ${children.length} children`);
  const encoding = field.table(4);
  return {
    name: field.text(0) ?? "",
    type,
    nullable: field.bool(1),
    children,
    dictionary: encoding === null ? null : { id: encoding.i64(0), index: readIndex(encoding.table(1)) },
    tuple: type.kind === "struct" && metadataOf(field, 6) === "tuple" && areTupleNames(children),
  };
}

/** Without a type, an index is an i32. */
function readIndex(index: FlatTable | null): IntType {
  return index === null ? { kind: "int", bits: 32, signed: true } : readInt(index);
}

function readInt(type: FlatTable): IntType {
  const bits = type.i32(0);
  if (bits !== 8 && bits !== 16 && bits !== 32 && bits !== 64)
    throw new RangeError(`there is no integer of ${bits} bits`);
  return { kind: "int", bits, signed: type.bool(1) };
}

function readType(code: number, type: FlatTable | null): ArrowType {
  const kind = KINDS.get(code);
  if (kind === undefined) {
    const name = OTHERS[code];
    if (name === undefined) throw new RangeError(`there is no type ${code}`);
    return { kind: "unsupported", name };
  }
  if (type === null) throw new RangeError("a field has no type");
  switch (kind) {
    case "int":
      return readInt(type);
    case "float":
      return { kind, bits: known(FLOAT_BITS[type.i16(0)]) };
    case "date":
      return { kind, unit: type.i16(0, 1) === 0 ? "day" : "ms" };
    case "timestamp":
      return { kind, unit: known(TIME_UNITS[type.i16(0)]), zone: type.text(1) };
    case "fixedSizeBinary":
    case "fixedSizeList": {
      const size = type.i32(0);
      if (size < 0) throw new RangeError(`a ${kind} has ${size} items`);
      return { kind, size };
    }
    default:
      return { kind };
  }
}

function known<T>(value: T | undefined): T {
  if (value === undefined) throw new RangeError("a type has a parameter that is not known");
  return value;
}

function metadataOf(owner: FlatTable, slot: number): string | null {
  for (const pair of owner.tables(slot)) if (pair.text(0) === METADATA_KEY) return pair.text(1);
  return null;
}

/** Metadata may have outlived a change of the columns: it only counts when they are still as it says. */
function rowForm(metadata: string | null, fields: readonly ArrowField[]): RowForm {
  if (metadata === "tuple" && areTupleNames(fields)) return "tuple";
  return metadata === "value" && fields.length === 1 && fields[0].name === "value" ? "value" : "object";
}

function areTupleNames(fields: readonly ArrowField[]): boolean {
  return fields.length > 0 && fields.every(({ name }, i) => name === tupleName(i));
}

/** As Spark names the parts of a tuple. */
export function tupleName(index: number): string {
  return `_${index + 1}`;
}

export function writeSchema({ fields, rows }: ArrowSchema): FlatTableValue {
  return table(null, tables(fields.map(writeField)), rows === "object" ? null : metadata(rows));
}

function metadata(value: string): FlatValue {
  return tables([table(text(METADATA_KEY), text(value))]);
}

function writeField({ name, type, nullable, children, dictionary, tuple }: ArrowField): FlatTableValue {
  return table(
    text(name),
    u8(nullable ? 1 : 0),
    u8(TYPES[type.kind as keyof typeof TYPES]),
    writeType(type),
    dictionary === null ? null : table(i64(dictionary.id), writeType(dictionary.index)),
    tables(children.map(writeField)),
    tuple ? metadata("tuple") : null,
  );
}

function writeType(type: ArrowType): FlatTableValue {
  switch (type.kind) {
    case "int":
      return table(i32(type.bits), u8(type.signed ? 1 : 0));
    case "float":
      return table(i16(FLOAT_BITS.indexOf(type.bits)));
    case "date":
      return table(i16(type.unit === "day" ? 0 : 1));
    case "timestamp":
      return table(i16(TIME_UNITS.indexOf(type.unit)), type.zone === null ? null : text(type.zone));
    case "fixedSizeBinary":
    case "fixedSizeList":
      return table(i32(type.size));
    default:
      return table();
  }
}
