/**
 * Joining pairs by key: left rows in order, the matches of each in right order, then, for right and full joins, the right rows without a
 * match. One side is indexed, the right side laid out by key, and the left side walked in batches that stay in the cache. The
 * result comes in chunks of some tens of thousands of rows.
 */
import type { Column } from "../column/column.ts";
import { copyColumn } from "../column/copy.ts";
import { pairColumn } from "../column/pair.ts";
import { sliceColumn } from "../column/slice.ts";
import type { Arena } from "../memory/arena.ts";
import type { Compute } from "./compute.ts";
import { JoinSides, together } from "./join-sides.ts";
import { PairList } from "./pair-list.ts";
import { RightRows, zeroBits } from "./right-rows.ts";
import { gatherColumn, NO_ROW } from "./select.ts";

export type JoinHow = "inner" | "left" | "right" | "full";

/** Left rows that are looked up at a time, and rows of a chunk of right rows without a match. */
const BATCH_ROWS = 8192;
const UNMATCHED_ROWS = 65536;

/**
 * (K, V) and (K, W) chunks, some of each, into (K, (V, W)); keys have no nulls. `out` gives the memory of each chunk, in the segment of
 * `scratch`. The result may share columns with the left chunks.
 */
export function* joinByKey(
  c: Compute,
  left: readonly Column[],
  right: readonly Column[],
  how: JoinHow,
  scratch: Arena,
  out: () => Arena,
): Generator<Column> {
  const build = together(c, right, scratch);
  const sides = new JoinSides(c, left, build.children[0], scratch);
  const { index, rightIds } = sides;
  const others = new RightRows(c, index, rightIds, build.children[1], scratch);
  const matched = how === "right" || how === "full" ? zeroBits(index.size, scratch) : 0;
  const pairs = new PairList(c, others, how === "left" || how === "full", scratch);
  const ids = scratch.allocate(BATCH_ROWS * 4);
  const state = scratch.allocate(8);
  const kernels = c.kernels(scratch.segment.id);
  const { u32 } = scratch.segment;
  const single = others.starts === 0;
  for (const chunk of sides.chunks()) {
    const { length: rows } = chunk.pairs;
    for (let from = 0; from < rows; ) {
      const length = Math.min(BATCH_ROWS, rows - from, single ? pairs.room : BATCH_ROWS);
      const into = single ? pairs.next : ids;
      others.find(chunk.keys, from, length, into);
      if (matched !== 0) kernels.markIds(into, length, matched);
      u32[state / 4] = u32[state / 4 + 1] = 0;
      do {
        if (single) pairs.addSingle(from, length);
        else pairs.addAll(ids, from, length, state);
        if (pairs.isFull) yield pairs.flush(chunk, out());
      } while (!single && u32[state / 4] < length);
      from += length;
    }
    if (!pairs.isEmpty) yield pairs.flush(chunk, out());
  }
  if (matched !== 0) yield* unmatched(c, left[0], build, rightIds, matched, scratch, out);
}

/** The right rows whose id is not in `matched`, with null for a left value. */
function* unmatched(
  c: Compute,
  left: Column,
  right: Column,
  rightIds: number,
  matched: number,
  scratch: Arena,
  out: () => Arena,
): Generator<Column> {
  const [keys, w] = right.children;
  const rows = scratch.allocate(right.length * 4);
  const count = c.kernels(scratch.segment.id).selectUnmarked(rightIds, right.length, matched, rows);
  if (count === 0) return;
  const none = copyColumn(c.heap, sliceColumn(c.heap, left.children[1], 0, 0, scratch), scratch);
  const noRows = scratch.allocate(UNMATCHED_ROWS * 4);
  scratch.segment.u32.fill(NO_ROW, noRows / 4, noRows / 4 + UNMATCHED_ROWS);
  for (let from = 0; from < count; from += UNMATCHED_ROWS) {
    const n = Math.min(UNMATCHED_ROWS, count - from);
    const arena = out();
    const at = rows + from * 4;
    const v = gatherColumn(c, none, noRows, n, arena, true);
    const values = pairColumn({ keys: v, values: gatherColumn(c, w, at, n, arena) });
    yield pairColumn({ keys: gatherColumn(c, keys, at, n, arena), values });
  }
}

/** (K, V) as (K, (V, null)), or (K, (null, V)) for the right side: rows of an outer join whose other side is empty. */
export function withoutMatch(pairs: Column, side: "left" | "right", out: Arena): Column {
  const n = pairs.length;
  const [keys, own] = pairs.children;
  const { u8 } = out.segment;
  const values = out.allocate(n);
  const validity = out.allocate((n + 7) >>> 3);
  u8.fill(0, values, values + n);
  u8.fill(0, validity, validity + ((n + 7) >>> 3));
  const nulls: Column = {
    type: { kind: "bool" },
    length: n,
    segment: out.segment.id,
    validity,
    nullCount: n,
    offsets: 0,
    values,
    children: [],
  };
  const both = side === "left" ? { keys: own, values: nulls } : { keys: nulls, values: own };
  return pairColumn({ keys, values: pairColumn(both) });
}
