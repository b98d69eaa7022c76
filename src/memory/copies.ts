/**
 * Copies out of the heap into buffers of their own, shared among threads: whoever comes claims the next open one, so that they are done at the
 * pace of all threads together. (The cost of a fresh buffer is its page faults more than its bytes, and those too are spread.)
 */
import type { Heap } from "./heap.ts";
import type { SegmentId } from "./segment.ts";

/** `bytes` from `ptr` of a segment to `at` of the target. */
export interface Copy {
  readonly segment: SegmentId;
  readonly ptr: number;
  readonly bytes: number;
  readonly target: SharedArrayBuffer;
  readonly at: number;
}

/** `states` is an Int32Array over shared memory, one word a copy: open, who claimed it (1 and up), or done. */
export interface CopySet {
  readonly copies: readonly Copy[];
  readonly states: SharedArrayBuffer;
}

export const OPEN = 0;
export const DONE = -1;

/** Does open copies, one a step, until none is left. */
export function* claimCopies(heap: Heap, set: CopySet, claimant: number): Generator<void> {
  const states = new Int32Array(set.states);
  for (const [i, { segment, ptr, bytes, target, at }] of set.copies.entries()) {
    if (Atomics.compareExchange(states, i, OPEN, claimant) !== OPEN) continue;
    new Uint8Array(target, at, bytes).set(heap.segment(segment).u8.subarray(ptr, ptr + bytes));
    Atomics.store(states, i, DONE);
    yield;
  }
}
