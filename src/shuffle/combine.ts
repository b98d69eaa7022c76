/**
 * Combining all pairs of a partition by key. Partial results of the kernels keep the order in which rows came, and are merged in that
 * order, so the answer depends on the data only.
 */
import type { Chunk } from "../column/chunk.ts";
import { pairColumn } from "../column/pair.ts";
import { readColumn } from "../column/reader.ts";
import type { KeyedColumns } from "../kernels/aggregate.ts";
import { combineColumns, mergeKinds } from "../kernels/aggregate-fields.ts";
import type { Arena } from "../memory/arena.ts";
import type { Combiner } from "../plan/node.ts";
import { Keeper } from "../storage/keeper.ts";
import { gatherPairs } from "./gather-pairs.ts";
import { RowCombiner } from "./row-combiner.ts";
import type { ShuffleTask } from "./task.ts";

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
    gatherPairs(task, chunks, combiner, combined, keeper, {
      columns(inputs, kind, last) {
        if (last && results.length === 0) final = combineColumns(task.compute, inputs, kind, out);
        else results.push(combineColumns(task.compute, inputs, kind, partials.arena(inputs[0].keys.segment)));
      },
      strings: null,
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
          for (const { keys, values } of results) {
            const numbers = readColumn(task.heap, values);
            readColumn(task.heap, keys).forEach((key, i) => rows!.addCombined(key, numbers[i]));
          }
          for (const pairs of made) rows.addAll(pairs, true);
        }
        rows.addAll(batch, combined);
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
