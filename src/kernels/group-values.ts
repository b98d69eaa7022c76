/**
 * The values of each key as a list: groups by first appearance of their key, values in row order. Rows get the ids of their groups, a
 * prefix sum over the groups' sizes says where each list lies, and the values are scattered there. No value becomes a JavaScript one.
 */
import { buildColumn } from "../column/builder.ts";
import type { Column } from "../column/column.ts";
import { concatColumns } from "../column/concat.ts";
import { copyColumn } from "../column/copy.ts";
import { sameDictionary } from "../column/same-dictionary.ts";
import { type DataType, valueWidth } from "../column/type.ts";
import type { Arena } from "../memory/arena.ts";
import type { KeyedColumns } from "./aggregate.ts";
import type { Compute } from "./compute.ts";
import { canGroup, GroupTable } from "./group.ts";
import { withOneDictionary } from "./one-dictionary.ts";
import { gatherColumn, scatterBytes } from "./select.ts";

/** Whether rows with keys of this type, none null, can be grouped here. */
export function canGroupValues(key: DataType): boolean {
  return canGroup(key) || key.kind === "dictionary";
}

/** Inputs share their key and value types; in order, they are the rows. The result lies in `out`, but for dictionaries that were there before. */
export function groupValues(c: Compute, inputs: readonly KeyedColumns[], out: Arena): KeyedColumns {
  const { keys, lists } = cogroupValues(c, [inputs], out);
  return { keys, values: lists[0] };
}

/**
 * The same for several sides, of which some have rows: a list for each key that any side has, from each side. Keys are of one type, the
 * values of a side too.
 */
export function cogroupValues(
  c: Compute,
  sides: readonly (readonly KeyedColumns[])[],
  out: Arena,
): { readonly keys: Column; readonly lists: readonly Column[] } {
  const scratch = c.heap.arena(out.segment.id);
  try {
    const near = (column: Column): Column =>
      column.segment === out.segment.id ? column : copyColumn(c.heap, column, scratch);
    let local = sides.flat().map(({ keys, values }) => ({ keys: near(keys), values: near(values) }));
    if (local[0].keys.type.kind === "dictionary" && !sameDictionary(local.map(({ keys }) => keys)))
      local = withOneDictionary(c, local, scratch, out);
    const n = local.reduce((sum, { keys }) => sum + keys.length, 0);
    const [{ keys: like }] = local;
    const table = new GroupTable(c, like.type, scratch, undefined, n);
    const ids = scratch.allocate(n * 4);
    let row = 0;
    for (const { keys } of local) {
      table.add(keys, 0, keys.length, ids + row * 4);
      row += keys.length;
    }
    row = 0;
    let first = 0;
    const lists = sides.map((side) => {
      const values = local.slice(first, first + side.length).map((input) => input.values);
      const list = listsOf(c, values, ids + row * 4, table.count, scratch, out);
      first += side.length;
      for (const column of values) row += column.length;
      return list;
    });
    return { keys: { ...table.keys(out), children: like.children }, lists };
  } finally {
    scratch.release();
  }
}

/** The values of all columns as lists, row i in the list of its group ids[i]. */
function listsOf(
  c: Compute,
  columns: readonly Column[],
  ids: number,
  groups: number,
  scratch: Arena,
  out: Arena,
): Column {
  const n = columns.reduce((sum, { length }) => sum + length, 0);
  const kernels = c.kernels(out.segment.id);
  const { u32 } = out.segment;
  const offsets = out.allocate((groups + 1) * 4);
  u32.fill(0, offsets / 4, offsets / 4 + groups + 1);
  kernels.histogram(ids, n, offsets);
  kernels.startsOfCounts(offsets, groups);
  const next = scratch.allocate(groups * 4);
  kernels.copyBytes(offsets, groups * 4, next);
  const positions = scratch.allocate(n * 4);
  kernels.positions(ids, n, next, positions);
  const items =
    columns.length === 0 ? buildColumn([], out) : scatterValues(c, columns, positions, n, scratch, out);
  return {
    type: { kind: "list", item: items.type },
    length: groups,
    segment: out.segment.id,
    validity: 0,
    nullCount: 0,
    offsets,
    values: 0,
    children: [items],
  };
}

/** The rows of all columns, row i at positions[i]. */
function scatterValues(
  c: Compute,
  columns: readonly Column[],
  positions: number,
  n: number,
  scratch: Arena,
  out: Arena,
): Column {
  const [first] = columns;
  const width = valueWidth(first.type);
  if (width > 0 && first.type.kind !== "dictionary" && columns.every(({ nullCount }) => nullCount === 0)) {
    const values = out.allocate(n * width);
    let row = 0;
    for (const column of columns) {
      scatterBytes(c, out.segment.id, width, column.values, positions + row * 4, column.length, values);
      row += column.length;
    }
    return {
      type: first.type,
      length: n,
      segment: out.segment.id,
      validity: 0,
      nullCount: 0,
      offsets: 0,
      values,
      children: [],
    };
  }
  const all = columns.length === 1 ? first : concatColumns(c.heap, columns, scratch);
  const rows = scratch.allocate(n * 4);
  const order = scratch.allocate(n * 4);
  const kernels = c.kernels(out.segment.id);
  kernels.rowNumbers(0, n, rows);
  kernels.scatter4(rows, positions, n, order);
  return gatherColumn(c, all, order, n, out);
}
