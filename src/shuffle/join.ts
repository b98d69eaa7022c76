/**
 * Joining pairs by key. Columns whose keys have one type go through the kernels; everything else meets in JavaScript values, key by key, in
 * the order in which the keys first appear.
 */
import { type Chunk, isRows } from "../column/chunk.ts";
import type { Column } from "../column/column.ts";
import { sameType } from "../column/type.ts";
import { canJoin, joinByKey } from "../kernels/join.ts";
import type { Arena } from "../memory/arena.ts";
import type { JoinKind } from "../plan/node.ts";
import { isPairs } from "./pairs.ts";
import { cogroupPairs } from "./read.ts";
import type { ShuffleTask } from "./task.ts";

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
