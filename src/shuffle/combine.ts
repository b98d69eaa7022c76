/**
 * Combining by key over chunks of pairs, for both sides of a shuffle. Columns whose types and function the kernels know are aggregated:
 * those with integer keys or a dictionary some 64 MB at a time, as a pass over all of them says whether their range is dense, those
 * with other keys as they come, or by cells when they are in memory and many. Everything else goes through the user's functions row by row. Partial results keep the order
 * in which rows came, so the answer depends on the data only.
 */
import { type Chunk, decode, isRows } from "../column/chunk.ts";
import type { Column } from "../column/column.ts";
import { columnBytes } from "../column/concat.ts";
import { pairColumn } from "../column/pair.ts";
import { readColumn } from "../column/reader.ts";
import { sameType } from "../column/type.ts";
import type { CombineKind } from "../kernels/accumulator.ts";
import { type KeyedColumns, localInputs, mergeKind } from "../kernels/aggregate.ts";
import { combineColumns, combinedType, mergeKinds } from "../kernels/aggregate-fields.ts";
import { aggregateCells, type Cells, toCells } from "../kernels/cells.ts";
import { denseRange, isIntegerKey } from "../kernels/dense.ts";
import { canGroup } from "../kernels/group.ts";
import { HashedGroups } from "../kernels/hashed-groups.ts";
import { partitionByHash } from "../kernels/partition.ts";
import { mergeStringCells } from "../kernels/string-cells.ts";
import type { Arena } from "../memory/arena.ts";
import type { Combiner } from "../plan/node.ts";
import { Keeper } from "../storage/keeper.ts";
import { placeStrings, stringCellsOf } from "./combine-strings.ts";
import { GroupedCombiner } from "./grouped-combiner.ts";
import type { MapOutput, MapPiece } from "./map-output.ts";
import { asPair, buildPairs, hasObjectKey, isPairs, toColumns } from "./pairs.ts";
import { type ReadMetrics, readSlices } from "./read.ts";
import { RowCombiner } from "./row-combiner.ts";
import type { ShuffleTask } from "./task.ts";

const FLUSH_BYTES = 64 << 20;

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
  const results: KeyedColumns[] = [];
  let final: KeyedColumns | null = null;
  let rows: RowCombiner | null = null;
  let made: [unknown, unknown][][] = [];
  try {
    gather(task, chunks, combiner, combined, keeper, {
      columns(inputs, kind, last) {
        if (last && results.length === 0) final = combineColumns(task.compute, inputs, kind, out);
        else results.push(combineColumns(task.compute, inputs, kind, partials.arena(inputs[0].keys.segment)));
      },
      strings: () => false,
      groups(groups, last) {
        const { segment } = groups;
        if (last && results.length === 0 && segment === out.segment.id) final = groups.result(out);
        else results.push(groups.result(partials.arena(segment)));
      },
      combined(groups) {
        made = [...groups.pairs()];
      },
      rows(batch) {
        if (rows === null) {
          rows = new RowCombiner(task, combiner);
          for (const { keys, values } of results)
            addPairs(rows, readColumn(task.heap, keys), readColumn(task.heap, values));
          for (const pairs of made) addRows(rows, pairs, true);
        }
        addRows(rows, batch, combined);
      },
    });
    if (rows !== null) return [...(rows as RowCombiner).pairs()];
    if (made.length > 0) return made;
    if (results.length > 0) final = combineColumns(task.compute, results, mergeKinds(combiner.kind!), out);
    return final === null || (final as KeyedColumns).keys.length === 0 ? [] : [pairColumn(final)];
  } finally {
    partials.release();
    keeper.release();
  }
}

/**
 * The map side for a hash partitioner: pieces of combined pairs in partition order, in the memory of `output`, and chunks of what had to be
 * combined row by row, which are still to be placed. Both are partial results: the reduce side merges them in order.
 */
export function combineForShuffle(
  task: ShuffleTask,
  chunks: Iterable<Chunk>,
  combiner: Combiner,
  numPartitions: number,
  keeper: Keeper,
  output: Keeper,
): { readonly pieces: MapPiece[]; readonly rest: Iterable<Chunk> } {
  const pieces: MapPiece[] = [];
  let rows: RowCombiner | null = null;
  let made: [unknown, unknown][][] = [];
  try {
    gather(task, chunks, combiner, false, keeper, {
      columns(inputs, kind) {
        pieces.push(placeCombined(task, inputs, kind, numPartitions, output));
      },
      strings(inputs, kind) {
        const placed = placeStrings(task, inputs, kind, numPartitions, output);
        pieces.push(...(placed ?? []));
        return placed !== null;
      },
      groups(groups) {
        const placed = output.arena(groups.segment);
        pieces.push(placeGroups(task, (arena) => groups.result(arena), numPartitions, placed));
      },
      combined(groups) {
        made = [...groups.pairs()];
      },
      rows(batch) {
        if (rows === null) {
          rows = new RowCombiner(task, combiner);
          for (const pairs of made) addRows(rows, pairs, true);
        }
        addRows(rows, batch, false);
      },
    });
    return { pieces, rest: rows === null ? made : (rows as RowCombiner).pairs() };
  } finally {
    keeper.release();
  }
}

function placeCombined(
  task: ShuffleTask,
  inputs: readonly KeyedColumns[],
  kind: CombineKind,
  n: number,
  output: Keeper,
): MapPiece {
  const { segment } = inputs[0].keys;
  const out = output.arena(segment);
  const scratch = task.heap.arena(segment);
  try {
    const local = localInputs(task.compute, inputs, kind, scratch);
    const keys = local.map((input) => input.keys);
    const range = keys[0].type.kind === "dictionary" ? null : denseRange(task.compute, keys);
    if (range !== null && typeof kind === "string") {
      const cells = toCells(task.compute, local, kind, range, n, out);
      const offsets = new Uint32Array(n + 1);
      for (let p = 1; p <= n; p++) offsets[p] = cells.offsets[p * cells.runs.count];
      return { column: pairColumn(cells), offsets, cells: { runs: cells.runs, offsets: cells.offsets } };
    }
    return placeGroups(task, (arena) => combineColumns(task.compute, local, kind, arena), n, out);
  } finally {
    scratch.release();
  }
}

function placeGroups(
  task: ShuffleTask,
  result: (arena: Arena) => KeyedColumns,
  n: number,
  out: Arena,
): MapPiece {
  if (n === 1) {
    const pairs = pairColumn(result(out));
    return { column: pairs, offsets: Uint32Array.of(0, pairs.length) };
  }
  const scratch = task.heap.arena(out.segment.id);
  try {
    const pairs = pairColumn(result(scratch));
    return partitionByHash(task.compute, pairs, pairs.children[0], n, out);
  } finally {
    scratch.release();
  }
}

/** The reduce side over combined map outputs: run by run when all pieces are laid out so, else over their slices. */
export function combineOutputs(
  task: ShuffleTask,
  outputs: readonly MapOutput[],
  partition: number,
  combiner: Combiner,
  keeper: Keeper,
  out: Arena,
  metrics: ReadMetrics,
): Chunk[] {
  const { kind } = combiner;
  const strings = typeof kind === "string" ? stringCellsOf(task, outputs, partition, metrics) : null;
  if (strings !== null && typeof kind === "string")
    return [pairColumn(mergeStringCells(task.compute, strings, partition, mergeKind(kind), out))];
  const cells = typeof kind === "string" ? cellsOf(outputs, partition) : null;
  if (cells === null || typeof kind !== "string") {
    const scratch = new Keeper(task.heap);
    try {
      const slices = readSlices(task, outputs, partition, scratch, metrics);
      return combineByKey(task, slices, combiner, true, keeper, out);
    } finally {
      scratch.release();
    }
  }
  if (cells.length === 0) return [];
  const n = (cells[0].offsets.length - 1) / cells[0].runs.count;
  for (const { offsets, runs, keys, values } of cells) {
    const rows = offsets[(partition + 1) * runs.count] - offsets[partition * runs.count];
    metrics.shuffleRowsRead += rows;
    metrics.shuffleBytesRead +=
      ((columnBytes(task.heap, keys) + columnBytes(task.heap, values)) / keys.length) * rows;
  }
  const pairs = aggregateCells(task.compute, cells, partition, n, mergeKind(kind), out);
  return pairs.keys.length === 0 ? [] : [pairColumn(pairs)];
}

/** The pieces with rows for `partition`, when all are laid out by cell and have keys of one type. */
function cellsOf(outputs: readonly MapOutput[], partition: number): Cells[] | null {
  const found: Cells[] = [];
  for (const { pieces } of outputs)
    for (const { column, offsets, cells } of pieces) {
      if (offsets[partition] === offsets[partition + 1]) continue;
      if (cells === undefined) return null;
      const [keys, values] = column.children;
      if (found.length > 0 && !sameType(found[0].keys.type, keys.type)) return null;
      found.push({ keys, values, ...cells });
    }
  return found;
}

interface Sink {
  /** Columns for one aggregation; `last` when nothing comes after them. Their memory may go afterwards. */
  columns(inputs: readonly KeyedColumns[], kind: CombineKind, last: boolean): void;
  /** Columns with keys that are no integers, all of them; false when they are to be aggregated otherwise. */
  strings(inputs: readonly KeyedColumns[], kind: CombineKind): boolean;
  /** Columns that were aggregated as they came. */
  groups(groups: HashedGroups, last: boolean): void;
  /** Columns that the user's functions combined as they came; nothing but rows comes after them. */
  combined(groups: GroupedCombiner): void;
  /** Rows that no kernel takes. Columns never come after rows. */
  rows(batch: readonly unknown[]): void;
}

function gather(
  task: ShuffleTask,
  chunks: Iterable<Chunk>,
  combiner: Combiner,
  combined: boolean,
  keeper: Keeper,
  sink: Sink,
): void {
  const { kind } = combiner;
  const [first, all] = peeked(chunks);
  // Keys that no kernel groups are not made into columns for nothing.
  const objects = first !== undefined && isRows(first) && first.length > 0 && hasObjectKey(first[0]);
  const run = kind === null || objects ? null : combined ? mergeKinds(kind) : kind;
  const held = new Keeper(task.heap);
  let pending: KeyedColumns[] = [];
  /** Inputs for `groups` whose memory stays. */
  let lasting: KeyedColumns[] = [];
  let groups: HashedGroups | null = null;
  let own: GroupedCombiner | null = null;
  let like: KeyedColumns | null = null;
  let toRows = objects;
  const take = (input: KeyedColumns): void => {
    const { type, segment } = input.keys;
    groups ??= new HashedGroups(task.compute, type, run!, held.arena(segment));
    groups.take(input);
  };
  const takeLasting = (): void => {
    for (const input of lasting) take(input);
    lasting = [];
  };
  /** Hands on what has come so far. */
  const flush = (last: boolean): void => {
    if (own !== null) sink.combined(own);
    own = null;
    if (groups === null && lasting.length > 0 && sink.strings(lasting, run!)) lasting = [];
    takeLasting();
    if (groups !== null) sink.groups(groups, last);
    else if (pending.length > 0) sink.columns(pending, run!, last);
    groups = null;
    pending = [];
    held.release();
  };
  try {
    for (const chunk of run === null ? all : toColumns(all, keeper, buildPairs)) {
      task.checkCancelled();
      if (run === null && !toRows && !isRows(chunk) && isPairs(chunk)) {
        const [keys, values] = chunk.children;
        if (GroupedCombiner.takes(keys) && (own === null || own.isLike(keys))) {
          own ??= new GroupedCombiner(task, combiner, combined, keys.type, held.arena(keys.segment));
          own.take(keys, values);
          keeper.release();
          continue;
        }
      }
      const input: KeyedColumns | null =
        toRows || run === null || isRows(chunk) ? null : aggregable(chunk, run, like);
      if (input === null) {
        // The chunk may lie in the keeper too, which is released after it.
        flush(false);
        toRows = true;
        for (const rows of decode(task.heap, chunk)) {
          sink.rows(rows);
          task.checkCancelled();
        }
        keeper.release();
        continue;
      }
      like ??= input;
      if (canGroup(input.keys.type) && !isIntegerKey(input.keys.type.kind)) {
        if (keeper.bytes === 0 && groups === null) lasting.push(input);
        else {
          takeLasting();
          take(input);
          keeper.release();
        }
        continue;
      }
      pending.push(input);
      if (keeper.bytes >= FLUSH_BYTES) {
        flush(false);
        keeper.release();
      }
    }
    flush(true);
  } finally {
    held.release();
  }
  keeper.release();
}

/** The first chunk, and all of them. */
function peeked(chunks: Iterable<Chunk>): readonly [Chunk | undefined, Iterable<Chunk>] {
  const rest = chunks[Symbol.iterator]();
  const { done, value } = rest.next();
  if (done === true) return [undefined, []];
  const first = value as Chunk;
  const all = function* (): Generator<Chunk> {
    yield first;
    yield* { [Symbol.iterator]: () => rest };
  };
  return [first, all()];
}

/** The chunk's keys and values when kernels can aggregate them together with those of `like`. */
function aggregable(column: Column, kind: CombineKind, like: KeyedColumns | null): KeyedColumns | null {
  if (!isPairs(column)) return null;
  const [keys, values] = column.children;
  return combinedType(keys.type, values.type, kind) !== null &&
    keys.nullCount === 0 &&
    values.nullCount === 0 &&
    values.children.every(({ nullCount }) => nullCount === 0) &&
    (like === null || (sameType(like.keys.type, keys.type) && sameType(like.values.type, values.type)))
    ? { keys, values }
    : null;
}

function addPairs(rows: RowCombiner, keys: readonly unknown[], values: readonly unknown[]): void {
  for (let i = 0; i < keys.length; i++) rows.addCombined(keys[i], values[i]);
}

function addRows(into: RowCombiner, batch: readonly unknown[], combined: boolean): void {
  for (const row of batch) {
    const [key, value] = asPair(row);
    if (combined) into.addCombined(key, value);
    else into.addValue(key, value);
  }
}
