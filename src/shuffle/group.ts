/** Rows grouped and cogrouped by key: columns by the kernels, everything else as JavaScript values. */
import { type Chunk, decode, isRows } from "../column/chunk.ts";
import type { Column } from "../column/column.ts";
import { keyOf } from "../column/equality.ts";
import { pairColumn } from "../column/pair.ts";
import { sameType } from "../column/type.ts";
import type { KeyedColumns } from "../kernels/aggregate.ts";
import { canGroupValues, cogroupValues, groupValues } from "../kernels/group-values.ts";
import type { Arena } from "../memory/arena.ts";
import type { SegmentId } from "../memory/segment.ts";
import { decodeEach } from "./decode.ts";
import { asPair, isPairs } from "./pairs.ts";
import type { ShuffleTask } from "./task.ts";

/**
 * [key, values[]] by first appearance of the key: one column when all chunks are columns of one type, else rows. Columns must stay
 * readable; the result lies in memory of `out`.
 */
export function groupPairs(
  task: ShuffleTask,
  chunks: Iterable<Chunk>,
  out: (segment: SegmentId) => Arena,
): Chunk[] {
  const columns: KeyedColumns[] = [];
  let groups: RowGroups | null = null;
  for (const chunk of chunks) {
    task.checkCancelled();
    const columnar = groups === null ? groupable(chunk, columns[0]) : null;
    if (columnar !== null) {
      if (columnar.keys.length > 0) columns.push(columnar);
      continue;
    }
    if (groups === null) {
      groups = new RowGroups();
      for (const { keys, values } of columns)
        for (const rows of decode(task.heap, pairColumn({ keys, values }))) groups.add(rows);
    }
    for (const rows of decode(task.heap, chunk)) groups.add(rows);
  }
  if (groups !== null) return groups.chunks();
  return columns.length === 0
    ? []
    : [pairColumn(groupValues(task.compute, columns, out(columns[0].keys.segment)))];
}

/** The chunk's keys and values when kernels can group them together with those of `like`. */
function groupable(chunk: Chunk, like: KeyedColumns | undefined): KeyedColumns | null {
  if (isRows(chunk) || !isPairs(chunk)) return null;
  const [keys, values] = chunk.children;
  return canGroupValues(keys.type) &&
    keys.nullCount === 0 &&
    (like === undefined || (sameType(like.keys.type, keys.type) && sameType(like.values.type, values.type)))
    ? { keys, values }
    : null;
}

class RowGroups {
  readonly #groups = new Map<unknown, [unknown, unknown[]]>();

  add(rows: readonly unknown[]): void {
    for (const row of rows) {
      const [key, value] = asPair(row);
      const identity = keyOf(key);
      const group = this.#groups.get(identity);
      if (group === undefined) this.#groups.set(identity, [key, [value]]);
      else group[1].push(value);
    }
  }

  chunks(): Chunk[] {
    return this.#groups.size === 0 ? [] : [[...this.#groups.values()]];
  }
}

/**
 * [key, [values of input 0, values of input 1, ...]], keys by first appearance in the inputs in order. Columns, rows and memory as in
 * `groupPairs`.
 */
export function cogroupPairs(
  task: ShuffleTask,
  inputs: readonly Iterable<Chunk>[],
  out: (segment: SegmentId) => Arena,
): Chunk[] {
  const chunks = inputs.map((input) => [...input]);
  const sides = cogroupable(chunks);
  if (sides === null) return cogroupRows(task, chunks);
  const first = sides.find((side) => side.length > 0);
  if (first === undefined) return [];
  const { keys, lists } = cogroupValues(task.compute, sides, out(first[0].keys.segment));
  const fields = lists.map(({ type }, i) => ({ name: String(i), type }));
  const values: Column = {
    ...lists[0],
    type: { kind: "struct", form: "tuple", fields },
    offsets: 0,
    children: lists,
  };
  return [pairColumn({ keys, values })];
}

/** The keys and values of every side, without empty chunks, when kernels can group them; else null. */
function cogroupable(inputs: readonly (readonly Chunk[])[]): KeyedColumns[][] | null {
  let keyed: KeyedColumns | undefined;
  const sides: KeyedColumns[][] = [];
  for (const chunks of inputs) {
    const side: KeyedColumns[] = [];
    for (const chunk of chunks) {
      if (chunk.length === 0) continue;
      const columnar = groupable(chunk, side[0]);
      if (columnar === null || (keyed !== undefined && !sameType(keyed.keys.type, columnar.keys.type)))
        return null;
      keyed ??= columnar;
      side.push(columnar);
    }
    sides.push(side);
  }
  return sides;
}

function cogroupRows(task: ShuffleTask, inputs: readonly (readonly Chunk[])[]): Chunk[] {
  const groups = new Map<unknown, [unknown, unknown[][]]>();
  inputs.forEach((chunks, at) => {
    for (const rows of decodeEach(task, chunks))
      for (const row of rows) {
        const [key, value] = asPair(row);
        const identity = keyOf(key);
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
