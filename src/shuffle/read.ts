/**
 * The reduce side of a shuffle: slices of the map outputs in map order, at no copy, and what to make of them: rows as they
 * are, sorted, combined, grouped, cogrouped or joined. Columns go through the kernels when every slice has the same type.
 */
import { type Chunk, decode, isRows } from "../column/chunk.ts";
import type { Column } from "../column/column.ts";
import { columnBytes } from "../column/concat.ts";
import { compareValues, keyOf } from "../column/equality.ts";
import { sliceColumn } from "../column/slice.ts";
import { sameType } from "../column/type.ts";
import { canJoin, joinByKey } from "../kernels/join.ts";
import { canSort, sortByKey } from "../kernels/sort.ts";
import type { Arena } from "../memory/arena.ts";
import type { JoinKind } from "../plan/node.ts";
import type { Keeper } from "../storage/keeper.ts";
import type { MapOutput } from "./map-output.ts";
import { asPair, isPairs } from "./pairs.ts";
import type { ShuffleTask } from "./task.ts";

/** Counts what was read. */
export interface ReadMetrics {
  shuffleRowsRead: number;
  shuffleBytesRead: number;
}

/** The rows of one reduce partition. The slices live as long as the map outputs do; `scratch` holds realigned validity. */
export function readSlices(
  task: ShuffleTask,
  outputs: readonly MapOutput[],
  partition: number,
  scratch: Keeper,
  metrics: ReadMetrics,
): Column[] {
  const slices: Column[] = [];
  for (const output of outputs)
    for (const { column, offsets } of output.pieces) {
      const [from, to] = [offsets[partition], offsets[partition + 1]];
      if (from === to) continue;
      const slice = sliceColumn(task.heap, column, from, to, scratch.arena(column.segment));
      metrics.shuffleRowsRead += to - from;
      metrics.shuffleBytesRead += columnBytes(task.heap, slice);
      slices.push(slice);
    }
  return slices;
}

/** All pairs sorted by key, stable. `out` may be asked for once the segment is known. */
export function sortPairs(
  task: ShuffleTask,
  chunks: readonly Chunk[],
  ascending: boolean,
  out: () => Arena,
): Chunk[] {
  if (chunks.length === 0) return [];
  const columns = chunks.filter((chunk) => !isRows(chunk)) as Column[];
  if (
    columns.length === chunks.length &&
    columns.every((c) => isPairs(c) && sameType(c.type, columns[0].type)) &&
    canSort(columns[0].children[0].type)
  )
    return [sortByKey(task.compute, columns, ascending, out())];
  const rows = decodeAll(task, chunks).map(asPair);
  const direction = ascending ? 1 : -1;
  rows.sort((a, b) => direction * compareValues(a[0], b[0]));
  return [rows];
}

/** [key, values[]] by first appearance of the key. */
export function groupPairs(task: ShuffleTask, chunks: Iterable<Chunk>): Chunk[] {
  const groups = new Map<unknown, [unknown, unknown[]]>();
  for (const rows of decodeEach(task, chunks))
    for (const row of rows) {
      const [key, value] = asPair(row);
      const identity = typeof key === "object" ? keyOf(key) : key;
      const group = groups.get(identity);
      if (group === undefined) groups.set(identity, [key, [value]]);
      else group[1].push(value);
    }
  return groups.size === 0 ? [] : [[...groups.values()]];
}

/** [key, [values of input 0, values of input 1, ...]], keys by first appearance in the inputs in order. */
export function cogroupPairs(task: ShuffleTask, inputs: readonly Iterable<Chunk>[]): Chunk[] {
  const groups = new Map<unknown, [unknown, unknown[][]]>();
  inputs.forEach((chunks, at) => {
    for (const rows of decodeEach(task, chunks))
      for (const row of rows) {
        const [key, value] = asPair(row);
        const identity = typeof key === "object" ? keyOf(key) : key;
        let group = groups.get(identity);
        if (group === undefined) {
          group = [key, inputs.map(() => [])];
          groups.set(identity, group);
        }
        group[1][at].push(value);
      }
  });
  return groups.size === 0 ? [] : [[...groups.values()]];
}

/** [key, [v, w]], with null for the missing side of an outer join. */
export function joinPairs(
  task: ShuffleTask,
  left: readonly Chunk[],
  right: readonly Chunk[],
  how: JoinKind,
  out: () => Arena,
): Iterable<Chunk> {
  const columns = sameColumns(left);
  const others = sameColumns(right);
  if (columns !== null && others !== null) {
    if (columns.length === 0 && (how === "inner" || how === "left" || others.length === 0)) return [];
    if (others.length === 0 && (how === "inner" || how === "right")) return [];
    if (
      columns.length > 0 &&
      others.length > 0 &&
      canJoin(columns[0].children[0].type, others[0].children[0].type)
    ) {
      const joined = joinByKey(task.compute, columns, others, how, out());
      return joined.length === 0 ? [] : [joined];
    }
  }
  return joinRows(task, left, right, how);
}

function* joinRows(
  task: ShuffleTask,
  left: readonly Chunk[],
  right: readonly Chunk[],
  how: JoinKind,
): Generator<Chunk> {
  let batch: unknown[] = [];
  for (const groups of cogroupPairs(task, [left, right]))
    for (const [key, [vs, ws]] of groups as [unknown, [unknown[], unknown[]]][]) {
      const lefts = vs.length === 0 && (how === "right" || how === "full") ? [null] : vs;
      const rights = ws.length === 0 && (how === "left" || how === "full") ? [null] : ws;
      for (const v of lefts) {
        for (const w of rights) batch.push([key, [v, w]]);
        if (batch.length >= 16384) {
          yield batch;
          batch = [];
        }
      }
    }
  if (batch.length > 0) yield batch;
}

/** The chunks as pair columns of one type, or null when some are not. */
function sameColumns(chunks: readonly Chunk[]): Column[] | null {
  const columns: Column[] = [];
  for (const chunk of chunks) {
    if (isRows(chunk) || !isPairs(chunk) || chunk.children[0].nullCount > 0) return null;
    if (columns.length > 0 && !sameType(columns[0].type, chunk.type)) return null;
    columns.push(chunk);
  }
  return columns;
}

function* decodeEach(task: ShuffleTask, chunks: Iterable<Chunk>): Generator<readonly unknown[]> {
  for (const chunk of chunks) {
    yield* decode(task.heap, chunk);
    task.checkCancelled();
  }
}

function decodeAll(task: ShuffleTask, chunks: Iterable<Chunk>): unknown[] {
  const all: unknown[] = [];
  for (const rows of decodeEach(task, chunks)) for (const row of rows) all.push(row);
  return all;
}
