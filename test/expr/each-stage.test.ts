/** flatMap by `list.map(...)`: compiled against V8's evaluation, on both backends. */
import { type AnyNode, parseExpressionAt } from "acorn";
import fc from "fast-check";
import { expect, test } from "vitest";
import { translate } from "../../src/closure/translate.ts";
import { buildColumn } from "../../src/column/builder.ts";
import { readColumn } from "../../src/column/reader.ts";
import { sliceColumn } from "../../src/column/slice.ts";
import { compileSteps } from "../../src/expr/fuse.ts";
import { createCompute } from "../../src/kernels/create-compute.ts";
import { SharedHeap } from "../../src/memory/shared-heap.ts";

const RUNS = Number(process.env["GNISTA_TEST_RUNS"] ?? 100);
const heap = SharedHeap.create({ limit: 64 << 20 });
const computes = [createCompute(heap, "js"), createCompute(heap, "wasm")];

const FLAT = [
  "([k, [list, w]]) => list.map((to) => [to, w / list.length])",
  "([k, [list, w]]) => list.map((to) => [k, to, k])",
  "([k, [list, w]]) => list.map((to) => to * w + list.length)",
  "([, [list]]) => list.map((to) => to)",
  "([, [list, w]]) => list.map(() => w)",
  "([, [list]]) => list.map(() => 1)",
  "(row) => row[1][0].map((to) => ({ to, far: to > row[1][1] }))",
];
const VALUES = ["([list, w]) => list.map((to) => to - w)", "([list]) => list.map((to) => [to, list.length])"];
const row = fc.tuple(fc.string(), fc.tuple(fc.array(fc.double(), { maxLength: 12 }), fc.double()));

test("lists become rows with what their row gives to them", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.constantFrom(...FLAT), fc.constantFrom(...VALUES)),
      fc.array(row, { minLength: 1, maxLength: 30 }),
      fc.nat(30),
      (text, rows, cut) => {
        // Lists of one length would be tuples.
        const all: typeof rows = [["", [[], 0]], ...rows, ["", [[1, 2, 3, 4, 5, 6, 7, 8, 9], -0]]];
        const from = Math.min(cut, all.length);
        const fn = new Function(`return (${text})`)() as (row: unknown) => unknown[];
        const keyed = VALUES.includes(text);
        const expected = all
          .slice(from)
          .flatMap((r) => (keyed ? fn(r[1]).map((value) => [r[0], value]) : fn(r)));
        const meaning = translate(
          parseExpressionAt(`(${text})`, 0, { ecmaVersion: "latest" }) as AnyNode,
          new Map(),
        );
        if (meaning.kind !== "ir") throw new Error(meaning.reason);
        for (const c of computes) {
          const arena = heap.arena();
          const whole = buildColumn(all, arena);
          const column = sliceColumn(heap, whole, from, all.length, arena);
          const op = keyed ? "flatMapValues" : "flatMap";
          const steps = compileSteps([{ op, lambda: meaning.lambda }], column.type, c.backend);
          if ("reason" in steps) throw new Error(steps.reason);
          expect(readColumn(heap, steps.run(c, column, arena))).toStrictEqual(expected);
          arena.release();
        }
      },
    ),
    { numRuns: RUNS },
  );
});
