/** The pairs whose key another side has, or has not, in their order: a look-up a row, and a filter. */
import type { Column } from "../column/column.ts";
import { copyColumn } from "../column/copy.ts";
import { sliceColumn } from "../column/slice.ts";
import type { Arena } from "../memory/arena.ts";
import type { Compute } from "./compute.ts";
import { JoinSides, together } from "./join-sides.ts";
import { zeroBits } from "./right-rows.ts";
import { filterColumn } from "./select.ts";

/** Left rows of a chunk of the result. */
const CHUNK_ROWS = 65536;

/**
 * Those of `left`, (K, V) chunks, whose key is among `right`, columns of keys ("semi"), or is not ("anti"); some of each, without null keys.
 * Memory as in `joinByKey`.
 */
export function* semiJoin(
  c: Compute,
  left: readonly Column[],
  right: readonly Column[],
  how: "semi" | "anti",
  scratch: Arena,
  out: () => Arena,
): Generator<Column> {
  const others = together(c, right, scratch);
  const sides = new JoinSides(c, left, others, scratch);
  const kernels = c.kernels(scratch.segment.id);
  const present = zeroBits(sides.index.size, scratch);
  const all = kernels.markIds(sides.rightIds, others.length, present) === sides.index.size;
  const ids = scratch.allocate(CHUNK_ROWS * 4);
  const mask = scratch.allocate(CHUNK_ROWS);
  for (const { pairs, keys, asItCame } of sides.chunks())
    for (let from = 0; from < pairs.length; from += CHUNK_ROWS) {
      const length = Math.min(CHUNK_ROWS, pairs.length - from);
      sides.index.find(keys, from, length, ids);
      if (!all) kernels.keepMarked(ids, length, present);
      kernels.foundMask(ids, length, how === "semi" ? 1 : 0, mask);
      const arena = out();
      const slice = sliceColumn(c.heap, pairs, from, from + length, arena);
      const kept = filterColumn(c, slice, mask, arena);
      if (kept.length === 0) continue;
      yield kept === slice && !asItCame ? copyColumn(c.heap, slice, arena) : kept;
    }
}
