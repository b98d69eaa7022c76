/**
 * Combining by key over chunks of pairs, for both sides of a shuffle. Columns whose types and function the kernels know are
 * gathered and aggregated some 64 MB at a time; everything else goes through the user's functions row by row.
 * Partial results keep the order in which rows came, so the answer depends on the data only.
 */
import { type Chunk, decode, isRows } from "../column/chunk.ts";
import type { Column } from "../column/column.ts";
import { readColumn } from "../column/reader.ts";
import { pairType, sameType } from "../column/type.ts";
import { type AggregateKind, aggregateByKey, canAggregate } from "../kernels/aggregate.ts";
import type { Arena } from "../memory/arena.ts";
import type { Combiner } from "../plan/node.ts";
import { Keeper } from "../storage/keeper.ts";
import { asPair, isPairs, toColumns } from "./pairs.ts";
import { RowCombiner } from "./row-combiner.ts";
import type { ShuffleTask } from "./task.ts";

const FLUSH_BYTES = 64 << 20;

interface KeyedColumns {
  readonly keys: Column;
  readonly values: Column;
}

/** Merging partial results: counts are summed, the rest is the function itself. */
function mergeKind(kind: AggregateKind): AggregateKind {
  return kind === "count" ? "sum" : kind;
}

/**
 * Combines all pairs of `chunks`, which must stay readable while `keeper` holds them, into pairs [key, combined].
 * `combined` says that the input is combiners already (the reduce side). The result lies in `out`, or is plain rows.
 */
export function combineByKey(
  task: ShuffleTask,
  chunks: Iterable<Chunk>,
  combiner: Combiner,
  combined: boolean,
  keeper: Keeper,
  out: Arena,
): Chunk[] {
  const partials = new Keeper(task.heap);
  try {
    return combineWith(task, chunks, combiner, combined, keeper, partials, out);
  } finally {
    partials.release();
    keeper.release();
  }
}

function combineWith(
  task: ShuffleTask,
  chunks: Iterable<Chunk>,
  combiner: Combiner,
  combined: boolean,
  keeper: Keeper,
  partials: Keeper,
  out: Arena,
): Chunk[] {
  const first = combiner.kind === null ? null : combined ? mergeKind(combiner.kind) : combiner.kind;
  let rows: RowCombiner | null = null;
  let pending: KeyedColumns[] = [];
  let pendingBytes = 0;
  let results: KeyedColumns[] = [];

  const aggregate = (into: Arena): KeyedColumns => aggregateByKey(task.compute, pending, first!, into);
  const flush = (): void => {
    results.push(aggregate(partials.arena(pending[0].keys.segment)));
    pending = [];
    pendingBytes = 0;
    keeper.release();
  };
  const toRows = (): RowCombiner => {
    if (rows !== null) return rows;
    rows = new RowCombiner(task, combiner);
    for (const { keys, values } of results)
      addPairs(rows, readColumn(task.heap, keys), readColumn(task.heap, values), true);
    for (const { keys, values } of pending)
      addPairs(rows, readColumn(task.heap, keys), readColumn(task.heap, values), combined);
    results = [];
    pending = [];
    return rows;
  };

  const source = first === null ? chunks : toColumns(chunks, () => keeper.arena());
  for (const chunk of source) {
    task.checkCancelled();
    if (!isRows(chunk) && first !== null && rows === null && isPairs(chunk)) {
      const [keys, values] = chunk.children;
      const like = pending[0] ?? results[0];
      const fits =
        like === undefined ||
        (sameType(like.keys.type, keys.type) &&
          (pending.length === 0 || sameType(pending[0].values.type, values.type)));
      if (
        fits &&
        canAggregate(keys.type, values.type, first) &&
        keys.nullCount === 0 &&
        values.nullCount === 0
      ) {
        pending.push({ keys, values });
        pendingBytes += keys.length * 16;
        if (pendingBytes >= FLUSH_BYTES && keeper.bytes >= FLUSH_BYTES) flush();
        continue;
      }
    }
    const into = toRows();
    if (isRows(chunk)) addRows(into, chunk, combined);
    else addColumn(task, into, chunk, combined);
    keeper.release();
  }

  if (rows !== null) return [...(rows as RowCombiner).pairs()];
  if (pending.length > 0 && results.length > 0) flush();
  let final: KeyedColumns | undefined;
  if (results.length > 0) final = aggregateByKey(task.compute, results, mergeKind(combiner.kind!), out);
  else if (pending.length > 0) final = aggregate(out);
  return final === undefined || final.keys.length === 0 ? [] : [pairColumn(final.keys, final.values)];
}

export function pairColumn(keys: Column, values: Column): Column {
  return {
    type: pairType(keys.type, values.type),
    length: keys.length,
    segment: keys.segment,
    validity: 0,
    nullCount: 0,
    offsets: 0,
    values: 0,
    children: [keys, values],
  };
}

function addPairs(
  rows: RowCombiner,
  keys: readonly unknown[],
  values: readonly unknown[],
  combined: boolean,
): void {
  if (combined) for (let i = 0; i < keys.length; i++) rows.addCombined(keys[i], values[i]);
  else for (let i = 0; i < keys.length; i++) rows.addValue(keys[i], values[i]);
}

function addRows(into: RowCombiner, chunk: readonly unknown[], combined: boolean): void {
  for (const row of chunk) {
    const [key, value] = asPair(row);
    if (combined) into.addCombined(key, value);
    else into.addValue(key, value);
  }
}

function addColumn(task: ShuffleTask, into: RowCombiner, column: Column, combined: boolean): void {
  for (const rows of decode(task.heap, column)) {
    addRows(into, rows, combined);
    task.checkCancelled();
  }
}
