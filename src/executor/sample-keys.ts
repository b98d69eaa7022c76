/**
 * A sample of the keys of a partition: one row, at random, of every so many. Columns are not decoded, and only the rows taken are
 * touched. The distance doubles as the partition turns out to be large.
 */
import { type Chunk, isRows } from "../column/chunk.ts";
import type { Column } from "../column/column.ts";
import { readTyped } from "../column/reader.ts";
import type { Kind } from "../column/type.ts";
import { gatherColumn } from "../kernels/select.ts";
import type { KeySample } from "../plan/action.ts";
import { asPair, isPairs } from "../shuffle/pairs.ts";
import type { ShuffleTask } from "../shuffle/task.ts";

interface Part {
  readonly keys: ArrayLike<unknown>;
  readonly distance: number;
}

export function sampleKeys(
  task: ShuffleTask,
  chunks: Iterable<Chunk>,
  wanted: number,
  seed: number,
): KeySample {
  const parts: Part[] = [];
  const kinds = new Set<Kind | null>();
  let distance = 0;
  let rows = 0;
  let taken = 0;
  for (const chunk of chunks) {
    task.checkCancelled();
    if (distance === 0) distance = Math.max(1, Math.floor(chunk.length / (2 * wanted)));
    for (; taken > 4 * wanted; taken /= 2) distance *= 2;
    // The distances lie end to end over all rows; one that began in the chunk before ends there.
    const picks: number[] = [];
    for (let at = (distance - (rows % distance)) % distance; at < chunk.length; at += distance)
      picks.push(Math.min(chunk.length - 1, at + Math.floor(fraction(seed, rows + at) * distance)));
    rows += chunk.length;
    taken += picks.length;
    if (picks.length === 0) continue;
    const column = !isRows(chunk) && isPairs(chunk) ? chunk.children[0] : null;
    kinds.add(column === null || column.nullCount > 0 ? null : column.type.kind);
    parts.push({ keys: column === null ? keysOf(chunk, picks) : keysAt(task, column, picks), distance });
  }
  const thinned = parts.map((part) => everyNth(part.keys, distance / part.distance));
  const keys = thinned.length === 1 ? thinned[0] : thinned.flatMap((part) => Array.from(part));
  return { rows, keys, kind: kinds.size === 1 ? [...kinds][0] : null };
}

/** From 0 to below 1, as good as random. */
function fraction(seed: number, at: number): number {
  let mixed = Math.imul(seed + at, 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
}

function keysOf(chunk: Chunk, picks: readonly number[]): unknown[] {
  if (!isRows(chunk)) asPair(undefined);
  return picks.map((at) => asPair((chunk as readonly unknown[])[at])[0]);
}

function keysAt(task: ShuffleTask, column: Column, picks: readonly number[]): ArrayLike<unknown> {
  const scratch = task.heap.arena(column.segment);
  try {
    const indices = scratch.allocate(picks.length * 4);
    scratch.segment.u32.set(picks, indices / 4);
    return readTyped(task.heap, gatherColumn(task.compute, column, indices, picks.length, scratch));
  } finally {
    scratch.release();
  }
}

function everyNth(keys: ArrayLike<unknown>, n: number): ArrayLike<unknown> {
  return n === 1 ? keys : Array.from({ length: Math.ceil(keys.length / n) }, (_, i) => keys[i * n]);
}
