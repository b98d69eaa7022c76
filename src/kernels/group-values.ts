/**
 * The values of each key as a list: groups by first appearance of their key, values in row order. Rows get the ids of their groups, a
 * prefix sum over the groups' sizes says where each list lies, and the values are scattered there. No value becomes a JavaScript one.
 */
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
  const scratch = c.heap.arena(out.segment.id);
  try {
    const near = (column: Column): Column =>
      column.segment === out.segment.id ? column : copyColumn(c.heap, column, scratch);
    let local = inputs.map(({ keys, values }) => ({ keys: near(keys), values: near(values) }));
    if (local[0].keys.type.kind === "dictionary" && !sameDictionary(local.map(({ keys }) => keys)))
      local = withOneDictionary(c, local, scratch, out);
    const n = local.reduce((sum, { keys }) => sum + keys.length, 0);
    const [{ keys: like }] = local;
    const table = new GroupTable(c, like.type, scratch);
    const ids = scratch.allocate(n * 4);
    let row = 0;
    for (const { keys } of local) {
      table.add(keys, 0, keys.length, ids + row * 4);
      row += keys.length;
    }
    const groups = table.count;
    const kernels = c.kernels(out.segment.id);
    const { u32 } = out.segment;
    const next = scratch.allocate(groups * 4);
    u32.fill(0, next / 4, next / 4 + groups);
    kernels.histogram(ids, n, next);
    const offsets = out.allocate((groups + 1) * 4);
    let end = 0;
    for (let group = 0; group < groups; group++) {
      u32[offsets / 4 + group] = end;
      end += u32[next / 4 + group];
    }
    u32[offsets / 4 + groups] = end;
    u32.copyWithin(next / 4, offsets / 4, offsets / 4 + groups);
    const positions = scratch.allocate(n * 4);
    kernels.positions(ids, n, next, positions);
    const values = local.map((input) => input.values);
    const items = scatterValues(c, values, positions, n, scratch, out);
    return {
      keys: { ...table.keys(out), children: like.children },
      values: {
        type: { kind: "list", item: items.type },
        length: groups,
        segment: out.segment.id,
        validity: 0,
        nullCount: 0,
        offsets,
        values: 0,
        children: [items],
      },
    };
  } finally {
    scratch.release();
  }
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
