/**
 * A block: the stored rows of one partition, as column chunks, and the memory that they own. Plain data, so that it can be
 * posted; whoever holds it frees its regions exactly once.
 */

import type { Heap, Region } from "../memory/heap.ts";
import type { Column } from "./column.ts";

export interface Block {
  readonly chunks: readonly Column[];
  readonly rows: number;
  readonly bytes: number;
  readonly regions: readonly Region[];
}

export function freeBlock(heap: Heap, block: Block): void {
  for (const region of block.regions) heap.free(region);
}
