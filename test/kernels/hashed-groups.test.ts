import fc from "fast-check";
import { expect, test } from "vitest";
import { pairColumn } from "../../src/column/pair.ts";
import { readColumn } from "../../src/column/reader.ts";
import { GnistaError } from "../../src/errors.ts";
import type { AggregateKind } from "../../src/kernels/aggregate.ts";
import { aggregateByKey } from "../../src/kernels/aggregate.ts";
import { HashedGroups } from "../../src/kernels/hashed-groups.ts";
import { columnOf, RUNS, withBackends } from "./support.ts";

const KINDS: readonly AggregateKind[] = ["sum", "count", "min", "max", "mean", "first", "last"];
const KEYS = {
  utf8: fc.oneof(
    fc.constantFrom(
      "",
      "a",
      "eightlet",
      "eightlets",
      "a string of more than sixteen bytes",
      "äöü",
      "a\u0000",
    ),
    fc.string({ unit: "binary", maxLength: 80 }),
  ),
  f64: fc.constantFrom(-0, 0, Number.NaN, 0.5, 3),
  i64: fc.bigInt({ min: -3n, max: 3n }),
} as const;

for (const type of ["utf8", "f64", "i64"] as const)
  test(`groups by ${type} outlive the rows they were made of, and are those of all rows at once`, () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.tuple(KEYS[type], fc.double()), { minLength: 1, maxLength: 60 }), {
          minLength: 1,
          maxLength: 4,
        }),
        fc.constantFrom(...KINDS),
        (batches, kind) => {
          const { js, wasm } = withBackends((c, arena) => {
            const held = c.heap.arena(arena.segment.id);
            const groups = new HashedGroups(c, { kind: type }, kind, held);
            for (const rows of batches) {
              const own = c.heap.arena(arena.segment.id);
              const keys = columnOf(
                type,
                rows.map(([key]) => key),
                own,
              );
              const values = columnOf(
                "f64",
                rows.map(([, value]) => value),
                own,
              );
              groups.take({ keys, values });
              for (const { ptr, bytes, segment } of own.detach()) {
                c.heap.segment(segment).u8.fill(0xff, ptr, ptr + bytes);
                c.heap.free({ ptr, bytes, segment });
              }
            }
            const made = groups.result(arena);
            held.release();
            const all = batches.flat();
            const whole = aggregateByKey(
              c,
              [
                {
                  keys: columnOf(
                    type,
                    all.map(([key]) => key),
                    arena,
                  ),
                  values: columnOf(
                    "f64",
                    all.map(([, value]) => value),
                    arena,
                  ),
                },
              ],
              kind,
              arena,
            );
            const [a, b] = [made, whole].map(({ keys, values }) => [
              readColumn(c.heap, keys),
              readColumn(c.heap, values),
            ]);
            expect(a).toEqual(b);
            return a;
          });
          expect(wasm).toEqual(js);
        },
      ),
      { numRuns: Math.max(20, RUNS) },
    );
  });

test("memory is given back wherever there is too little for more groups", () => {
  const numbers = Array.from({ length: 40_000 }, (_, i) => i);
  for (let memory = 2 << 20; memory < 6 << 20; memory += 1 << 16)
    withBackends((c, arena) => {
      const keys = columnOf("f64", numbers, arena);
      const field = columnOf("i32", numbers, arena);
      const values = pairColumn({ keys: field, values: field });
      const before = c.heap.used;
      const held = c.heap.arena(arena.segment.id);
      try {
        new HashedGroups(c, keys.type, ["sum", "sum"], held).take({ keys, values });
      } catch (error) {
        expect(GnistaError.is(error, "OUT_OF_MEMORY")).toBe(true);
      }
      held.release();
      expect(c.heap.used).toBe(before);
    }, memory);
});
