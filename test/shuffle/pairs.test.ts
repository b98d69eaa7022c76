import { expect, test } from "vitest";
import { buildColumn } from "../../src/column/builder.ts";
import { readColumn } from "../../src/column/reader.ts";
import { SharedHeap } from "../../src/memory/shared-heap.ts";
import { buildPairs, isPairs, toColumns } from "../../src/shuffle/pairs.ts";
import { Keeper } from "../../src/storage/keeper.ts";

const heap = SharedHeap.create({ limit: 1 << 20 });

test("pairs become a column of pairs, whatever keys and values are", () => {
  const rows = [
    ["a", undefined],
    [null, [1, 2, 3]],
    ["", { deep: [null] }],
  ];
  const column = buildPairs(rows, heap.arena());
  expect(isPairs(column)).toBe(true);
  expect(readColumn(heap, column)).toEqual(rows);
});

test("rows that are no pairs stay what they are", () => {
  const rows = [["a", 1], "b", ["c", 2, 3]];
  const column = buildPairs(rows, heap.arena());
  expect(isPairs(column)).toBe(false);
  expect(readColumn(heap, column)).toEqual(rows);
});

test("a column stays until it is taken, whatever is released after the rows before it", () => {
  const keeper = new Keeper(heap);
  const used = heap.used;
  const later = buildColumn(["x", "y"], keeper.arena());
  const seen: unknown[] = [];
  for (const column of toColumns([["a", "b"], later, ["c"]], keeper)) {
    const scratch = heap.arena();
    const ptr = scratch.allocate(1 << 16);
    scratch.segment.u8.fill(0xff, ptr, ptr + (1 << 16));
    seen.push(...readColumn(heap, column));
    scratch.release();
    keeper.release();
  }
  expect(seen).toEqual(["a", "b", "x", "y", "c"]);
  keeper.end();
  expect(heap.used).toBeLessThanOrEqual(used);
});
