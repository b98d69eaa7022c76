/** Columns of one type end to end, and how many bytes a column's rows take. */
import { assert } from "../errors.ts";
import type { Arena } from "../memory/arena.ts";
import type { Heap } from "../memory/heap.ts";
import { checkOffset } from "./build-bytes.ts";
import { buildColumn } from "./builder.ts";
import type { Column } from "./column.ts";
import { copyColumn } from "./copy.ts";
import { isValid, readColumn } from "./reader.ts";
import { sameDictionary } from "./same-dictionary.ts";
import { sliceColumn } from "./slice.ts";
import { sameType, valueWidth } from "./type.ts";

/** Bytes of the rows themselves; a dictionary counts once, a lasting one not at all. */
export function columnBytes(heap: Heap, column: Column): number {
  if (column.lasting !== undefined) return 0;
  const { length: n } = column;
  let bytes = (column.nullCount === 0 ? 0 : (n + 7) >>> 3) + n * valueWidth(column.type);
  if (column.offsets !== 0) {
    const { i32 } = heap.segment(column.segment);
    const at = column.offsets / 4;
    bytes += (n + 1) * 4 + (column.type.kind === "list" ? 0 : i32[at + n] - i32[at]);
  }
  for (const child of column.children) bytes += columnBytes(heap, child);
  return bytes;
}

export function concatColumns(heap: Heap, columns: readonly Column[], out: Arena): Column {
  assert(columns.length > 0, "no columns to concatenate");
  const [first] = columns;
  if (columns.length === 1) return copyColumn(heap, first, out);
  assert(
    columns.every((c) => sameType(c.type, first.type)),
    "columns of different types cannot be concatenated",
  );
  const length = columns.reduce((sum, c) => sum + c.length, 0);
  const { segment } = out;
  const nullCount = columns.reduce((sum, c) => sum + c.nullCount, 0);
  let validity = 0;
  if (nullCount > 0) {
    validity = out.allocate((length + 7) >>> 3);
    segment.u8.fill(0, validity, validity + ((length + 7) >>> 3));
    let row = 0;
    for (const column of columns) {
      const { u8 } = heap.segment(column.segment);
      for (let i = 0; i < column.length; i++, row++)
        if (column.nullCount === 0 || isValid(u8, column.validity, i))
          segment.u8[validity + (row >>> 3)] |= 1 << (row & 7);
    }
  }
  const base = { type: first.type, length, segment: segment.id, validity, nullCount };
  if (first.type.kind === "struct") {
    const children = first.children.map((_, f) =>
      concatColumns(
        heap,
        columns.map((c) => c.children[f]),
        out,
      ),
    );
    const type = {
      ...first.type,
      fields: first.type.fields.map(({ name }, f) => ({ name, type: children[f].type })),
    };
    return { ...base, type, offsets: 0, values: 0, children };
  }
  if (first.type.kind === "dictionary") return concatDictionaries(heap, columns, base, out);
  const width = valueWidth(first.type);
  if (width > 0) {
    const values = out.allocate(length * width);
    let at = values;
    for (const column of columns) {
      segment.u8.set(
        heap.segment(column.segment).u8.subarray(column.values, column.values + column.length * width),
        at,
      );
      at += column.length * width;
    }
    return { ...base, offsets: 0, values, children: [] };
  }
  return concatOffsets(heap, columns, base, out);
}

type Base = Pick<Column, "type" | "length" | "segment" | "validity" | "nullCount">;

function concatOffsets(heap: Heap, columns: readonly Column[], base: Base, out: Arena): Column {
  const { segment } = out;
  const offsets = out.allocate((base.length + 1) * 4);
  let row = offsets / 4;
  let total = 0;
  segment.i32[row++] = 0;
  const ranges: { readonly column: Column; readonly start: number; readonly end: number }[] = [];
  for (const column of columns) {
    const { i32 } = heap.segment(column.segment);
    const from = column.offsets / 4;
    const start = i32[from];
    for (let i = 1; i <= column.length; i++) segment.i32[row++] = total + i32[from + i] - start;
    const end = i32[from + column.length];
    total += end - start;
    checkOffset(total);
    ranges.push({ column, start, end });
  }
  if (base.type.kind === "list") {
    const item = concatItems(heap, ranges, out);
    return { ...base, type: { kind: "list", item: item.type }, offsets, values: 0, children: [item] };
  }
  const values = out.allocate(total);
  let at = values;
  for (const { column, start, end } of ranges) {
    segment.u8.set(heap.segment(column.segment).u8.subarray(column.values + start, column.values + end), at);
    at += end - start;
  }
  return { ...base, offsets, values, children: [] };
}

function concatItems(
  heap: Heap,
  ranges: readonly { readonly column: Column; readonly start: number; readonly end: number }[],
  out: Arena,
): Column {
  const scratch = new Map(ranges.map(({ column: { segment: id } }) => [id, heap.arena(id)]));
  try {
    const items = ranges.map(({ column, start, end }) =>
      sliceColumn(heap, column.children[0], start, end, scratch.get(column.segment)!),
    );
    return concatColumns(heap, items, out);
  } finally {
    for (const arena of scratch.values()) arena.release();
  }
}

/** Codes side by side when the columns share their dictionary; otherwise plain strings again. */
function concatDictionaries(heap: Heap, columns: readonly Column[], base: Base, out: Arena): Column {
  const [first] = columns;
  if (!sameDictionary(columns))
    return buildColumn(
      columns.flatMap((c) => readColumn(heap, c)),
      out,
    );
  const values = out.allocate(base.length * 4);
  const { u32 } = out.segment;
  let row = values / 4;
  for (const column of columns) {
    u32.set(
      heap.segment(column.segment).u32.subarray(column.values / 4, column.values / 4 + column.length),
      row,
    );
    row += column.length;
  }
  return { ...base, offsets: 0, values, children: [first.children[0]] };
}
