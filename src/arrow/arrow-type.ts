/** Arrow's logical types as far as columns have a counterpart; anything else is `unsupported` and keeps its name for the error. */

export type ArrowType =
  | { readonly kind: "null" | "bool" | "list" | "largeList" | "struct" }
  | { readonly kind: "utf8" | "largeUtf8" | "utf8View" | "binary" | "largeBinary" | "binaryView" }
  | IntType
  | { readonly kind: "float"; readonly bits: 16 | 32 | 64 }
  | { readonly kind: "date"; readonly unit: "day" | "ms" }
  | { readonly kind: "timestamp"; readonly unit: "s" | "ms" | "us" | "ns"; readonly zone: string | null }
  | { readonly kind: "fixedSizeList" | "fixedSizeBinary"; readonly size: number }
  | { readonly kind: "unsupported"; readonly name: string };

export interface IntType {
  readonly kind: "int";
  readonly bits: 8 | 16 | 32 | 64;
  readonly signed: boolean;
}

export interface ArrowField {
  readonly name: string;
  readonly type: ArrowType;
  readonly nullable: boolean;
  readonly children: readonly ArrowField[];
  /** When the values are codes into the dictionary of this id; `type` is that of the dictionary's values. */
  readonly dictionary: { readonly id: number; readonly index: IntType } | null;
  /** A struct whose rows are tuples; said in the field's metadata. */
  readonly tuple: boolean;
}

/** What a table's rows are: objects, tuples of the columns, or the values of its one column. */
export type RowForm = "object" | "tuple" | "value";

export interface ArrowSchema {
  readonly fields: readonly ArrowField[];
  readonly rows: RowForm;
}

/** The dictionary-encoded fields by id, however deep. */
export function dictionaryFields(fields: readonly ArrowField[], into = new Map<number, ArrowField>()) {
  for (const field of fields) {
    if (field.dictionary !== null) into.set(field.dictionary.id, field);
    dictionaryFields(field.children, into);
  }
  return into;
}
