/**
 * What a column operation needs: the heap, the chosen backend, and that backend's raw kernels bound to a
 * segment. One per thread. Operations (`hash.ts`, `partition.ts`, `aggregate.ts`, `sort.ts`, `join.ts`, `select.ts`,
 * `strings.ts`, `compress.ts`) choose the algorithm from types and statistics, the same for every backend, and call kernels.
 */
import type { Heap } from "../memory/heap.ts";
import type { SegmentId } from "../memory/segment.ts";
import type { Kernels } from "./kernels.ts";

export const BACKENDS = ["js", "wasm", "native"] as const;

export type Backend = (typeof BACKENDS)[number];

export interface Compute {
  readonly heap: Heap;
  readonly backend: Backend;
  /** The kernel table over one segment; instances are cached. */
  kernels(segment: SegmentId): Kernels;
}
