import fc from "fast-check";
import { expect, test } from "vitest";
import { buildColumn } from "../../src/column/builder.ts";
import type { Column } from "../../src/column/column.ts";
import { dictionaryFromStrings } from "../../src/column/dictionary.ts";
import { readColumn } from "../../src/column/reader.ts";
import { sameDictionary } from "../../src/column/same-dictionary.ts";
import { sliceColumn } from "../../src/column/slice.ts";
import type { KeyedColumns } from "../../src/kernels/aggregate.ts";
import { SharedHeap } from "../../src/memory/shared-heap.ts";
import { PairBatch } from "../../src/shuffle/pair-batch.ts";
import { RUNS } from "../kernels/support.ts";

/** The batches of `inputs`, as arrays of pairs. With `copying` each input is copied and its memory overwritten once it was taken. */
function batchesOf(
  heap: SharedHeap,
  inputs: readonly (readonly [string, number][])[],
  mostRows: number,
  copying: boolean,
): unknown[][] {
  const batch = new PairBatch(heap, 128 << 20);
  batch.mostRows = mostRows;
  const batches: unknown[][] = [];
  const arena = heap.arena();
  const take = (): void => {
    const rows = batch.inputs().flatMap(({ keys, values }) => {
      const numbers = readColumn(heap, values);
      return readColumn(heap, keys).map((key, i) => [key, numbers[i]]);
    });
    expect(rows.length).toBe(batch.rows);
    batches.push(rows);
    batch.clear();
  };
  for (const pairs of inputs) {
    const own = copying ? heap.arena() : arena;
    const column = (values: readonly unknown[]): Column => buildColumn(values, own);
    for (
      let rest: KeyedColumns | null = {
          keys: column(["before", ...pairs.map(([key]) => key)]),
          values: column([0, ...pairs.map(([, value]) => value)]),
        },
        first = true;
      rest !== null;
      first = false
    ) {
      const cut = (one: Column): Column => sliceColumn(heap, one, 1, one.length, own);
      rest = batch.add(first ? { keys: cut(rest.keys), values: cut(rest.values) } : rest);
      if (rest !== null) take();
    }
    if (!copying) continue;
    batch.copy();
    for (const { segment, ptr, bytes } of own.detach()) {
      heap.segment(segment).u8.fill(255, ptr, ptr + bytes);
      heap.free({ segment, ptr, bytes });
    }
  }
  take();
  arena.release();
  return batches;
}

test("batches are cut by rows alone, whatever chunks these come in and whether they are copied", () => {
  const heap = SharedHeap.create({ limit: 64 << 20 });
  const chunks = fc.array(fc.array(fc.tuple(fc.string({ unit: "grapheme", maxLength: 12 }), fc.double())), {
    maxLength: 8,
  });
  fc.assert(
    fc.property(chunks, fc.integer({ min: 1, max: 20 }), fc.boolean(), (inputs, mostRows, copying) => {
      const rows = inputs.flat();
      const expected: unknown[][] = [];
      for (let from = 0; from === 0 || from < rows.length; from += mostRows)
        expected.push(rows.slice(from, from + mostRows));
      expect(batchesOf(heap, inputs, mostRows, copying)).toEqual(expected);
      expect(heap.used).toBe(0);
    }),
    { numRuns: RUNS },
  );
  heap.close();
});

test("a batch has no more than 128 MiB, but a row at least", () => {
  const heap = SharedHeap.create({ limit: 1 << 30 });
  const long = "x".repeat(50 << 20);
  const input = (...keys: string[]): [string, number][] => keys.map((key) => [key, 1]);
  const lengths = (...inputs: [string, number][][]): number[][] =>
    batchesOf(heap, inputs, Number.POSITIVE_INFINITY, false).map((rows) =>
      rows.map((row) => (row as [string])[0].length),
    );
  const n = long.length;
  expect(lengths(input(long, long, long, "a"), input("b", long))).toEqual([
    [n, n],
    [n, 1, 1, n],
  ]);
  expect(lengths(input("a", long.repeat(3), "b", "c"))).toEqual([[1], [3 * n], [1, 1]]);
  expect(heap.used).toBe(0);
  heap.close();
});

test("columns that share a dictionary share its copy", () => {
  const heap = SharedHeap.create({ limit: 16 << 20 });
  const arena = heap.arena();
  const coded = dictionaryFromStrings(["a", "b", "a", "a", "b", "a", "a", "b"], arena);
  const { lasting: _, ...strings } = coded.children[0];
  const keys: Column = { ...coded, children: [strings] };
  const values = buildColumn([1, 2, 3, 4, 5, 6, 7, 8], arena);
  const part = (from: number, to: number): KeyedColumns => ({
    keys: sliceColumn(heap, keys, from, to, arena),
    values: sliceColumn(heap, values, from, to, arena),
  });
  const batch = new PairBatch(heap, 128 << 20);
  batch.add(part(0, 3));
  batch.copy();
  batch.add(part(3, 5));
  batch.copy();
  batch.add(part(5, 8));
  const columns = batch.inputs().map((input) => input.keys);
  expect(columns.flatMap((column) => readColumn(heap, column))).toEqual(readColumn(heap, keys));
  expect(sameDictionary(columns)).toBe(true);
  expect(sameDictionary([keys, columns[0]])).toBe(false);
  batch.clear();
  arena.release();
  expect(heap.used).toBe(0);
  heap.close();
});
