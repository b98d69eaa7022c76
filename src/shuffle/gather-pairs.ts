/**
 * Pairs on their way to being combined: columns go to the kernels where these know the types and the function, other columns of keys that
 * kernels group to the user's functions group by group, and everything after what neither takes row by row.
 */
import { type Chunk, decode, isRows } from "../column/chunk.ts";
import { mergeKinds } from "../kernels/aggregate-fields.ts";
import type { Combiner } from "../plan/node.ts";
import { Keeper } from "../storage/keeper.ts";
import { type ColumnSink, GatheredColumns } from "./gathered-columns.ts";
import { GroupedCombiner } from "./grouped-combiner.ts";
import { buildPairs, hasObjectKey, isPairs, toColumns } from "./pairs.ts";
import type { ShuffleTask } from "./task.ts";

export interface PairSink extends ColumnSink {
  /** Columns that the user's functions combined as they came; nothing but rows comes after them. */
  combined(groups: GroupedCombiner): void;
  /** Rows that no kernel takes. Columns never come after rows. */
  rows(batch: readonly unknown[]): void;
}

/** Chunks must stay readable while `keeper` holds them. `combined` says that the values are combiners already. */
export function gatherPairs(
  task: ShuffleTask,
  chunks: Iterable<Chunk>,
  combiner: Combiner,
  combined: boolean,
  keeper: Keeper,
  sink: PairSink,
): void {
  const { kind } = combiner;
  const [first, all] = peeked(chunks);
  // Keys that no kernel groups are not made into columns for nothing.
  const objects = first !== undefined && isRows(first) && first.length > 0 && hasObjectKey(first[0]);
  const run = kind === null || objects ? null : combined ? mergeKinds(kind) : kind;
  const gathered = run === null ? null : new GatheredColumns(task, run, keeper, sink);
  const held = new Keeper(task.heap);
  let own: GroupedCombiner | null = null;
  let toRows = objects;
  const grouped = (chunk: Chunk): boolean => {
    if (isRows(chunk) || !isPairs(chunk)) return false;
    const [keys, values] = chunk.children;
    if (!GroupedCombiner.takes(keys) || (own !== null && !own.isLike(keys))) return false;
    own ??= new GroupedCombiner(task, combiner, combined, keys.type, held.arena(keys.segment));
    own.take(keys, values);
    keeper.release();
    return true;
  };
  const end = (last: boolean): void => {
    if (own !== null) sink.combined(own);
    own = null;
    gathered?.end(last);
    held.release();
  };
  try {
    for (const chunk of gathered === null ? all : toColumns(all, keeper, buildPairs)) {
      task.checkCancelled();
      if (!toRows && (gathered === null ? grouped(chunk) : gathered.take(chunk))) continue;
      // The chunk may lie in the keeper too, which is released after it.
      end(false);
      toRows = true;
      for (const rows of decode(task.heap, chunk)) {
        sink.rows(rows);
        task.checkCancelled();
      }
      keeper.release();
    }
    end(true);
  } finally {
    gathered?.release();
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
