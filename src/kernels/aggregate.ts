/**
 * Grouping rows by key and merging each group's values in row order. Two ways, chosen from the data alone, the same in every
 * backend: a dense array when integer keys span a range that is small beside the rows (groups come out in ascending key
 * order), else a hash table from key to group (groups come out in order of first appearance).
 */
import { buildColumn } from "../column/builder.ts";
import type { Column } from "../column/column.ts";
import { copyColumn } from "../column/copy.ts";
import { readColumn } from "../column/reader.ts";
import type { DataType } from "../column/type.ts";
import type { Arena } from "../memory/arena.ts";
import type { Compute } from "./compute.ts";

export type AggregateKind = "sum" | "count" | "min" | "max" | "first" | "last";

export interface KeyedColumns {
  readonly keys: Column;
  readonly values: Column;
}

const KEYS: ReadonlySet<string> = new Set(["u32", "i32", "f64", "i64", "u64", "bool", "utf8", "dictionary"]);
const NUMBERS: ReadonlySet<string> = new Set(["f64", "f32", "i32", "u32"]);

/** Whether these types can be aggregated without the user's function. Sums of bigints stay with the function: they may outgrow 64 bits. */
export function canAggregate(key: DataType, value: DataType, kind: AggregateKind): boolean {
  return KEYS.has(key.kind) && (kind === "count" || NUMBERS.has(value.kind));
}

/** A dense array may have at most this many slots a row (and always some thousands). */
const DENSE_FACTOR = 4;
const DENSE_ALWAYS = 65536;

/**
 * Groups over all inputs, inputs in order, rows in order. Results of sum, min and max are f64 (JavaScript's numbers); first and last keep
 * the value's type as a number. Inputs must share key and value types and have no nulls.
 */
export function aggregateByKey(
  c: Compute,
  inputs: readonly KeyedColumns[],
  kind: AggregateKind,
  out: Arena,
): KeyedColumns {
  const rows = inputs.reduce((sum, { keys }) => sum + keys.length, 0);
  const local = inputs.map((input) => ({
    keys: inSegment(c, input.keys, out),
    values: inSegment(c, input.values, out),
  }));
  const bounds = denseBounds(c, local, rows);
  if (bounds !== null && (kind === "sum" || kind === "min" || kind === "max"))
    return aggregateDense(c, local, kind, bounds, out);
  return aggregateHashed(c, local, kind, out);
}

function inSegment(c: Compute, column: Column, out: Arena): Column {
  return column.segment === out.segment.id ? column : copyColumn(c.heap, column, out);
}

interface Bounds {
  readonly min: number;
  readonly size: number;
}

/** The key range when a dense array pays, else null. */
function denseBounds(c: Compute, inputs: readonly KeyedColumns[], rows: number): Bounds | null {
  const [first] = inputs;
  const { kind } = first.keys.type;
  if (kind === "dictionary") {
    if (!sharedDictionary(inputs)) return null;
    const size = first.keys.children[0].length;
    return size <= Math.max(DENSE_ALWAYS, rows * DENSE_FACTOR) ? { min: 0, size } : null;
  }
  if (kind !== "u32" && kind !== "i32") return null;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const { keys } of inputs) {
    if (keys.length === 0) continue;
    const [low, high] = boundsOf(c, keys);
    min = Math.min(min, low);
    max = Math.max(max, high);
  }
  const size = max - min + 1;
  return rows > 0 && size <= Math.max(DENSE_ALWAYS, rows * DENSE_FACTOR) ? { min, size } : null;
}

function boundsOf(c: Compute, keys: Column): [number, number] {
  const { min, max } = keys.stats ?? {};
  if (typeof min === "number" && typeof max === "number") return [min, max];
  const scratch = c.heap.arena(keys.segment);
  try {
    const into = scratch.allocate(64);
    const kernels = c.kernels(keys.segment);
    const { i32, u32 } = c.heap.segment(keys.segment);
    if (keys.type.kind === "i32") {
      kernels.boundsI32(keys.values, keys.length, into);
      return [i32[into / 4], i32[into / 4 + 1]];
    }
    kernels.boundsU32(keys.values, keys.length, into);
    return [u32[into / 4], u32[into / 4 + 1]];
  } finally {
    scratch.release();
  }
}

function sharedDictionary(inputs: readonly KeyedColumns[]): boolean {
  const [first] = inputs;
  return inputs.every(
    ({ keys }) =>
      keys.children[0].values === first.keys.children[0].values &&
      keys.children[0].segment === first.keys.children[0].segment,
  );
}

function aggregateDense(
  c: Compute,
  inputs: readonly KeyedColumns[],
  kind: "sum" | "min" | "max",
  { min, size }: Bounds,
  out: Arena,
): KeyedColumns {
  const scratch = c.heap.arena(out.segment.id);
  const { u8, u32, f64 } = out.segment;
  const kernels = c.kernels(out.segment.id);
  const run = kind === "sum" ? kernels.denseSum : kind === "min" ? kernels.denseMin : kernels.denseMax;
  try {
    const sums = scratch.allocate(size * 8);
    const seen = scratch.allocate(size);
    u8.fill(0, seen, seen + size);
    for (const { keys, values } of inputs)
      if (keys.length > 0) run(keys.values, asDoubles(c, values, scratch), keys.length, min, sums, seen);
    let groups = 0;
    for (let g = 0; g < size; g++) groups += u8[seen + g];
    const keys = out.allocate(groups * 4);
    const values = out.allocate(groups * 8);
    let at = 0;
    for (let g = 0; g < size; g++) {
      if (u8[seen + g] === 0) continue;
      u32[keys / 4 + at] = min + g;
      f64[values / 8 + at] = f64[sums / 8 + g];
      at++;
    }
    const [{ keys: like }] = inputs;
    const base = { length: groups, segment: out.segment.id, validity: 0, nullCount: 0, offsets: 0 };
    return {
      keys: {
        ...base,
        type: like.type,
        values: keys,
        children: like.children,
        ...(groups === 0 ? {} : { stats: { min, max: min + size - 1 } }),
      },
      values: { ...base, type: { kind: "f64" }, values, children: [] },
    };
  } finally {
    scratch.release();
  }
}

/** Pointer to the values as f64. */
function asDoubles(c: Compute, values: Column, scratch: Arena): number {
  if (values.type.kind === "f64") return values.values;
  const { i32, u32, f32, f64 } = c.heap.segment(values.segment);
  const from = values.type.kind === "i32" ? i32 : values.type.kind === "u32" ? u32 : f32;
  const ptr = scratch.allocate(values.length * 8);
  for (let i = 0; i < values.length; i++) f64[ptr / 8 + i] = from[values.values / 4 + i];
  return ptr;
}

/** A JavaScript Map from key to group: SameValueZero, as keys compare in Spark's own maps (NaN is NaN, -0 is 0). */
function aggregateHashed(
  c: Compute,
  inputs: readonly KeyedColumns[],
  kind: AggregateKind,
  out: Arena,
): KeyedColumns {
  const groups = new Map<unknown, number>();
  const keys: unknown[] = [];
  const results: number[] = [];
  for (const input of inputs) {
    const inputKeys = readColumn(c.heap, input.keys);
    const values = kind === "count" ? [] : (readColumn(c.heap, input.values) as number[]);
    for (let i = 0; i < inputKeys.length; i++) {
      const key = inputKeys[i];
      const group = groups.get(key);
      if (group === undefined) {
        groups.set(key, results.length);
        keys.push(key);
        results.push(kind === "count" ? 1 : values[i]);
        continue;
      }
      switch (kind) {
        case "sum":
          results[group] += values[i];
          break;
        case "count":
          results[group]++;
          break;
        case "min":
          results[group] = Math.min(results[group], values[i]);
          break;
        case "max":
          results[group] = Math.max(results[group], values[i]);
          break;
        case "last":
          results[group] = values[i];
      }
    }
  }
  return { keys: typedKeys(keys, inputs[0].keys.type, out), values: buildColumn(results, out) };
}

/** Keys keep their column type, so that later operations still see integers. */
function typedKeys(keys: readonly unknown[], type: DataType, out: Arena): Column {
  if (type.kind !== "u32" && type.kind !== "i32" && type.kind !== "i64" && type.kind !== "u64")
    return buildColumn(keys, out);
  const wide = type.kind === "i64" || type.kind === "u64";
  const ptr = out.allocate(keys.length * (wide ? 8 : 4));
  const into = out.segment[type.kind] as unknown as { [at: number]: unknown };
  for (let i = 0; i < keys.length; i++) into[ptr / (wide ? 8 : 4) + i] = keys[i];
  return {
    type,
    length: keys.length,
    segment: out.segment.id,
    validity: 0,
    nullCount: 0,
    offsets: 0,
    values: ptr,
    children: [],
  };
}
