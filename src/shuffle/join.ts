/**
 * Joining pairs by key: left rows in order, the matches of each in right order, then, for right and full joins, the right rows without a
 * match. Columns whose keys compare as they lie in memory go through the kernels; everything else meets in JavaScript values.
 */
import { type Chunk, isRows } from "../column/chunk.ts";
import type { Column } from "../column/column.ts";
import { keyOf } from "../column/equality.ts";
import { batched } from "../column/row-iterator.ts";
import { sameType } from "../column/type.ts";
import { joinByKey, withoutMatch } from "../kernels/join.ts";
import { canJoin } from "../kernels/join-sides.ts";
import { semiJoin } from "../kernels/semi-join.ts";
import type { Arena } from "../memory/arena.ts";
import type { JoinKind } from "../plan/node.ts";
import type { Keeper } from "../storage/keeper.ts";
import { decodeEach } from "./decode.ts";
import { asPair, isPairs } from "./pairs.ts";
import type { ShuffleTask } from "./task.ts";

/**
 * [key, [v, w]], with null for the missing side of an outer join; or, for a semi or anti join, [key, v]. `out` gives memory for a chunk, in the segment that it is told. `held`
 * is released at the end; the result may share columns with the left chunks.
 */
export function* joinPairs(
  task: ShuffleTask,
  left: readonly Chunk[],
  right: readonly Chunk[],
  how: JoinKind,
  held: Keeper,
  out: (segment: Column["segment"]) => Arena,
): Generator<Chunk> {
  const lefts = sameColumns(left);
  const rights = sameColumns(right);
  if (lefts === null || rights === null) yield* joinRows(task, left, right, how);
  else if (rights.length === 0) {
    if (how === "anti") yield* lefts;
    else if (how === "left" || how === "full")
      for (const chunk of lefts) yield withoutMatch(chunk, "left", out(chunk.segment));
  } else if (lefts.length === 0) {
    if (how === "right" || how === "full")
      for (const chunk of rights) yield withoutMatch(chunk, "right", out(chunk.segment));
  } else if (canJoin(lefts[0].children[0].type, rights[0].children[0].type)) {
    const { segment } = lefts[0];
    const scratch = held.arena(segment);
    const next = (): Arena => out(segment);
    const keys = (): Column[] => rights.map((chunk) => chunk.children[0]);
    try {
      for (const chunk of how === "semi" || how === "anti"
        ? semiJoin(task.compute, lefts, keys(), how, scratch, next)
        : joinByKey(task.compute, lefts, rights, how, scratch, next)) {
        task.checkCancelled();
        yield chunk;
      }
    } finally {
      held.release();
    }
  } else yield* joinRows(task, left, right, how);
}

interface RightGroup {
  readonly values: unknown[];
  matched: boolean;
}

function joinRows(
  task: ShuffleTask,
  left: readonly Chunk[],
  right: readonly Chunk[],
  how: JoinKind,
): Generator<Chunk> {
  const groups = new Map<unknown, RightGroup>();
  for (const rows of decodeEach(task, right))
    for (const row of rows) {
      const [key, value] = asPair(row);
      const identity = keyOf(key);
      const group = groups.get(identity);
      if (group === undefined) groups.set(identity, { values: [value], matched: false });
      else group.values.push(value);
    }
  return batched(joinedRows(task, left, right, how, groups), 16384);
}

function* joinedRows(
  task: ShuffleTask,
  left: readonly Chunk[],
  right: readonly Chunk[],
  how: JoinKind,
  groups: ReadonlyMap<unknown, RightGroup>,
): Generator<unknown> {
  const outer = how === "left" || how === "full";
  for (const rows of decodeEach(task, left))
    for (const row of rows) {
      const [key, v] = asPair(row);
      const group = groups.get(keyOf(key));
      if (how === "semi" || how === "anti") {
        if ((group !== undefined) === (how === "semi")) yield [key, v];
        continue;
      }
      if (group === undefined) {
        if (outer) yield [key, [v, null]];
        continue;
      }
      group.matched = true;
      for (const w of group.values) yield [key, [v, w]];
    }
  if (how !== "right" && how !== "full") return;
  for (const rows of decodeEach(task, right))
    for (const row of rows) {
      const [key, w] = asPair(row);
      if (!groups.get(keyOf(key))!.matched) yield [key, [null, w]];
    }
}

/** The chunks as pair columns of one type without null keys, or null when some are not. */
function sameColumns(chunks: readonly Chunk[]): Column[] | null {
  const columns: Column[] = [];
  for (const chunk of chunks) {
    if (isRows(chunk) || !isPairs(chunk) || chunk.children[0].nullCount > 0) return null;
    if (columns.length > 0 && !sameType(columns[0].type, chunk.type)) return null;
    columns.push(chunk);
  }
  return columns;
}
