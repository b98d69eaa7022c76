import fc from "fast-check";
import { expect, test } from "vitest";
import { compileRowLoop, type Folded, type RowStep } from "../../src/expr/row-loop.ts";
import { SharedHeap } from "../../src/memory/shared-heap.ts";

const heap = SharedHeap.create({ limit: 1 << 20 });
const runs = Number(process.env["GNISTA_TEST_RUNS"] ?? 100);

const plus = (x: number): number => x + 1.5;
const even = (x: number): boolean => Math.floor(x) % 2 === 0;
const twice = (x: number): number[] => [x, -x];
const STEPS: readonly RowStep[] = [
  { op: "map", fn: plus },
  { op: "filter", fn: even },
  { op: "flatMap", fn: twice },
];

function plain(steps: readonly RowStep[], rows: readonly number[]): number[] {
  return steps.reduce<number[]>(
    (values, { op, fn }) =>
      op === "map"
        ? values.map((x) => fn(x))
        : op === "filter"
          ? values.filter((x) => fn(x))
          : values.flatMap(fn),
    [...rows],
  );
}

test("a loop does what its steps do one after the other, whatever becomes of the rows", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...STEPS), { maxLength: 4 }),
      fc.array(fc.integer({ min: -1000, max: 1000 }), { maxLength: 50 }),
      fc.nat(50),
      (steps, rows, cut) => {
        const expected = plain(steps, rows);
        const fold = (end: Parameters<typeof compileRowLoop>[2], value: unknown): Folded => {
          const folded: Folded = { rows: 0, value };
          const loop = compileRowLoop(steps, undefined, end);
          const middle = Math.min(cut, rows.length);
          loop.run(heap, rows, 0, middle, folded);
          loop.run(heap, rows, middle, rows.length, folded);
          return folded;
        };
        const out: unknown[] = [];
        compileRowLoop(steps).run(heap, rows, 0, rows.length, out);
        expect(out).toEqual(expected);
        expect(fold({ kind: "count" }, 0).rows).toBe(expected.length);
        expect(fold({ kind: "sum" }, 0).value).toBe(expected.reduce((a, b) => a + b, 0));
        const subtract = (a: number, b: number): number => a - b;
        expect(fold({ kind: "reduce", fn: subtract }, undefined)).toEqual({
          rows: expected.length,
          value: expected.length === 0 ? undefined : expected.reduce(subtract),
        });
      },
    ),
    { numRuns: runs },
  );
});

test("the step that threw is known", () => {
  const loop = compileRowLoop(
    [
      { op: "map", fn: plus },
      {
        op: "map",
        fn: () => {
          throw new Error("here");
        },
      },
    ],
    undefined,
    { kind: "sum" },
  );
  expect(() => loop.run(heap, [1], 0, 1, { rows: 0, value: 0 })).toThrow("here");
  expect(loop.failedStep()).toBe(1);
});
