/**
 * Kernels make their results in the segment of what they read. When that one is nearly full while another is not, what is read is copied
 * there first: so that all of a heap of several segments can be used, at the cost of a copy only where one is full.
 */
import type { Column } from "../column/column.ts";
import { columnBytes } from "../column/concat.ts";
import { copyColumn } from "../column/copy.ts";
import type { Arena } from "../memory/arena.ts";
import type { Heap } from "../memory/heap.ts";
import type { SegmentId } from "../memory/segment.ts";

/** What a task makes of a column, its scratch memory included, is seldom more than this many times its size. */
const TIMES = 4;
const LEAST = 16 << 20;

/** The column, or a copy of it in an arena of the emptiest segment. */
export function besideRoom(heap: Heap, column: Column, arenaIn: (segment: SegmentId) => Arena): Column {
  if (heap.segments.length === 1) return column;
  const wanted = LEAST + TIMES * columnBytes(heap, column);
  if (heap.room(column.segment) >= wanted) return column;
  const [emptiest] = heap.segments.toSorted((a, b) => heap.room(b.id) - heap.room(a.id));
  return heap.room(emptiest.id) < 2 * wanted ? column : copyColumn(heap, column, arenaIn(emptiest.id));
}
