import fc from "fast-check";
import { expect, test } from "vitest";
import { dictionaryFromStrings } from "../../src/column/dictionary.ts";
import { hashString } from "../../src/column/hash-value.ts";
import { readColumn } from "../../src/column/reader.ts";
import { sliceColumn } from "../../src/column/slice.ts";
import { Context } from "../../src/index.ts";
import { SharedHeap } from "../../src/memory/shared-heap.ts";

const RUNS = Number(process.env["GNISTA_TEST_RUNS"] ?? 100);

const heap = SharedHeap.create({ limit: 512 << 20 });

/** Draws of `population` words in an order that looks random. */
function draws(n: number, population: number): string[] {
  return Array.from({ length: n }, (_, i) => `word ${(Math.imul(i, 0x9e3779b1) >>> 1) % population}`);
}

test("strings are read as they came, whatever slices and however often", () => {
  const word = fc.oneof(fc.constantFrom("", "a", "äöü", "\u{1f600}"), fc.string({ unit: "binary" }));
  fc.assert(
    fc.property(
      fc.array(word, { minLength: 1, maxLength: 20 }),
      fc.array(fc.nat({ max: 19 }), { minLength: 1, maxLength: 60 }),
      fc.array(fc.tuple(fc.nat({ max: 60 }), fc.nat({ max: 60 })), { maxLength: 5 }),
      (words, picks, cuts) => {
        const strings = picks.map((pick) => words[pick % words.length]);
        const arena = heap.arena();
        try {
          const column = dictionaryFromStrings(strings, arena);
          for (const [a, b] of cuts) {
            const [from, to] = [Math.min(a, b, strings.length), Math.min(Math.max(a, b), strings.length)];
            expect(readColumn(heap, sliceColumn(heap, column, from, to, arena))).toEqual(
              strings.slice(from, to),
            );
          }
          expect(readColumn(heap, column)).toEqual(strings);
        } finally {
          arena.release();
        }
      },
    ),
    { numRuns: RUNS },
  );
});

test("a dictionary brings the partition hash of each of its strings", () => {
  const arena = heap.arena();
  const { children } = dictionaryFromStrings(["b", "a", "b", "äöü", "b", "b", "b"], arena);
  const at = children[0].lasting!.hashes / 4;
  expect([...arena.segment.i32.subarray(at, at + 3)]).toEqual(["b", "a", "äöü"].map(hashString));
  arena.release();
});

test("strings get a dictionary when they repeat in the end, even if rarely at first", () => {
  const arena = heap.arena();
  const kind = (strings: readonly string[]): string => dictionaryFromStrings(strings, arena).type.kind;
  expect(kind(draws(400_000, 100_000))).toBe("dictionary");
  expect(kind(draws(400_000, 1_000_000))).toBe("utf8");
  expect(kind(["a", "b", "c"])).toBe("utf8");
  expect(kind(["a", "b", "a", "b"])).toBe("dictionary");
  expect(kind(["a", "\ud800", "a", "a"])).toBe("object");
  expect(kind([])).toBe("f64");
  arena.release();
});

test("shuffles do not move a dictionary, and its strings are those that came", async () => {
  await using sc = await Context.create({ master: "local[2]" });
  const words = draws(40_000, 9000);
  const values = Float64Array.from(words, (_, i) => i % 7);
  const expected = new Map<string, number>();
  words.forEach((word, i) => expected.set(word, (expected.get(word) ?? 0) + values[i]));
  const sums = sc.parallelizePairs(words, values, 3).reduceByKey((a, b) => a + b, 5);
  expect(new Map(await sums.collect())).toEqual(expected);
  const [keys, totals] = await sums.collectColumns();
  expect(new Map((keys as string[]).map((key, i) => [key, (totals as Float64Array)[i]]))).toEqual(expected);
  const few = await sums.filter(([word]) => word.endsWith("77")).collect();
  expect(new Map(few)).toEqual(new Map([...expected].filter(([word]) => word.endsWith("77"))));
  // A code and a double for each of at most 9000 groups of 3 map outputs.
  const bytes = sc.metrics().reduce((sum, { totals }) => sum + totals.shuffleBytesWritten, 0);
  expect(bytes).toBeGreaterThan(9000 * 12);
  expect(bytes).toBeLessThanOrEqual(3 * 9000 * 12);
});
