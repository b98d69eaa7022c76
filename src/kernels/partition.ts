/**
 * Rows permuted into partition order, stable. Partition ids, a histogram, positions by prefix sum, then a scatter a column: the
 * positions are computed once and every field of the rows moves by them.
 */
import type { Column } from "../column/column.ts";
import { copyColumn } from "../column/copy.ts";
import { valueWidth } from "../column/type.ts";
import type { Arena } from "../memory/arena.ts";
import type { Compute } from "./compute.ts";
import { hashColumn } from "./hash.ts";
import { gatherColumn } from "./select.ts";

export interface Partitioned {
  readonly column: Column;
  /** Partition p is rows offsets[p] to offsets[p + 1]. */
  readonly offsets: Uint32Array;
}

/** By floorMod(hash of the key, n). `key` is a column of the same rows, usually a child of `rows`. */
export function partitionByHash(
  c: Compute,
  rows: Column,
  key: Column,
  numPartitions: number,
  out: Arena,
): Partitioned {
  if (numPartitions === 1)
    return { column: copyColumn(c.heap, rows, out), offsets: Uint32Array.of(0, rows.length) };
  const scratch = c.heap.arena(rows.segment);
  try {
    const ids = scratch.allocate(rows.length * 4);
    const kernels = c.kernels(rows.segment);
    const plain = key.nullCount === 0;
    if (plain && (key.type.kind === "i32" || key.type.kind === "u32"))
      kernels.partitionInts(key.values, key.length, numPartitions, ids);
    else if (plain && key.type.kind === "f64")
      kernels.partitionDoubles(key.values, key.length, numPartitions, ids);
    else kernels.partitionHashes(hashColumn(c, key, scratch), key.length, numPartitions, ids);
    return partitionByIndex(c, rows, ids, numPartitions, out);
  } finally {
    scratch.release();
  }
}

/** By given partition ids, `ids` a pointer to u32[length] in the rows' segment. */
export function partitionByIndex(
  c: Compute,
  rows: Column,
  ids: number,
  numPartitions: number,
  out: Arena,
): Partitioned {
  const n = rows.length;
  const offsets = new Uint32Array(numPartitions + 1);
  const scratch = c.heap.arena(rows.segment);
  try {
    const kernels = c.kernels(rows.segment);
    const { u32 } = c.heap.segment(rows.segment);
    const next = scratch.allocate(numPartitions * 4);
    u32.fill(0, next / 4, next / 4 + numPartitions);
    kernels.histogram(ids, n, next);
    let sum = 0;
    for (let p = 0; p < numPartitions; p++) {
      const count = u32[next / 4 + p];
      u32[next / 4 + p] = sum;
      sum += count;
      offsets[p + 1] = sum;
    }
    // All rows in one partition: they are in order already, and a copy makes them the caller's own.
    if (offsets.some((end, p) => p > 0 && end - offsets[p - 1] === n))
      return { column: copyColumn(c.heap, rows, out), offsets };
    const positions = scratch.allocate(n * 4);
    kernels.positions(ids, n, next, positions);
    return { column: scatterColumn(c, rows, positions, scratch, out), offsets };
  } finally {
    scratch.release();
  }
}

/** result[positions[i]] = rows[i]; positions are a permutation. */
function scatterColumn(c: Compute, rows: Column, positions: number, scratch: Arena, out: Arena): Column {
  const n = rows.length;
  const width = valueWidth(rows.type);
  if (rows.nullCount === 0 && rows.type.kind === "struct")
    return {
      ...rows,
      children: rows.children.map((child) => scatterColumn(c, child, positions, scratch, out)),
    };
  if (rows.nullCount === 0 && (width === 4 || width === 8)) {
    const values = out.allocate(n * width);
    const kernels = c.kernels(rows.segment);
    if (width === 4) kernels.scatter4(rows.values, positions, n, values);
    else kernels.scatter8(rows.values, positions, n, values);
    const { min, max } = rows.stats ?? {};
    return {
      type: rows.type,
      length: n,
      segment: rows.segment,
      validity: 0,
      nullCount: 0,
      offsets: 0,
      values,
      children: rows.children,
      ...(min === undefined || max === undefined ? {} : { stats: { min, max } }),
    };
  }
  // Everything else is gathered by the inverse permutation.
  const inverse = scratch.allocate(n * 4);
  const { u32 } = c.heap.segment(rows.segment);
  for (let i = 0; i < n; i++) u32[inverse / 4 + u32[positions / 4 + i]] = i;
  return gatherColumn(c, rows, inverse, n, out);
}
