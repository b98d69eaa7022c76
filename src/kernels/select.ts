/** Rows chosen by index or by mask, for every column type. Fixed-width values go through the kernels. */
import type { Column } from "../column/column.ts";
import { isValid } from "../column/reader.ts";
import { sliceColumn } from "../column/slice.ts";
import { valueWidth } from "../column/type.ts";
import { GnistaError } from "../errors.ts";
import type { Arena } from "../memory/arena.ts";
import type { SegmentId } from "../memory/segment.ts";
import type { Compute } from "./compute.ts";

/** The index of no row: gives null. */
export const NO_ROW = 0xffffffff;

/**
 * result[i] = column[indices[i]], `indices` a pointer to u32[n] in the column's segment, which must be `out`'s too. With `mayBeNull`,
 * NO_ROW gives null.
 */
export function gatherColumn(
  c: Compute,
  column: Column,
  indices: number,
  n: number,
  out: Arena,
  mayBeNull = false,
): Column {
  const segment = c.heap.segment(column.segment);
  const { u8, u32, i32 } = segment;
  const kernels = c.kernels(segment.id);
  const at = indices / 4;
  let validity = 0;
  let nullCount = 0;
  let rows = indices;
  const empty = column.length === 0;
  if (empty && n > 0) {
    // Below null rows there may be no rows to read from: then all is null.
    validity = out.allocate((n + 7) >>> 3);
    u8.fill(0, validity, validity + ((n + 7) >>> 3));
    nullCount = n;
  } else if (mayBeNull || column.nullCount > 0) {
    validity = out.allocate((n + 7) >>> 3);
    rows = out.allocate(n * 4);
    nullCount = kernels.nullableRows(indices, n, rows, validity);
    if (column.nullCount > 0)
      for (let i = 0; i < n; i++)
        if (isValid(u8, validity, i) && !isValid(u8, column.validity, u32[at + i])) {
          u8[validity + (i >>> 3)] &= ~(1 << (i & 7));
          nullCount++;
        }
    if (nullCount === 0) validity = 0;
  }
  const base = { type: column.type, length: n, segment: segment.id, validity, nullCount };
  const { kind } = column.type;
  if (kind === "struct")
    return {
      ...base,
      offsets: 0,
      values: 0,
      children: column.children.map((child) => gatherColumn(c, child, rows, n, out, false)),
    };
  const width = valueWidth(column.type);
  if (width > 0) {
    const values = out.allocate(n * width);
    if (empty) u8.fill(0, values, values + n * width);
    else gatherBytes(c, segment.id, width, column.values, rows, n, values);
    return { ...base, offsets: 0, values, children: column.children, ...bounds(column) };
  }
  const offsets = out.allocate((n + 1) * 4);
  const from = column.offsets / 4;
  let total = 0;
  if (empty) i32.fill(0, offsets / 4, offsets / 4 + n + 1);
  else total = kernels.gatherOffsets(column.offsets, rows, n, offsets);
  if (total > 0x7fffffff)
    throw new GnistaError(
      "INVALID_ARGUMENT",
      "more than 2 GiB of text in one column chunk; use more partitions",
    );
  if (kind === "list") {
    const items = out.allocate(total * 4);
    let to = items / 4;
    if (!empty)
      for (let i = 0; i < n; i++) {
        const row = u32[rows / 4 + i];
        for (let k = i32[from + row]; k < i32[from + row + 1]; k++) u32[to++] = k;
      }
    return {
      ...base,
      offsets,
      values: 0,
      children: [gatherColumn(c, column.children[0], items, total, out)],
    };
  }
  const values = out.allocate(total);
  if (!empty) kernels.gatherStrings(column.offsets, column.values, rows, n, offsets, values);
  return { ...base, offsets, values, children: [] };
}

/** target[i] = source[indices[i]], for values of any width. */
export function gatherBytes(
  c: Compute,
  segment: SegmentId,
  width: number,
  source: number,
  indices: number,
  length: number,
  target: number,
): void {
  const k = c.kernels(segment);
  if (width === 4) k.gather4(source, indices, length, target);
  else if (width === 8) k.gather8(source, indices, length, target);
  else if (width === 1) k.gather1(source, indices, length, target);
  else k.gatherWide(source, indices, length, width, target);
}

/** target[positions[i]] = source[i], for values of any width. */
export function scatterBytes(
  c: Compute,
  segment: SegmentId,
  width: number,
  source: number,
  positions: number,
  length: number,
  target: number,
): void {
  const k = c.kernels(segment);
  if (width === 4) k.scatter4(source, positions, length, target);
  else if (width === 8) k.scatter8(source, positions, length, target);
  else if (width === 1) k.scatter1(source, positions, length, target);
  else k.scatterWide(source, positions, length, width, target);
}

function bounds(column: Column): { readonly stats?: NonNullable<Column["stats"]> } {
  const { min, max } = column.stats ?? {};
  return min === undefined || max === undefined ? {} : { stats: { min, max } };
}

/** The rows whose byte in `mask` (u8[length], 0 or 1, in the column's segment) is 1. */
export function filterColumn(c: Compute, column: Column, mask: number, out: Arena): Column {
  const n = column.length;
  const kernels = c.kernels(column.segment);
  const count = kernels.countMask(mask, n);
  if (count === n) return column;
  if (count === 0) return sliceColumn(c.heap, column, 0, 0, out);
  const width = valueWidth(column.type);
  if (column.nullCount === 0 && (width === 4 || width === 8)) {
    // The kernels write one value past the last one kept.
    const values = out.allocate((count + 1) * width);
    if (width === 4) kernels.filter4(column.values, mask, n, values);
    else kernels.filter8(column.values, mask, n, values);
    return {
      type: column.type,
      length: count,
      segment: column.segment,
      validity: 0,
      nullCount: 0,
      offsets: 0,
      values,
      children: column.children,
      // Rows that stay keep their order.
      ...(column.stats === undefined ? {} : { stats: column.stats }),
    };
  }
  if (column.type.kind === "struct" && column.nullCount === 0)
    return {
      ...column,
      length: count,
      children: column.children.map((child) => filterColumn(c, child, mask, out)),
    };
  const indices = out.allocate(count * 4);
  const { u8, u32 } = c.heap.segment(column.segment);
  let at = indices / 4;
  for (let i = 0; i < n; i++) if (u8[mask + i] !== 0) u32[at++] = i;
  return gatherColumn(c, column, indices, count, out);
}
