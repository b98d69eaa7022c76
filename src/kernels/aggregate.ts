/**
 * Grouping rows by key and merging each group's values in row order. The way is chosen from the data alone, the same in every
 * backend: integer keys and dictionary codes whose range is small beside the rows index an array (groups come out in
 * ascending order of the key or code), everything else goes through a hash table (groups in order of first appearance).
 */
import type { Column } from "../column/column.ts";
import { copyColumn } from "../column/copy.ts";
import { sameDictionary } from "../column/same-dictionary.ts";
import type { DataType } from "../column/type.ts";
import type { Arena } from "../memory/arena.ts";
import { type AggregateKind, doubles } from "./accumulator.ts";
import { accumulateRange, aggregateCells, toCells } from "./cells.ts";
import type { Compute } from "./compute.ts";
import { denseRange, type KeyRange } from "./dense.ts";
import { canGroup } from "./group.ts";
import { HashedGroups } from "./hashed-groups.ts";
import { withOneDictionary } from "./one-dictionary.ts";

export type { AggregateKind } from "./accumulator.ts";

export interface KeyedColumns {
  readonly keys: Column;
  readonly values: Column;
}

const NUMBERS: ReadonlySet<string> = new Set(["f64", "f32", "i32", "u32"]);

/** Whether these types can be aggregated without the user's function. Sums of bigints stay with the function: they may outgrow 64 bits. */
export function canAggregate(key: DataType, value: DataType, kind: AggregateKind): boolean {
  return (
    (canGroup(key) || key.kind === "dictionary" || key.kind === "bool") &&
    (kind === "count" || NUMBERS.has(value.kind))
  );
}

/** Ranges up to this many slots are aggregated at once, larger ones in runs that fit the cache. */
const WHOLE_SLOTS = 1 << 18;

/**
 * Groups over all inputs, inputs in order, rows in order. Values come out as f64, JavaScript's numbers. Inputs must share key and value
 * types and have no nulls. The result lies in `out`; a dictionary's strings stay where they are.
 */
export function aggregateByKey(
  c: Compute,
  inputs: readonly KeyedColumns[],
  kind: AggregateKind,
  out: Arena,
): KeyedColumns {
  const scratch = c.heap.arena(out.segment.id);
  try {
    const local = localInputs(c, inputs, kind, scratch);
    const { type } = local[0].keys;
    if (type.kind === "bool") return aggregateBools(c, local, kind, scratch, out);
    if (type.kind === "dictionary" && !sameDictionary(local.map(({ keys }) => keys)))
      return aggregateByKey(c, withOneDictionary(c, local, scratch, out), kind, out);
    const range = denseRange(
      c,
      local.map(({ keys }) => keys),
    );
    return range === null
      ? aggregateHashed(c, local, kind, scratch, out)
      : aggregateDense(c, local, kind, range, scratch, out);
  } finally {
    scratch.release();
  }
}

/** The inputs in the segment of `near`; values that are not looked at are left where they are. */
export function localInputs(
  c: Compute,
  inputs: readonly KeyedColumns[],
  kind: AggregateKind | readonly AggregateKind[],
  near: Arena,
): KeyedColumns[] {
  const move = (column: Column): Column =>
    column.segment === near.segment.id ? column : copyColumn(c.heap, column, near);
  return inputs.map(({ keys, values }) => ({
    keys: move(keys),
    values: kind === "count" ? values : move(values),
  }));
}

function aggregateDense(
  c: Compute,
  inputs: readonly KeyedColumns[],
  kind: AggregateKind,
  range: KeyRange,
  scratch: Arena,
  out: Arena,
): KeyedColumns {
  const rows = inputs.reduce((sum, { keys }) => sum + keys.length, 0);
  if (range.size > WHOLE_SLOTS && kind !== "mean" && inputs[0].keys.type.kind !== "dictionary") {
    const cells = toCells(c, inputs, kind, range, 1, scratch);
    return aggregateCells(c, [cells], 0, 1, mergeKind(kind), out);
  }
  const all = accumulateRange(c, inputs, kind, range, scratch);
  const room = Math.min(range.size, rows) + 1;
  const keys = out.allocate(room * 4);
  const values = out.allocate(room * 8);
  const count = all.emit(0, range.size, 1, range.min, 1, keys, values);
  const [{ keys: like }] = inputs;
  return {
    keys: {
      ...doubles(keys, count, out),
      type: like.type,
      children: like.children,
      ...(count === 0 ? {} : { stats: { min: range.min, max: range.max } }),
    },
    values: doubles(values, count, out),
  };
}

/** What merges partial results: counts are summed, the rest is the aggregate itself. A mean cannot be merged. */
export function mergeKind(kind: AggregateKind): AggregateKind {
  return kind === "count" ? "sum" : kind;
}

function aggregateHashed(
  c: Compute,
  inputs: readonly KeyedColumns[],
  kind: AggregateKind,
  scratch: Arena,
  out: Arena,
): KeyedColumns {
  const groups = new HashedGroups(c, inputs[0].keys.type, kind, scratch);
  for (const input of inputs) groups.add(input);
  const { keys, values } = groups.result(out);
  return { keys: { ...keys, children: inputs[0].keys.children }, values };
}

/** Booleans are the integers 0 and 1 for the time of the grouping. */
function aggregateBools(
  c: Compute,
  inputs: readonly KeyedColumns[],
  kind: AggregateKind,
  scratch: Arena,
  out: Arena,
): KeyedColumns {
  const { u8, u32 } = scratch.segment;
  const widened = inputs.map(({ keys, values }) => {
    const ptr = scratch.allocate(keys.length * 4);
    for (let i = 0; i < keys.length; i++) u32[ptr / 4 + i] = u8[keys.values + i];
    const column: Column = { ...keys, type: { kind: "u32" }, values: ptr, stats: { min: 0, max: 1 } };
    return { keys: column, values };
  });
  const { keys, values } = aggregateByKey(c, widened, kind, out);
  const ptr = out.allocate(keys.length);
  for (let i = 0; i < keys.length; i++) u8[ptr + i] = u32[keys.values / 4 + i];
  return { keys: { ...doubles(ptr, keys.length, out), type: { kind: "bool" } }, values };
}
