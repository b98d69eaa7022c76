/** The driver's side of copying results out of the heap: it hands the copies to idle workers, takes part, and sees to what a lost worker left. */
import { type Copy, type CopySet, claimCopies, DONE, OPEN } from "../memory/copies.ts";
import type { Heap } from "../memory/heap.ts";
import type { Executors } from "./executors.ts";

/** Less than this is done before a worker has woken. */
const SHARED_BYTES = 4 << 20;
/** Whole huge pages, and enough of them that page tables are rarely touched by two threads at once. */
const PIECE_BYTES = 16 << 20;
const DRIVER = 0x7fffffff;

/** Resolves when all is copied. The driver's thread copies a piece between turns of the event loop. */
export async function copyOut(heap: Heap, executors: Executors, copies: readonly Copy[]): Promise<void> {
  const pieces = copies.flatMap(cut);
  const set: CopySet = { copies: pieces, states: new SharedArrayBuffer(pieces.length * 4) };
  const states = new Int32Array(set.states);
  if (pieces.reduce((sum, { bytes }) => sum + bytes, 0) >= SHARED_BYTES)
    for (const worker of executors.workers) executors.send(worker, { type: "copies", set });
  for (;;) {
    for (const _ of claimCopies(heap, set, DRIVER)) await nextTurn();
    if (states.every((state) => state === DONE)) return;
    await nextTurn();
    for (const [i, claimant] of states.entries())
      if (claimant > OPEN && !executors.workers.includes(claimant - 1))
        Atomics.compareExchange(states, i, claimant, OPEN);
  }
}

function cut(copy: Copy): Copy[] {
  const pieces: Copy[] = [];
  for (let from = 0; from < copy.bytes; from += PIECE_BYTES)
    pieces.push({
      ...copy,
      ptr: copy.ptr + from,
      at: copy.at + from,
      bytes: Math.min(PIECE_BYTES, copy.bytes - from),
    });
  return pieces;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
