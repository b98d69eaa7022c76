import { afterEach, expect, test } from "vitest";
import { buildColumn } from "../../src/column/builder.ts";
import { readColumn } from "../../src/column/reader.ts";
import type { Arena } from "../../src/memory/arena.ts";
import type { SegmentId } from "../../src/memory/segment.ts";
import { SharedHeap } from "../../src/memory/shared-heap.ts";
import { besideRoom } from "../../src/storage/beside-room.ts";

const GiB = 2 ** 30;
const heap = SharedHeap.create({ limit: 6 * GiB });
let arenas: Arena[] = [];
const arenaIn = (segment?: SegmentId): Arena => {
  const arena = heap.arena(segment);
  arenas.push(arena);
  return arena;
};
afterEach(() => {
  for (const arena of arenas) arena.release();
  arenas = [];
  expect(heap.used).toBe(0);
});

const rows = [
  ["a", [1, 2]],
  ["", []],
  [null, [3]],
];

test("a column moves only when its segment is nearly full and another is not", () => {
  const column = buildColumn(rows, arenaIn(0 as SegmentId));
  expect(besideRoom(heap, column, arenaIn)).toBe(column);
  arenaIn(0 as SegmentId).allocate(4 * GiB - (8 << 20));
  const moved = besideRoom(heap, column, arenaIn);
  expect(moved.segment).toBe(1);
  expect(readColumn(heap, moved)).toEqual(rows);
  expect(besideRoom(heap, moved, arenaIn)).toBe(moved);
});
