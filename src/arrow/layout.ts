/**
 * The one Arrow type of many columns: chunks of an RDD's rows may have different column types, a table has one. Numbers of several types become
 * f64, codes of several dictionaries codes of one, plain strings beside codes plain strings; columns of nothing but nulls fit anything.
 * What has no Arrow type is an error that says where.
 */

import { buildColumn } from "../column/builder.ts";
import type { Column } from "../column/column.ts";
import { readColumn } from "../column/reader.ts";
import { sliceColumn } from "../column/slice.ts";
import { type DataType, type Kind, typeName } from "../column/type.ts";
import { GnistaError } from "../errors.ts";
import type { Arena } from "../memory/arena.ts";
import type { Heap } from "../memory/heap.ts";
import type { SegmentId } from "../memory/segment.ts";
import { commonStrings, type SharedDictionary } from "./merge-dictionaries.ts";
import { noArrowType } from "./no-arrow-type.ts";
import { tupleName } from "./schema.ts";

const NUMBERS = ["i32", "u32", "f32", "f64"] as const;
const BIGINTS = ["i64", "u64"] as const;
const STRINGS = ["utf8", "dictionary"] as const;

type LeafKind = "null" | "bool" | "date" | "utf8" | "binary" | (typeof NUMBERS | typeof BIGINTS)[number];

export type Shape =
  | { readonly kind: LeafKind }
  | { readonly kind: "dictionary"; readonly id: number; readonly shared: SharedDictionary }
  | { readonly kind: "vector"; readonly item: "f32" | "f64"; readonly size: number }
  | { readonly kind: "list"; readonly item: Layout }
  | { readonly kind: "struct"; readonly form: "tuple" | "object"; readonly fields: readonly Layout[] };

/** A place in the table: its columns, one a chunk, and what they become. */
export interface Layout {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly shape: Shape;
}

export class LayoutPlanner {
  readonly #heap: Heap;
  /** For what must be made on the way. */
  readonly #scratch: Arena;
  readonly #others = new Map<SegmentId, Arena>();
  #dictionaries = 0;

  constructor(heap: Heap) {
    this.#heap = heap;
    this.#scratch = heap.arena();
  }

  plan(name: string, columns: readonly Column[]): Layout {
    const told = columns.filter((column) => column.nullCount < column.length);
    const typed = told.length > 0 ? told : columns.filter(({ type }) => type.kind !== "object");
    const kinds = [...new Set(typed.map(({ type }) => type.kind))];
    const leaf = (kind: LeafKind): Layout => ({ name, columns, shape: { kind } });
    if (kinds.length === 0) return leaf("null");
    const only = kinds.length === 1 ? kinds[0] : null;
    const numbers = within(kinds, NUMBERS);
    if (numbers !== null) return leaf(numbers.length === 1 ? numbers[0] : "f64");
    const bigints = within(kinds, BIGINTS);
    if (bigints !== null) return leaf(bigints.length === 1 ? bigints[0] : this.#commonBigint(name, typed));
    if (within(kinds, STRINGS) !== null) {
      if (only !== "dictionary") return leaf("utf8");
      const shared = commonStrings(this.#heap, typed, this.#scratch);
      return { name, columns, shape: { kind: "dictionary", id: this.#dictionaries++, shared } };
    }
    switch (only) {
      case "bool":
      case "date":
        return leaf(only);
      case "vector": {
        const type = typed[0].type as DataType & { readonly kind: "vector" };
        if (typed.every(({ type: t }) => t.kind === "vector" && t.item === type.item && t.size === type.size))
          return { name, columns, shape: type };
        break;
      }
      case "list":
        return this.#list(name, columns);
      case "struct":
        if (sameFields(typed)) return this.#struct(name, columns, typed[0]);
        break;
      case "object":
        if (typed.every((column) => this.#isBytes(column))) return leaf("binary");
        throw noArrowType(name, readColumn(this.#heap, typed[0]));
    }
    if (typed.every(isArrayLike))
      return this.#list(
        name,
        columns.map((column) => this.#asList(column)),
      );
    const objects = typed.find(({ type }) => type.kind === "object");
    if (objects !== undefined) throw noArrowType(name, readColumn(this.#heap, objects));
    throw new GnistaError(
      "UNSUPPORTED_OPERATION",
      `the column ${JSON.stringify(name)} has rows of different types, ${[...new Set(typed.map(({ type }) => typeName(type)))].join(" and ")}, but a column of an Arrow table has one; map the rows to one type first`,
    );
  }

  #struct(name: string, columns: readonly Column[], like: Column): Layout {
    const { form, fields } = like.type as DataType & { readonly kind: "struct" };
    return {
      name,
      columns,
      shape: {
        kind: "struct",
        form,
        fields: fields.map((field, f) =>
          this.plan(
            form === "tuple" ? tupleName(f) : field.name,
            columns.map((column) =>
              column.type.kind === "struct" ? column.children[f] : nullColumn(column.length, column),
            ),
          ),
        ),
      },
    };
  }

  #list(name: string, columns: readonly Column[]): Layout {
    const items = columns.map((column) => {
      if (column.type.kind !== "list") return nullColumn(0, column);
      const { i32 } = this.#heap.segment(column.segment);
      const at = column.offsets / 4;
      const [item] = column.children;
      return sliceColumn(this.#heap, item, i32[at], i32[at + column.length], this.#beside(column));
    });
    return { name, columns, shape: { kind: "list", item: this.plan("item", items) } };
  }

  /** Rows of arrays that happened to have one length in this chunk, but not in others. Goes through values, as it is rare. */
  #asList(column: Column): Column {
    if (column.type.kind !== "struct") return column;
    const rows = readColumn(this.#heap, column) as (unknown[] | null)[];
    const { segment } = this.#scratch;
    const offsets = this.#scratch.allocate((rows.length + 1) * 4);
    const items: unknown[] = [];
    segment.i32[offsets / 4] = 0;
    rows.forEach((row, i) => {
      items.push(...(row ?? []));
      segment.i32[offsets / 4 + i + 1] = items.length;
    });
    const item = buildColumn(items, this.#scratch);
    let validity = 0;
    if (column.nullCount > 0) {
      const bytes = (column.length + 7) >>> 3;
      validity = this.#scratch.allocate(bytes);
      segment.u8.set(
        this.#heap.segment(column.segment).u8.subarray(column.validity, column.validity + bytes),
        validity,
      );
    }
    return {
      type: { kind: "list", item: item.type },
      length: column.length,
      segment: segment.id,
      validity,
      nullCount: column.nullCount,
      offsets,
      values: 0,
      children: [item],
    };
  }

  /** Values above 2^63 exclude negative ones; the bits of all others are the same in both types. */
  #commonBigint(name: string, columns: readonly Column[]): "i64" | "u64" {
    const signs = columns.map((column) => {
      const { i64 } = this.#heap.segment(column.segment);
      const at = column.values / 8;
      return i64.subarray(at, at + column.length).some((value) => value < 0n) ? column.type.kind : null;
    });
    if (!signs.includes("u64")) return "i64";
    if (!signs.includes("i64")) return "u64";
    throw new GnistaError(
      "UNSUPPORTED_OPERATION",
      `the column ${JSON.stringify(name)} has negative bigints and ones of 2^63 and more, which no Arrow integer holds together; map them to strings or numbers first`,
    );
  }

  #isBytes(column: Column): boolean {
    return readColumn(this.#heap, column).every((value) => value === null || value instanceof Uint8Array);
  }

  /** Bitmaps of slices lie beside their columns. */
  #beside({ segment }: Column): Arena {
    let arena = this.#others.get(segment);
    if (arena === undefined) {
      arena = this.#heap.arena(segment);
      this.#others.set(segment, arena);
    }
    return arena;
  }

  /** Gives back what planning took; the layouts are of no use afterwards. */
  release(): void {
    for (const arena of this.#others.values()) arena.release();
    this.#scratch.release();
  }
}

/** The kinds, when all are of the family. */
function within<K extends Kind>(kinds: readonly Kind[], family: readonly K[]): readonly K[] | null {
  const members = family.filter((kind) => kinds.includes(kind));
  return members.length === kinds.length ? members : null;
}

function sameFields(columns: readonly Column[]): boolean {
  const names = columns.map(({ type }) =>
    type.kind === "struct" ? JSON.stringify([type.form, type.fields.map((field) => field.name)]) : "",
  );
  return names.every((name) => name === names[0]);
}

function isArrayLike({ type }: Column): boolean {
  return type.kind === "list" || (type.kind === "struct" && type.form === "tuple");
}

/** Rows that are all null; it has no memory. */
function nullColumn(length: number, { segment }: Column): Column {
  const type = { kind: "object" } as const;
  return { type, length, segment, validity: 0, nullCount: length, offsets: 0, values: 0, children: [] };
}
