/**
 * The heap: all segments of a context and the one budget over them, seen from one thread. Every thread has
 * its own Heap object over the same shared bytes; allocation is thread-safe and constant time.
 */
import type { Arena } from "./arena.ts";
import type { Segment, SegmentId, SharedMemory } from "./segment.ts";

/** A piece of a segment that somebody owns and must free exactly once. Plain data: it can be posted. */
export interface Region {
  readonly segment: SegmentId;
  readonly ptr: number;
  readonly bytes: number;
}

/** What a new thread needs to open the same heap (structured clone shares the memories). */
export interface HeapShare {
  readonly memories: readonly SharedMemory[];
  readonly control: SharedArrayBuffer;
  readonly condemned: SharedArrayBuffer;
  readonly owner: number;
}

export interface Heap {
  readonly segments: readonly Segment[];
  segment(id: SegmentId): Segment;
  /** At least `bytes`, 64-byte aligned, contents undefined. Throws OUT_OF_MEMORY over the budget. */
  allocate(bytes: number, segment?: SegmentId): Region;
  free(region: Region): void;
  /** Bytes of a segment that are not handed out. */
  room(segment: SegmentId): number;
  /** Makes regions that another thread allocated this thread's own. */
  takeOver(regions: readonly Region[]): void;
  /** Must come before a thread is ended from outside: from now on it can hold no lock of the heap. It does not get past the next that it wants. */
  condemn(owner: number): void;
  /** Frees all that a thread which has ended had not handed over. Costs a walk over all regions. */
  freeAllOf(owner: number): void;
  /** Bytes that a thread holds. Costs a walk over all regions. */
  heldBy(owner: number): number;
  /** A new arena in `segment`, or in one that has room left for what is made of its contents. */
  arena(segment?: SegmentId): Arena;
  /** Bytes handed out now, in all threads, and the limit. */
  readonly used: number;
  readonly limit: number;
  /** For the thread that will be known as `owner` (1 and up, never used before). */
  share(owner: number): HeapShare;
}
