/**
 * Pairs on their way to being combined: columns go to the kernels where these know the types and the function, other columns of keys that
 * kernels group to the user's functions group by group, and everything after what neither takes row by row. What the functions have
 * combined is handed on after every share of rows, as nobody knows how much their results have become.
 */
import { type Chunk, decode, isRows } from "../column/chunk.ts";
import type { KeyedColumns } from "../kernels/aggregate.ts";
import { mergeKinds } from "../kernels/aggregate-fields.ts";
import type { Combiner } from "../plan/node.ts";
import { Keeper } from "../storage/keeper.ts";
import { type ColumnSink, GatheredColumns } from "./gathered-columns.ts";
import { GroupedCombiner } from "./grouped-combiner.ts";
import { cutKeyed, fittingRows, keyedBytes } from "./keyed-rows.ts";
import { buildPairs, hasObjectKey, isPairs, toColumns } from "./pairs.ts";
import { RowCombiner } from "./row-combiner.ts";
import type { ShuffleTask } from "./task.ts";
import { ROW_BYTES } from "./within-share.ts";

export type PairRows = readonly (readonly [unknown, unknown])[];

/** Takes partial results: a key may come again. */
export interface PairSink extends ColumnSink {
  /** What the user's functions combined, some thousands of pairs at a time. Columns never come after it. */
  rows(pairs: Iterable<PairRows>, last: boolean): void;
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
  const grouped = new GroupedRows(task, combiner, combined, sink);
  const single = new SingleRows(task, combiner, combined, sink);
  let toRows = objects;
  try {
    for (const chunk of gathered === null ? all : toColumns(all, keeper, buildPairs)) {
      task.checkCancelled();
      if (!toRows) {
        if (gathered?.take(chunk) === true) continue;
        if (gathered === null && grouped.take(chunk)) {
          keeper.release();
          continue;
        }
        gathered?.end(false);
        grouped.end(false);
        toRows = true;
      }
      for (const rows of decode(task.heap, chunk)) {
        single.take(rows);
        task.checkCancelled();
      }
      keeper.release();
    }
    if (toRows) single.end(true);
    else {
      gathered?.end(true);
      grouped.end(true);
    }
  } finally {
    gathered?.release();
    grouped.release();
  }
  keeper.release();
}

/** Combines columns by the user's functions, group by group. */
class GroupedRows {
  readonly #task: ShuffleTask;
  readonly #combiner: Combiner;
  readonly #combined: boolean;
  readonly #sink: PairSink;
  readonly #held: Keeper;
  #groups: GroupedCombiner | null = null;
  #bytes = 0;

  constructor(task: ShuffleTask, combiner: Combiner, combined: boolean, sink: PairSink) {
    this.#task = task;
    this.#combiner = combiner;
    this.#combined = combined;
    this.#sink = sink;
    this.#held = new Keeper(task.heap);
  }

  /** Whether the keys of the chunk can be grouped, together with those before. If so, its rows were taken. */
  take(chunk: Chunk): boolean {
    if (isRows(chunk) || !isPairs(chunk)) return false;
    const [keys, values] = chunk.children;
    if (!GroupedCombiner.takes(keys) || (this.#groups !== null && !this.#groups.isLike(keys))) return false;
    for (let from = 0; from < keys.length; ) from += this.#takeFirst(this.#cut({ keys, values }, from));
    return true;
  }

  end(last: boolean): void {
    if (this.#groups !== null) this.#sink.rows(this.#groups.pairs(), last);
    this.#groups = null;
    this.#bytes = 0;
    this.#held.release();
  }

  release(): void {
    this.#held.release();
  }

  /** Returns how many rows were taken, none when a share was full. */
  #takeFirst(input: KeyedColumns): number {
    const { heap, share } = this.#task;
    let rows = fittingRows(heap, input, share - this.#bytes, input.keys.length);
    if (rows === 0 && this.#bytes > 0) {
      this.end(false);
      return 0;
    }
    rows = Math.max(1, rows);
    const { type, segment } = input.keys;
    this.#groups ??= new GroupedCombiner(
      this.#task,
      this.#combiner,
      this.#combined,
      type,
      this.#held.arena(segment),
    );
    const { keys, values } = this.#cut(input, 0, rows);
    this.#groups.take(keys, values);
    this.#bytes += keyedBytes(heap, input, rows);
    return rows;
  }

  #cut(input: KeyedColumns, from: number, to = input.keys.length): KeyedColumns {
    return cutKeyed(this.#task.heap, input, from, to, (segment) => this.#held.arena(segment));
  }
}

/** Combines rows by the user's functions, row by row. */
class SingleRows {
  readonly #task: ShuffleTask;
  readonly #combiner: Combiner;
  readonly #combined: boolean;
  readonly #sink: PairSink;
  #rows: RowCombiner | null = null;
  #room = 0;

  constructor(task: ShuffleTask, combiner: Combiner, combined: boolean, sink: PairSink) {
    this.#task = task;
    this.#combiner = combiner;
    this.#combined = combined;
    this.#sink = sink;
  }

  take(rows: readonly unknown[]): void {
    for (let from = 0; from < rows.length; ) {
      if (this.#room === 0) {
        this.end(false);
        this.#room = Math.ceil(this.#task.share / ROW_BYTES);
      }
      const to = Math.min(rows.length, from + this.#room);
      this.#rows ??= new RowCombiner(this.#task, this.#combiner);
      this.#rows.addAll(from === 0 && to === rows.length ? rows : rows.slice(from, to), this.#combined);
      this.#room -= to - from;
      from = to;
    }
  }

  end(last: boolean): void {
    if (this.#rows !== null) this.#sink.rows(this.#rows.pairs(), last);
    this.#rows = null;
  }
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
