/**
 * The types of columns. A type is plain data, as it crosses threads. The mapping to
 * JavaScript values is one to one, so that what goes in comes out equal:
 *
 *   bool boolean · i32 u32 f32 f64 number · i64 u64 bigint · utf8, dictionary string · date Date (ms as f64)
 *   vector a Float32Array or Float64Array of fixed length · list an array of variable length
 *   struct "tuple" a fixed-length array ([K, V] pairs are tuples of two) · struct "object" a plain object whose
 *   keys are the field names in order · object any other value, serialized row by row
 *
 * `null` is a cleared validity bit. `undefined`, and strings with lone surrogates, live in object columns.
 */
export type FixedKind = "bool" | "i32" | "u32" | "i64" | "u64" | "f32" | "f64" | "date";

export interface Field {
  readonly name: string;
  readonly type: DataType;
}

export type DataType =
  | { readonly kind: FixedKind }
  | { readonly kind: "utf8" }
  /** u32 codes into the utf8 column children[0]; the dictionary has no duplicates and no nulls. */
  | { readonly kind: "dictionary" }
  | { readonly kind: "vector"; readonly item: "f32" | "f64"; readonly size: number }
  | { readonly kind: "list"; readonly item: DataType }
  | { readonly kind: "struct"; readonly form: "tuple" | "object"; readonly fields: readonly Field[] }
  | { readonly kind: "object" };

export type Kind = DataType["kind"];

/** Bytes of one value in the values buffer; 0 for types without one. A bool is a byte, packed at Arrow's border. */
export function valueWidth(type: DataType): number {
  switch (type.kind) {
    case "bool":
      return 1;
    case "i32":
    case "u32":
    case "f32":
    case "dictionary":
      return 4;
    case "i64":
    case "u64":
    case "f64":
    case "date":
      return 8;
    case "vector":
      return (type.item === "f32" ? 4 : 8) * type.size;
    case "utf8":
    case "list":
    case "struct":
    case "object":
      return 0;
  }
}

/** The type of a [K, V] pair. */
export function pairType(key: DataType, value: DataType): DataType {
  return {
    kind: "struct",
    form: "tuple",
    fields: [
      { name: "0", type: key },
      { name: "1", type: value },
    ],
  };
}

export function sameType(a: DataType, b: DataType): boolean {
  if (a.kind !== b.kind) return false;
  switch (a.kind) {
    case "vector":
      return b.kind === "vector" && a.item === b.item && a.size === b.size;
    case "list":
      return b.kind === "list" && sameType(a.item, b.item);
    case "struct":
      return (
        b.kind === "struct" &&
        a.form === b.form &&
        a.fields.length === b.fields.length &&
        a.fields.every((f, i) => f.name === b.fields[i].name && sameType(f.type, b.fields[i].type))
      );
    default:
      return true;
  }
}

/** A short readable form, such as `(utf8, f64)` or `list<f64>`; equal types give equal strings. */
export function typeName(type: DataType): string {
  switch (type.kind) {
    case "vector":
      return `vector<${type.item}, ${type.size}>`;
    case "list":
      return `list<${typeName(type.item)}>`;
    case "struct":
      return type.form === "tuple"
        ? `(${type.fields.map((f) => typeName(f.type)).join(", ")})`
        : `{${type.fields.map((f) => `${JSON.stringify(f.name)}: ${typeName(f.type)}`).join(", ")}}`;
    default:
      return type.kind;
  }
}
