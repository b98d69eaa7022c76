import fc from "fast-check";
import { afterEach, expect, it } from "vitest";
import { buildColumn } from "../../src/column/builder.ts";
import { type Chunk, decode } from "../../src/column/chunk.ts";
import { compareValues } from "../../src/column/equality.ts";
import { sortExternally } from "../../src/shuffle/external-sort.ts";
import type { KeyOrder } from "../../src/shuffle/merge-runs.ts";
import { Keeper } from "../../src/storage/keeper.ts";
import { difference, RUNS } from "../column/values.ts";
import { shuffleTask, type TestTask } from "./shuffle-task.ts";

let task: TestTask | null = null;
afterEach(() => {
  task?.end();
  task = null;
});

type Pair = readonly [unknown, unknown];

/** Sorts the pairs, which come in chunks of some rows, each a column or plain rows. */
function sort(
  t: TestTask,
  pairs: readonly Pair[],
  chunkRows: number,
  order: KeyOrder,
  columns: boolean,
): Pair[] {
  const input = new Keeper(t.heap);
  const out = new Keeper(t.heap);
  const chunks = function* (): Generator<Chunk> {
    for (let from = 0; from < pairs.length; from += chunkRows) {
      const rows = pairs.slice(from, from + chunkRows);
      yield columns ? buildColumn(rows, input.arena()) : rows;
    }
  };
  const sorted: Pair[] = [];
  const next = () => {
    out.release();
    return out.arena();
  };
  for (const chunk of sortExternally(t, { chunks: [], rest: chunks() }, order, input, next))
    for (const rows of decode(t.heap, chunk)) for (const row of rows) sorted.push(row as Pair);
  out.end();
  expect(t.left()).toEqual({ bytes: 0, files: [] });
  return sorted;
}

function expected(pairs: readonly Pair[], { ascending, ordering }: KeyOrder): Pair[] {
  const compare = ordering ?? compareValues;
  return [...pairs].sort((a, b) => (ascending ? 1 : -1) * compare(a[0], b[0]));
}

const keys: fc.Arbitrary<fc.Arbitrary<unknown>> = fc.oneof(
  fc.constant(fc.integer({ min: 0, max: 3 })),
  fc.constant(fc.integer()),
  fc.constant(fc.double()),
  fc.constant(fc.string({ maxLength: 3 })),
  fc.constant(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  fc.constant(fc.option(fc.integer({ min: 0, max: 9 }))),
  fc.constant(
    fc.oneof(fc.integer(), fc.string(), fc.tuple(fc.integer({ max: 3 }), fc.string({ maxLength: 1 }))),
  ),
);

it("sorts as a stable sort of all pairs does, whatever the keys and however small the share", () => {
  task = shuffleTask(1);
  fc.assert(
    fc.property(
      keys.chain((key) => fc.array<unknown>(key, { maxLength: 120 })),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 4000 }),
      fc.boolean(),
      fc.boolean(),
      fc.boolean(),
      (keys, chunkRows, share, ascending, columns, byFunction) => {
        const t = { ...task!, share };
        const pairs = keys.map((key, i): Pair => [key, i]);
        const order: KeyOrder = {
          ascending,
          ordering: byFunction ? (a, b) => compareValues(String(a), String(b)) : null,
        };
        expect(difference(sort(t, pairs, chunkRows, order, columns), expected(pairs, order))).toBe(null);
      },
    ),
    { numRuns: RUNS },
  );
});

it("merges more runs than at once in passes", () => {
  task = shuffleTask(40_000);
  const pairs = Array.from({ length: 150_000 }, (_, i): Pair => [(i * 7919) % 1000, `value ${i}`]);
  const order: KeyOrder = { ascending: true, ordering: null };
  expect(sort(task, pairs, 5000, order, true)).toEqual(expected(pairs, order));
});

it("leaves nothing when it is given up in the middle", () => {
  task = shuffleTask(10_000);
  const input = new Keeper(task.heap);
  const out = new Keeper(task.heap);
  const chunks = Array.from({ length: 30 }, (_, c) =>
    buildColumn(
      Array.from({ length: 1000 }, (_, i) => [(i * 31 + c) % 997, i]),
      input.arena(),
    ),
  );
  const sorted = sortExternally(
    task,
    { chunks, rest: null },
    { ascending: true, ordering: null },
    input,
    () => out.arena(),
  );
  expect(sorted.next().done).toBe(false);
  sorted.return(undefined);
  out.end();
  task.files.end();
  expect(task.left()).toEqual({ bytes: 0, files: [] });
});
