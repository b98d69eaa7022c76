import { parseExpressionAt } from "acorn";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { separatorOf } from "../../src/closure/separator.ts";
import { buildColumn } from "../../src/column/builder.ts";
import { dictionaryFromStrings } from "../../src/column/dictionary.ts";
import { readColumn } from "../../src/column/reader.ts";
import { sliceColumn } from "../../src/column/slice.ts";
import { createCompute } from "../../src/kernels/create-compute.ts";
import { firstPieces } from "../../src/kernels/first-pieces.ts";
import { compareConstant, lowerCase, splitColumn, stringLength } from "../../src/kernels/strings.ts";
import { SharedHeap } from "../../src/memory/shared-heap.ts";

const RUNS = Number(process.env["GNISTA_TEST_RUNS"] ?? 100);
const heap = SharedHeap.create({ limit: 128 << 20 });
const computes = [createCompute(heap, "js"), createCompute(heap, "wasm")];

const piece = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 20 }),
  fc.string({ unit: fc.constantFrom(..."aB,; _-.9\tÉ€😀K"), maxLength: 40 }),
  fc.constantFrom(
    "",
    ",",
    "  ",
    "a,b",
    "İstanbul",
    "ABCDEFGHIJKLMNOPQ",
    "0123456789abcdef",
    "0123456789abcde,",
  ),
);
const rows = fc.array(
  piece.filter((s) => s.isWellFormed()),
  { maxLength: 30 },
);

const SEPARATORS = [
  "','",
  "' '",
  "';'",
  "'ab'",
  "'é'",
  "/\\W+/",
  "/\\W/",
  "/[,;]/",
  "/[,; ]+/",
  "/[^a-z]+/",
  "/\\d/",
  "/[\\t ,]+/g",
];

describe("string kernels", () => {
  const arena = heap.arena();
  afterAll(() => arena.release());

  /** Plain, sliced off its first row, and dictionary columns of the same strings. */
  const columns = (strings: readonly string[]) => {
    const whole = buildColumn(["dropped", ...strings], arena);
    const all = [buildColumn(strings, arena), sliceColumn(heap, whole, 1, strings.length + 1, arena)];
    return [...all, dictionaryFromStrings([...strings, ...strings, ...strings], arena)].map((column, i) => ({
      column,
      strings: i === 2 ? [...strings, ...strings, ...strings] : strings,
    }));
  };

  it("measure, lower and test as JavaScript does", () => {
    fc.assert(
      fc.property(rows, fc.oneof(piece, fc.constantFrom("\ud83d", "\ude00")), (strings, text) => {
        if (strings.length === 0) return;
        for (const { column, strings: expected } of columns(strings))
          for (const c of computes) {
            expect(readColumn(heap, stringLength(c, column, arena))).toEqual(expected.map((s) => s.length));
            expect(readColumn(heap, lowerCase(c, column, arena))).toEqual(
              expected.map((s) => s.toLowerCase()),
            );
            for (const test of ["startsWith", "endsWith", "includes"] as const)
              expect(readColumn(heap, compareConstant(c, column, test, text, arena))).toEqual(
                expected.map((s) => s[test](text)),
              );
            for (const text of strings.slice(0, 2)) {
              expect(readColumn(heap, compareConstant(c, column, "===", text, arena))).toEqual(
                expected.map((s) => s === text),
              );
              expect(readColumn(heap, compareConstant(c, column, "!==", text, arena))).toEqual(
                expected.map((s) => s !== text),
              );
            }
          }
      }),
      { numRuns: RUNS },
    );
  });

  it("split as String.split does, into all pieces and into the first alone", () => {
    for (const source of SEPARATORS) {
      const node = parseExpressionAt(source, 0, { ecmaVersion: "latest" });
      const separator = separatorOf([node]);
      expect(separator, source).not.toBeNull();
      const by = new Function(`return ${source}`)();
      fc.assert(
        fc.property(rows, (strings) => {
          if (strings.length === 0) return;
          for (const { column, strings: expected } of columns(strings))
            for (const c of computes) {
              const { column: pieces, parents } = splitColumn(c, column, separator!, arena, true);
              expect(readColumn(heap, pieces)).toEqual(expected.flatMap((s) => s.split(by)));
              const first = firstPieces(c, column, separator!, arena);
              expect(readColumn(heap, first)).toEqual(expected.map((s) => s.split(by)[0]));
              const at = [...arena.segment.u32.subarray(parents / 4, parents / 4 + pieces.length)];
              expect(at).toEqual(expected.flatMap((s, row) => s.split(by).map(() => row)));
            }
        }),
        { numRuns: Math.ceil(RUNS / 4) },
      );
    }
  });

  it("leaves what it cannot do exactly to JavaScript", () => {
    for (const source of ["/\\s+/", "/a|b/", "''", "/[é]/", "/x/i", "'\\ud83d'"])
      expect(separatorOf([parseExpressionAt(source, 0, { ecmaVersion: "latest" })]), source).toBeNull();
  });
});
