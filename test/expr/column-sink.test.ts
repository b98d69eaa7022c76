import fc from "fast-check";
import { expect, test } from "vitest";
import type { Column } from "../../src/column/column.ts";
import { readColumn } from "../../src/column/reader.ts";
import { typeName } from "../../src/column/type.ts";
import { ColumnSink, commonShape, shapeOf } from "../../src/expr/column-sink.ts";
import type { Literal } from "../../src/expr/literal.ts";
import { rowInput } from "../../src/expr/row-input.ts";
import { compileRowLoop } from "../../src/expr/row-loop.ts";
import { SharedHeap } from "../../src/memory/shared-heap.ts";

const heap = SharedHeap.create({ limit: 1 << 24 });
const runs = Number(process.env["GNISTA_TEST_RUNS"] ?? 100);

const PAIR: Literal = {
  kind: "array",
  items: [null, { kind: "object", names: ["a", "b c"], items: [null, { kind: "array", items: [null] }] }],
};
const value = fc.oneof(
  { weight: 6, arbitrary: fc.double() },
  fc.constantFrom<unknown>(-0, Number.NaN, null, undefined, "text", "é", true, 7n, [1, 2]),
);
const row = fc.tuple(value, value, value).map(([x, y, z]) => [x, { a: y, "b c": [z] }]);

function into(sink: ColumnSink, rows: readonly unknown[]): void {
  compileRowLoop([], undefined, { kind: "columns", shape: sink.shape }).run(heap, rows, 0, rows.length, sink);
}

test("rows of a known literal come out of the columns as they went in, whatever does not fit the guess", () => {
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 40 }), (rows) => {
      const arena = heap.arena();
      const found: unknown[] = [];
      let sink = new ColumnSink(shapeOf(rows[0], PAIR));
      into(sink, rows);
      for (;;) {
        found.push(...readColumn(heap, sink.take(arena)));
        const { rest } = sink;
        if (rest.length === 0) break;
        sink = new ColumnSink(commonShape(sink.shape, shapeOf(rest[0], PAIR)));
        into(sink, rest);
      }
      arena.release();
      expect(found).toStrictEqual(rows);
    }),
    { numRuns: runs },
  );
});

test("numbers go straight to columns of doubles, more of them than there was room for, and loops read them back as rows", () => {
  const pairs = Array.from({ length: 10_000 }, (_, i) => [i / 3, -i]);
  const literal: Literal = { kind: "array", items: [null, null] };
  const sink = new ColumnSink(shapeOf(pairs[0], literal));
  into(sink, pairs);
  const arena = heap.arena();
  const column: Column = sink.take(arena);
  expect(typeName(column.type)).toBe("(f64, f64)");
  const out: unknown[] = [];
  const input = rowInput(column.type);
  compileRowLoop([{ op: "map", fn: ([a, b]: number[]) => [b, a] }], input).run(heap, column, 5, 9_000, out);
  expect(out).toStrictEqual(pairs.slice(5, 9_000).map(([a, b]) => [b, a]));
  arena.release();
});

test("loops read every kind of column as the rows that it was built from", () => {
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 20 }), fc.nat(20), fc.nat(20), (rows, a, b) => {
      const [from, to] = [Math.min(a, b, rows.length), Math.min(Math.max(a, b), rows.length)];
      const arena = heap.arena();
      const sink = new ColumnSink({ kind: "tuple", items: [{ kind: "any" }, { kind: "any" }] });
      into(sink, rows);
      const column = sink.take(arena);
      const nullable = (at: Column): boolean => at.nullCount > 0 || at.children.some(nullable);
      const out: unknown[] = [];
      const input = rowInput(column.type, nullable(column));
      compileRowLoop([{ op: "filter", fn: () => true }], input).run(heap, column, from, to, out);
      expect(out).toStrictEqual(rows.slice(from, to));
      arena.release();
    }),
    { numRuns: runs },
  );
});
