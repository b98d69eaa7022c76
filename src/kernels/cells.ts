/**
 * Aggregation by dense keys across a shuffle. The map side lays rows out by cell, a cell being one reduce partition's share of a run of
 * keys: aggregated first when that shrinks them and the slots fit the cache, else as they are, in one scatter. The reduce
 * side walks the runs and aggregates each over all map outputs in a small array. Groups come out in ascending key order.
 */
import type { Column } from "../column/column.ts";
import { copyColumn } from "../column/copy.ts";
import { sliceColumn } from "../column/slice.ts";
import type { Arena } from "../memory/arena.ts";
import { Accumulator, type AggregateKind, doubles, eachDoubles } from "./accumulator.ts";
import type { KeyedColumns } from "./aggregate.ts";
import type { Compute } from "./compute.ts";
import { type KeyRange, type Runs, runSlots, runsOf } from "./dense.ts";

/** Slots beyond this (16 MB) are slower to hit at random than rows are to scatter. */
const COMBINE_SLOTS = 1 << 21;
const ALWAYS_SLOTS = 1 << 15;
/** Rows a slot from which combining before the shuffle pays. */
const COMBINE_ROWS = 4;

export interface Cells extends KeyedColumns {
  readonly runs: Runs;
  /** Cell (partition p, run r) is rows offsets[p * runs.count + r] to the next; the last is the end. */
  readonly offsets: Uint32Array;
}

/** Lays out `inputs` (in `out`'s segment) by cell for `n` hash partitions, integer keys of `range`. Values become f64. */
export function toCells(
  c: Compute,
  inputs: readonly KeyedColumns[],
  kind: AggregateKind,
  range: KeyRange,
  n: number,
  out: Arena,
): Cells {
  const rows = inputs.reduce((sum, { keys }) => sum + keys.length, 0);
  const combine =
    range.size <= ALWAYS_SLOTS || (range.size <= COMBINE_SLOTS && rows >= range.size * COMBINE_ROWS);
  const scratch = c.heap.arena(out.segment.id);
  try {
    return combine
      ? combinedCells(c, inputs, kind, range, n, scratch, out)
      : scatteredCells(c, inputs, kind, range, n, rows, scratch, out);
  } finally {
    scratch.release();
  }
}

function combinedCells(
  c: Compute,
  inputs: readonly KeyedColumns[],
  kind: AggregateKind,
  range: KeyRange,
  n: number,
  scratch: Arena,
  out: Arena,
): Cells {
  const all = accumulateRange(c, inputs, kind, range, scratch);
  const room =
    Math.min(
      range.size,
      inputs.reduce((sum, { keys }) => sum + keys.length, 0),
    ) + 1;
  const outKeys = out.allocate(room * 4);
  const outValues = out.allocate(room * 8);
  const runs = runsOf(range, n);
  const offsets = new Uint32Array(n * runs.count + 1);
  let at = 0;
  for (let p = 0; p < n; p++)
    for (let r = 0; r < runs.count; r++) {
      const { base, size } = runSlots(runs.first + r, runs.shift, range, p, n);
      const from = base - range.min;
      if (size > 0)
        at += all.emit(
          from,
          from + (size - 1) * n + 1,
          n,
          range.min,
          1,
          outKeys + at * 4,
          outValues + at * 8,
        );
      offsets[p * runs.count + r + 1] = at;
    }
  return { ...pairOf(inputs[0].keys, at, outKeys, outValues, range, out), runs, offsets };
}

/** One slot a key of the range. */
export function accumulateRange(
  c: Compute,
  inputs: readonly KeyedColumns[],
  kind: AggregateKind,
  range: KeyRange,
  scratch: Arena,
): Accumulator {
  const all = new Accumulator(c, kind, scratch);
  const rule = { base: range.min, inverse: 1, shift: 0 };
  all.reset(range.size);
  for (const { keys, values } of inputs)
    if (kind === "count") all.add(keys.values, 0, keys.length, rule);
    else
      eachDoubles(c, values, false, scratch, (ptr, from, length) =>
        all.add(keys.values + from * 4, ptr, length, rule),
      );
  if (all.ambiguous) {
    all.startMarks(range.size);
    for (const { keys } of inputs) all.mark(keys.values, keys.length, rule);
  }
  all.finish(range.size);
  return all;
}

function scatteredCells(
  c: Compute,
  inputs: readonly KeyedColumns[],
  kind: AggregateKind,
  range: KeyRange,
  n: number,
  rows: number,
  scratch: Arena,
  out: Arena,
): Cells {
  const runs = runsOf(range, n);
  const cells = n * runs.count;
  const kernels = c.kernels(out.segment.id);
  const { u32 } = out.segment;
  const start = runs.first * 2 ** runs.shift;
  const next = scratch.allocate(cells * 4);
  u32.fill(0, next / 4, next / 4 + cells);
  for (const { keys } of inputs)
    kernels.cellCounts(keys.values, keys.length, n, start, runs.shift, runs.count, next);
  const offsets = new Uint32Array(cells + 1);
  let sum = 0;
  for (let cell = 0; cell < cells; cell++) {
    const count = u32[next / 4 + cell];
    u32[next / 4 + cell] = sum;
    sum += count;
    offsets[cell + 1] = sum;
  }
  const outKeys = out.allocate(rows * 4);
  const outValues = out.allocate(rows * 8);
  for (const { keys, values } of inputs)
    eachDoubles(c, values, kind === "count", scratch, (ptr, from, length) =>
      kernels.scatterCells(
        keys.values + from * 4,
        ptr,
        length,
        n,
        start,
        runs.shift,
        runs.count,
        next,
        outKeys,
        outValues,
      ),
    );
  return { ...pairOf(inputs[0].keys, rows, outKeys, outValues, range, out), runs, offsets };
}

/** The groups of one reduce partition over all map outputs, in map order. `kind` merges what the map side made. */
export function aggregateCells(
  c: Compute,
  pieces: readonly Cells[],
  partition: number,
  n: number,
  kind: AggregateKind,
  out: Arena,
): KeyedColumns {
  const scratch = c.heap.arena(out.segment.id);
  try {
    const local = pieces.map((piece) => localPiece(c, piece, partition, out, scratch));
    const { shift } = pieces[0].runs;
    const min = Math.min(...pieces.map(({ runs }) => runs.min));
    const max = Math.max(...pieces.map(({ runs }) => runs.max));
    const rows = local.reduce((sum, piece) => sum + piece.rows, 0);
    const room = Math.min(rows, Math.floor((max - min) / n) + 1) + 1;
    const outKeys = out.allocate(room * 4);
    const outValues = out.allocate(room * 8);
    const slots = new Accumulator(c, kind, scratch);
    slots.reset(Math.ceil(Math.min(2 ** shift, max - min + 1) / n) + 1);
    const last = Math.floor(max / 2 ** shift);
    let at = 0;
    for (let run = Math.floor(min / 2 ** shift); run <= last; run++) {
      if (local.every((piece) => piece.length(run) === 0)) continue;
      const rule = runSlots(run, shift, { min, max }, partition, n);
      slots.reset(rule.size);
      for (const piece of local) {
        const row = piece.start(run);
        slots.add(piece.keys + row * 4, piece.values + row * 8, piece.length(run), rule);
      }
      if (slots.ambiguous) {
        slots.startMarks(rule.size);
        for (const piece of local) slots.mark(piece.keys + piece.start(run) * 4, piece.length(run), rule);
      }
      at += slots.emit(0, rule.size, 1, rule.base, rule.stride, outKeys + at * 4, outValues + at * 8);
    }
    return pairOf(pieces[0].keys, at, outKeys, outValues, { min, max }, out);
  } finally {
    scratch.release();
  }
}

/** The rows of one partition, where the kernels can reach them. */
interface LocalPiece {
  readonly rows: number;
  readonly keys: number;
  readonly values: number;
  start(run: number): number;
  length(run: number): number;
}

function localPiece(c: Compute, piece: Cells, partition: number, out: Arena, scratch: Arena): LocalPiece {
  const { offsets, runs } = piece;
  const cell = partition * runs.count;
  const from = offsets[cell];
  const to = offsets[cell + runs.count];
  const near = (column: Column): number => {
    const slice = sliceColumn(c.heap, column, from, to, scratch);
    return slice.segment === out.segment.id ? slice.values : copyColumn(c.heap, slice, scratch).values;
  };
  const within = (run: number): boolean => run >= runs.first && run < runs.first + runs.count;
  return {
    rows: to - from,
    keys: near(piece.keys),
    values: near(piece.values),
    start: (run) => (within(run) ? offsets[cell + run - runs.first] - from : 0),
    length: (run) =>
      within(run) ? offsets[cell + run - runs.first + 1] - offsets[cell + run - runs.first] : 0,
  };
}

function pairOf(
  like: Column,
  length: number,
  keys: number,
  values: number,
  { min, max }: { readonly min: number; readonly max: number },
  out: Arena,
): KeyedColumns {
  return {
    keys: { ...doubles(keys, length, out), type: like.type, children: like.children, stats: { min, max } },
    values: doubles(values, length, out),
  };
}
