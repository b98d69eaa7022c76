/**
 * Rows all of whose values lie in fixed-width buffers: no nulls, no strings or lists, each dictionary the same everywhere. They are moved
 * leaf by leaf, a leaf being one buffer.
 */
import type { Column, ColumnStats } from "../column/column.ts";
import { sameDictionary } from "../column/same-dictionary.ts";
import { valueWidth } from "../column/type.ts";
import type { SegmentId } from "../memory/segment.ts";

/** A run of flat rows: where each leaf starts. */
export interface FlatRows {
  readonly leaves: readonly number[];
  readonly length: number;
}

/** The leaves of a flat column, or null when it is not flat. */
export function leavesOf(column: Column): Column[] | null {
  if (column.nullCount > 0) return null;
  if (column.type.kind === "struct") {
    const leaves: Column[] = [];
    for (const child of column.children) {
      const inner = leavesOf(child);
      if (inner === null) return null;
      leaves.push(...inner);
    }
    return leaves;
  }
  return valueWidth(column.type) > 0 ? [column] : null;
}

/** The leaves of each chunk when all are flat and share their dictionaries. */
export function flatChunks(chunks: readonly Column[]): Column[][] | null {
  const flat: Column[][] = [];
  for (const chunk of chunks) {
    const leaves = leavesOf(chunk);
    if (leaves === null) return null;
    if (flat.length > 0 && !leaves.every((leaf, f) => alike(leaf, flat[0][f]))) return null;
    flat.push(leaves);
  }
  return flat;
}

function alike(a: Column, b: Column): boolean {
  return a.type.kind !== "dictionary" || sameDictionary([a, b]);
}

export function toFlatRows(leaves: readonly Column[], length: number): FlatRows {
  return { leaves: leaves.map((leaf) => leaf.values), length };
}

/**
 * A column shaped like `chunks`, which share their type, over other leaves, in the same order. The rows are among those of the chunks, so
 * that the bounds of values stay.
 */
export function fromLeaves(
  chunks: readonly Column[],
  leaves: readonly number[],
  length: number,
  segment: SegmentId,
): Column {
  let at = 0;
  const build = (columns: readonly Column[]): Column => {
    const [{ type, children }] = columns;
    const base = { type, length, segment, validity: 0, nullCount: 0, offsets: 0 };
    if (type.kind === "struct")
      return {
        ...base,
        values: 0,
        children: children.map((_, f) => build(columns.map((c) => c.children[f]))),
      };
    return { ...base, values: leaves[at++], children, ...commonBounds(columns) };
  };
  return build(chunks);
}

/** The bounds of all columns together, when all are known. */
export function commonBounds(columns: readonly Column[]): { readonly stats?: ColumnStats } {
  let min: number | bigint | undefined;
  let max: number | bigint | undefined;
  for (const { stats } of columns) {
    if (stats?.min === undefined || stats.max === undefined) return {};
    if (min === undefined || stats.min < min) min = stats.min;
    if (max === undefined || stats.max > max) max = stats.max;
  }
  return min === undefined || max === undefined ? {} : { stats: { min, max } };
}
