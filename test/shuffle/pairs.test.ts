import { expect, test } from "vitest";
import { readColumn } from "../../src/column/reader.ts";
import { SharedHeap } from "../../src/memory/shared-heap.ts";
import { buildPairs, isPairs } from "../../src/shuffle/pairs.ts";

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
