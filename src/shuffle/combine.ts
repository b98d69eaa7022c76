/**
 * Combining all pairs of a partition by key. Partial results keep the order in which rows came, and are merged in that order, so the answer
 * depends on the data only. Partial results that are more than a task's share go to disk by a hash of their keys, and are merged part by part.
 */
import { type Chunk, decode } from "../column/chunk.ts";
import { columnBytes } from "../column/concat.ts";
import { withOwnDictionaries } from "../column/own-dictionaries.ts";
import { pairColumn } from "../column/pair.ts";
import type { CombineKind } from "../kernels/accumulator.ts";
import type { KeyedColumns } from "../kernels/aggregate.ts";
import { combineColumns, mergeKinds } from "../kernels/aggregate-fields.ts";
import type { HashedGroups } from "../kernels/hashed-groups.ts";
import { partitionByHash } from "../kernels/partition.ts";
import type { Arena } from "../memory/arena.ts";
import type { SegmentId } from "../memory/segment.ts";
import type { Combiner } from "../plan/node.ts";
import { Keeper } from "../storage/keeper.ts";
import { gatherPairs, type PairRows, type PairSink } from "./gather-pairs.ts";
import { holdOutputs, type MapOutput, rowsOf } from "./map-output.ts";
import { MapOutputBuilder } from "./map-output-builder.ts";
import { buildPairs } from "./pairs.ts";
import { keysOf, type Place, placeColumns } from "./place-columns.ts";
import { readSlices } from "./read-slices.ts";
import { RowCombiner } from "./row-combiner.ts";
import type { ShuffleTask } from "./task.ts";
import { PARTS, ROW_BYTES } from "./within-share.ts";

/**
 * The pairs of `chunks`, which must stay readable while `keeper` holds them, as pairs [key, combined] with every key once. `combined` says that
 * the input is combiners already (the reduce side). `next` gives memory for a chunk of the result, which may be plain rows.
 */
export function* combineByKey(
  task: ShuffleTask,
  chunks: Iterable<Chunk>,
  combiner: Combiner,
  combined: boolean,
  keeper: Keeper,
  next: (segment?: SegmentId) => Arena,
  level = 0,
): Generator<Chunk> {
  const partials = task.track(new Partials(task, combiner, next, PARTS[level] ?? null));
  try {
    gatherPairs(task, chunks, combiner, combined, keeper, partials);
    const parts = partials.finish();
    if (parts === null) {
      yield* partials.merged();
      return;
    }
    const held = holdOutputs(task, [parts]);
    try {
      for (let part = 0; part < parts.sizes.length; part++) {
        const slices = readSlices(task, [parts], part, keeper, { shuffleRowsRead: 0, shuffleBytesRead: 0 });
        // Where all keys have one hash, memory must do.
        const further = rowsOf(parts, part) === parts.rows ? PARTS.length : level + 1;
        yield* combineByKey(task, slices, combiner, true, keeper, next, further);
      }
    } finally {
      held.end();
    }
  } finally {
    partials.end();
    keeper.release();
  }
}

type Partial = KeyedColumns | readonly PairRows[];

function isColumns(partial: Partial): partial is KeyedColumns {
  return !Array.isArray(partial);
}

function chunksOf(partial: Partial): readonly Chunk[] {
  return isColumns(partial) ? [pairColumn(partial)] : partial;
}

class Partials implements PairSink {
  readonly strings = null;
  readonly #task: ShuffleTask;
  readonly #combiner: Combiner;
  readonly #next: (segment?: SegmentId) => Arena;
  readonly #parts: number | null;
  readonly #held: Keeper;
  #partials: Partial[] = [];
  /** All there is, final already. */
  #whole: Partial | null = null;
  #bytes = 0;
  #output: MapOutputBuilder | null = null;

  constructor(
    task: ShuffleTask,
    combiner: Combiner,
    next: (segment?: SegmentId) => Arena,
    parts: number | null,
  ) {
    this.#task = task;
    this.#combiner = combiner;
    this.#next = next;
    this.#parts = parts;
    this.#held = task.track(new Keeper(task.heap));
  }

  columns(inputs: readonly KeyedColumns[], kind: CombineKind, last: boolean): void {
    const { segment } = inputs[0].keys;
    if (last && this.#isEmpty)
      this.#whole = combineColumns(this.#task.compute, inputs, kind, this.#next(segment));
    else this.#add(combineColumns(this.#task.compute, inputs, kind, this.#held.arena(segment)));
  }

  groups(groups: HashedGroups, last: boolean): void {
    if (last && this.#isEmpty) this.#whole = groups.result(this.#next(groups.segment));
    else this.#add(groups.result(this.#held.arena(groups.segment)));
  }

  rows(pairs: Iterable<PairRows>, last: boolean): void {
    const rows = [...pairs];
    if (last && this.#isEmpty) this.#whole = rows;
    else this.#add(rows);
  }

  /** The partial results by parts when they had to be written, else null. */
  finish(): MapOutput | null {
    return this.#output?.finish() ?? null;
  }

  *merged(): Generator<Chunk> {
    const { compute, heap } = this.#task;
    if (this.#whole === null && this.#partials.length > 0)
      if (this.#partials.every(isColumns)) {
        const kind = mergeKinds(this.#combiner.kind!);
        const [{ keys }] = this.#partials;
        this.#whole = combineColumns(compute, this.#partials, kind, this.#next(keys.segment));
      } else {
        const rows = new RowCombiner(this.#task, this.#combiner);
        for (const partial of this.#partials)
          for (const chunk of chunksOf(partial))
            for (const pairs of decode(heap, chunk)) rows.addAll(pairs, true);
        yield* rows.pairs();
      }
    if (this.#whole !== null) for (const chunk of chunksOf(this.#whole)) if (chunk.length > 0) yield chunk;
  }

  end(): void {
    this.#output?.release();
    this.#held.release();
  }

  get #isEmpty(): boolean {
    return this.#partials.length === 0 && this.#output === null;
  }

  #add(partial: Partial): void {
    this.#partials.push(partial);
    this.#bytes += isColumns(partial)
      ? columnBytes(this.#task.heap, partial.keys) + columnBytes(this.#task.heap, partial.values)
      : partial.reduce((sum, pairs) => sum + pairs.length * ROW_BYTES, 0);
    if (this.#parts === null || (this.#output === null && this.#bytes <= this.#task.share)) return;
    this.#output ??= new MapOutputBuilder(this.#task, this.#parts, null);
    for (const each of this.#partials.splice(0)) this.#place(each, this.#output, this.#parts);
    this.#held.release();
  }

  #place(partial: Partial, output: MapOutputBuilder, parts: number): void {
    const place: Place = (column, out) =>
      partitionByHash(
        this.#task.compute,
        withOwnDictionaries(this.#task.heap, column, out),
        keysOf(column),
        parts,
        out,
      );
    const built = new Keeper(this.#task.heap);
    try {
      placeColumns(this.#task, chunksOf(partial), built, buildPairs, place, output);
    } finally {
      built.end();
    }
  }
}
