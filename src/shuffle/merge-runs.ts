/**
 * Merging sorted runs that lie on disk, stable, with a frame of each in memory. A step sorts, of the frames at hand, what is not after the least
 * of their last keys, as nothing that is still on disk comes before that: the kernels sort some thousands of rows faster than
 * rows could be taken one by one.
 */
import type { Chunk } from "../column/chunk.ts";
import type { Column } from "../column/column.ts";
import { compareValues } from "../column/equality.ts";
import { readColumn } from "../column/reader.ts";
import { sliceColumn } from "../column/slice.ts";
import type { Arena } from "../memory/arena.ts";
import type { KeyOrdering } from "../plan/partitioner.ts";
import { FrameReader, type FrameRef } from "../storage/frame.ts";
import { Keeper } from "../storage/keeper.ts";
import { sortPairs } from "./sort.ts";
import type { ShuffleTask } from "./task.ts";

export interface KeyOrder {
  readonly ascending: boolean;
  /** Null for the natural order. */
  readonly ordering: KeyOrdering | null;
}

/** Sorted rows in a file, frame by frame. */
export interface Run {
  readonly frames: readonly FrameRef[];
}

interface Cut {
  readonly run: number;
  readonly key: unknown;
}

/** All pairs of the runs, which lie in the file `name`. A chunk is readable until the next is asked for. */
export function* mergeRuns(
  task: ShuffleTask,
  name: string,
  runs: readonly Run[],
  { ascending, ordering }: KeyOrder,
  out: () => Arena,
): Generator<Chunk> {
  const direction = ascending ? 1 : -1;
  const compare = (a: unknown, b: unknown): number => direction * (ordering ?? compareValues)(a, b);
  const dictionaries = task.track(new Keeper(task.heap));
  const reader = new FrameReader(task.compute, task.files, name, (segment) =>
    dictionaries.sharedArena(segment),
  );
  const cursors = runs.map(({ frames }) => new Cursor(task, reader, frames));
  try {
    for (;;) {
      task.checkCancelled();
      const slices = step(cursors, compare);
      if (slices.length === 0) return;
      if (slices.length === 1) yield slices[0];
      else yield* sortPairs(task, slices, ascending, out, ordering);
    }
  } finally {
    for (const cursor of cursors) cursor.end();
    dictionaries.end();
  }
}

/** Takes of each run what can be given on now, in the order of the runs. */
function step(cursors: readonly Cursor[], compare: KeyOrdering): Column[] {
  for (const cursor of cursors) cursor.fill();
  let cut: Cut | null = null;
  for (const [run, cursor] of cursors.entries()) {
    if (!cursor.hasMore) continue;
    const key = cursor.lastKey;
    if (cut === null || compare(key, cut.key) < 0) cut = { run, key };
  }
  return cursors.flatMap((cursor, run) => cursor.take(isWithin(cut, run, compare)) ?? []);
}

/** Null when all rows at hand are. Those with the key of the cut that are still on disk come before those of later runs. */
function isWithin(cut: Cut | null, run: number, compare: KeyOrdering): ((key: unknown) => boolean) | null {
  if (cut === null || cut.run === run) return null;
  return run < cut.run ? (key) => compare(key, cut.key) <= 0 : (key) => compare(key, cut.key) < 0;
}

/** Where the merge is in a run: the rows of the frame at hand from `at` on, then the frames from `next` on. */
class Cursor {
  readonly #task: ShuffleTask;
  readonly #reader: FrameReader;
  readonly #frames: readonly FrameRef[];
  readonly #keeper: Keeper;
  #next = 0;
  #frame: Column | null = null;
  #at = 0;

  constructor(task: ShuffleTask, reader: FrameReader, frames: readonly FrameRef[]) {
    this.#task = task;
    this.#reader = reader;
    this.#frames = frames;
    this.#keeper = task.track(new Keeper(task.heap));
  }

  /** Makes sure that rows are at hand, if any are left. */
  fill(): void {
    while ((this.#frame === null || this.#at === this.#frame.length) && this.#next < this.#frames.length) {
      this.#keeper.release();
      this.#frame = this.#reader.read(this.#frames[this.#next++], this.#keeper.arena());
      this.#at = 0;
    }
  }

  /** Whether rows are still on disk. */
  get hasMore(): boolean {
    return this.#next < this.#frames.length;
  }

  get lastKey(): unknown {
    return this.#key(this.#frame!.length - 1);
  }

  /** The rows at hand whose key `isBefore` says is before the cut, all of them without one. */
  take(isBefore: ((key: unknown) => boolean) | null): Column | null {
    if (this.#frame === null || this.#at === this.#frame.length) return null;
    const from = this.#at;
    let to = this.#frame.length;
    if (isBefore !== null)
      for (let low = from; low < to; ) {
        const middle = (low + to) >>> 1;
        if (isBefore(this.#key(middle))) low = middle + 1;
        else to = middle;
      }
    if (from === to) return null;
    this.#at = to;
    return sliceColumn(this.#task.heap, this.#frame, from, to, this.#keeper.arena(this.#frame.segment));
  }

  end(): void {
    this.#keeper.end();
  }

  #key(row: number): unknown {
    return readColumn(this.#task.heap, this.#frame!.children[0], row, row + 1)[0];
  }
}
