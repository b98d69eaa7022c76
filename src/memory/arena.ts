/**
 * An arena hands out pieces of one segment and frees them together: the memory of one task, one stored
 * partition, or one map output. Because it stays in one segment, kernels can work on everything in it at once.
 */
import type { Region } from "./heap.ts";
import type { Segment } from "./segment.ts";

export interface Arena {
  readonly segment: Segment;
  /** A 64-byte aligned pointer to at least `bytes` (readable up to the next multiple of 64). Never 0. */
  allocate(bytes: number): number;
  /** Gives the unused tail of the most recent allocation back (a result turned out smaller). */
  shrinkLast(ptr: number, bytes: number): void;
  /** Gives an allocation back that is not needed any more, if it is so large that it was made for itself; else it stays. */
  giveBack(ptr: number, bytes: number): void;
  /** Frees everything. The arena can be used again. */
  release(): void;
  /** Gives up ownership: the caller frees the regions later. The arena is empty afterwards. */
  detach(): Region[];
  /** Whether a pointer of its segment is to memory that it owns. */
  owns(ptr: number): boolean;
  /** Bytes owned now. */
  readonly bytes: number;
}
