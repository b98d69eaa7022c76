/**
 * Gathering the chunks of a partition as far as a task's share of memory goes. How much that is depends on the rows alone, not on where they lie,
 * so that what is worked on in parts is so whenever it is computed again.
 */
import { type Chunk, isRows } from "../column/chunk.ts";
import { rowBytes } from "../column/row-bytes.ts";
import type { Heap } from "../memory/heap.ts";
import type { Keeper } from "../storage/keeper.ts";

export interface Gathered {
  /** All chunks, or those that made it too much. */
  readonly chunks: readonly Chunk[];
  /** Those after them; null when there are none. */
  readonly rest: Iterator<Chunk> | null;
}

/** Into how many parts what is more goes, and into how many what is still too much. Primes: few partitioners have a multiple as their number. */
export const PARTS: readonly number[] = [31, 37, 41, 43, 47, 53, 59, 61];

/** What a JavaScript value takes that is no column: an object header, a slot and some content. */
export const ROW_BYTES = 100;

/** Takes chunks until they are more than `share` bytes. They stay readable as long as their keeper holds them. */
export function gatherWithin(heap: Heap, chunks: Iterable<Chunk>, share: number): Gathered {
  const gathered: Chunk[] = [];
  const rest = chunks[Symbol.iterator]();
  let bytes = 0;
  for (let step = rest.next(); step.done !== true; step = rest.next()) {
    gathered.push(step.value);
    bytes += chunkBytes(heap, step.value);
    if (bytes > share) return { chunks: gathered, rest };
  }
  return { chunks: gathered, rest: null };
}

/** The chunks of `gathered`, and after them the rest; who takes one may release `keeper`, in which they lie, when done with it. */
export function* flow({ chunks, rest }: Gathered, keeper: Keeper): Generator<Chunk> {
  keeper.hold();
  try {
    yield* chunks;
  } finally {
    keeper.endHold();
  }
  if (rest !== null) yield* { [Symbol.iterator]: () => rest };
}

export function chunkBytes(heap: Heap, chunk: Chunk): number {
  return isRows(chunk) ? chunk.length * ROW_BYTES : rowBytes(heap, chunk, 0, chunk.length);
}
