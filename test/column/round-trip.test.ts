/** Any value that goes into a column comes out equal, whatever happens to the column between. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildColumn } from "../../src/column/builder.ts";
import type { Column } from "../../src/column/column.ts";
import { concatColumns } from "../../src/column/concat.ts";
import { copyColumn } from "../../src/column/copy.ts";
import { readColumns } from "../../src/column/read-columns.ts";
import { readColumn } from "../../src/column/reader.ts";
import { sliceColumn } from "../../src/column/slice.ts";
import { sameType, typeName } from "../../src/column/type.ts";
import type { Backend } from "../../src/kernels/compute.ts";
import { createCompute } from "../../src/kernels/create-compute.ts";
import { filterColumn, gatherColumn, NO_ROW } from "../../src/kernels/select.ts";
import type { Arena } from "../../src/memory/arena.ts";
import { claimCopies } from "../../src/memory/copies.ts";
import type { SegmentId } from "../../src/memory/segment.ts";
import { SharedHeap } from "../../src/memory/shared-heap.ts";
import { Keeper } from "../../src/storage/keeper.ts";
import { TESTED } from "../backends.ts";
import { difference, mixedRows, RUNS, rowsOfOneShape } from "./values.ts";

/** Two segments: what exceeds 4 GiB is reserved, not used. */
const heap = SharedHeap.create({ limit: 5 * 2 ** 30 });
const SEGMENTS = heap.segments.map(({ id }) => id);

function expectRows(column: Column, rows: readonly unknown[], what: string): void {
  expect(difference([...rows], readColumn(heap, column), what)).toBe(null);
}

/** Arenas that are given back, whatever happens; nothing may stay. */
function withArenas(run: (arena: (segment: SegmentId) => Arena) => void): void {
  const arenas: Arena[] = [];
  const before = heap.used;
  try {
    run((segment) => {
      const arena = heap.arena(segment);
      arenas.push(arena);
      return arena;
    });
  } finally {
    for (const arena of arenas) arena.release();
  }
  expect(heap.used).toBe(before);
}

type Step =
  | { readonly kind: "slice" | "gather" | "filter"; readonly seed: number }
  | { readonly kind: "copy"; readonly segment: SegmentId }
  | { readonly kind: "concat" | "post" | "block" };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof<fc.Arbitrary<Step>[]>(
    fc.record({
      kind: fc.constantFrom<"slice" | "gather" | "filter">("slice", "gather", "filter"),
      seed: fc.nat(10_000),
    }),
    fc.record({ kind: fc.constant<"copy">("copy"), segment: fc.constantFrom(...SEGMENTS) }),
    fc.record({ kind: fc.constantFrom<"concat" | "post" | "block">("concat", "post", "block") }),
  ),
  { maxLength: 5 },
);

/** The column and the rows after a step. */
function apply(
  step: Step,
  column: Column,
  rows: readonly unknown[],
  backend: Backend,
  arena: (segment: SegmentId) => Arena,
): [Column, readonly unknown[]] {
  const compute = createCompute(heap, backend);
  const out = arena(column.segment);
  switch (step.kind) {
    case "slice": {
      const from = step.seed % (rows.length + 1);
      const to = from + (Math.floor(step.seed / 7) % (rows.length - from + 1));
      return [sliceColumn(heap, column, from, to, out), rows.slice(from, to)];
    }
    case "gather": {
      const indices = Array.from({ length: rows.length + 3 }, (_, i) =>
        (i * 7 + step.seed) % 5 === 0 || rows.length === 0 ? NO_ROW : (i * 31 + step.seed) % rows.length,
      );
      const ptr = out.allocate(indices.length * 4);
      heap.segment(column.segment).u32.set(indices, ptr / 4);
      return [
        gatherColumn(compute, column, ptr, indices.length, out, true),
        indices.map((index) => (index === NO_ROW ? null : rows[index])),
      ];
    }
    case "filter": {
      const mask = rows.map((_, i) => ((i * 13 + step.seed) % 3 === 0 ? 0 : 1));
      const ptr = out.allocate(rows.length);
      heap.segment(column.segment).u8.set(mask, ptr);
      return [filterColumn(compute, column, ptr, out), rows.filter((_, i) => mask[i] === 1)];
    }
    case "copy":
      return [copyColumn(heap, column, arena(step.segment)), rows];
    case "concat": {
      const half = sliceColumn(heap, column, rows.length >> 1, rows.length, out);
      const target = arena(SEGMENTS[1]);
      return [
        concatColumns(heap, [column, half, column], target),
        [...rows, ...rows.slice(rows.length >> 1), ...rows],
      ];
    }
    case "post":
      return [structuredClone(column), rows];
    case "block": {
      const block = new Keeper(heap).toBlock([column]);
      const copies = block.chunks.map((chunk) => copyColumn(heap, chunk, out));
      for (const region of block.regions) heap.free(region);
      return [copies[0], rows];
    }
  }
}

describe.each(TESTED)("columns on the backend %s", (backend) => {
  test("of rows of one shape keep them through any steps", () => {
    fc.assert(
      fc.property(rowsOfOneShape(1), steps, fc.constantFrom(...SEGMENTS), ([rows], program, segment) => {
        withArenas((arena) => {
          let column = buildColumn(rows, arena(segment));
          let expected: readonly unknown[] = rows;
          expectRows(column, expected, "built");
          for (const step of program) {
            [column, expected] = apply(step, column, expected, backend, arena);
            expectRows(column, expected, step.kind);
          }
        });
      }),
      { numRuns: RUNS * 2 },
    );
  });
});

describe("columns", () => {
  test("of mixed rows keep them", () => {
    fc.assert(
      fc.property(mixedRows, steps, (rows, program) => {
        withArenas((arena) => {
          let column = buildColumn(rows, arena(SEGMENTS[0]));
          let expected: readonly unknown[] = rows;
          expectRows(column, expected, "built");
          for (const step of program) {
            [column, expected] = apply(step, column, expected, "js", arena);
            expectRows(column, expected, step.kind);
          }
        });
      }),
      { numRuns: RUNS * 2 },
    );
  });

  test("of one type end to end have the rows of all, from any segment", () => {
    fc.assert(
      fc.property(rowsOfOneShape(3), (lists) => {
        withArenas((arena) => {
          const columns = lists.map((rows, i) => buildColumn(rows, arena(SEGMENTS[i % SEGMENTS.length])));
          const alike = columns.filter(({ type }) => sameType(type, columns[0].type));
          const rows = lists.filter((_, i) => sameType(columns[i].type, columns[0].type)).flat();
          const all = concatColumns(heap, alike, arena(SEGMENTS[1]));
          expectRows(all, rows, "concat");
          expect(typeName(all.type)).toBe(typeName(typeOfChildren(all)));
        });
      }),
      { numRuns: RUNS * 2 },
    );
  });

  test("of any types are read into arrays one behind the other", () => {
    fc.assert(
      fc.property(rowsOfOneShape(3), mixedRows, (lists, mixed) => {
        withArenas((arena) => {
          const chunks = [...lists, mixed].map((rows) => buildColumn(rows, arena(SEGMENTS[0])));
          const split = chunks.every(({ type, nullCount }) => type.kind === "struct" && nullCount === 0);
          const rows = [...lists, mixed].flat();
          const { columns, copies } = readColumns(heap, chunks);
          const states = new SharedArrayBuffer(copies.length * 4);
          for (const _ of claimCopies(heap, { copies, states }, 1));
          const arrays = columns.map((column) => Array.from(column as unknown[]));
          if (!split) expect(difference([rows], arrays)).toBe(null);
        });
      }),
      { numRuns: RUNS },
    );
  });

  test("nulls at each place of a bitmap's bytes", () => {
    withArenas((arena) => {
      for (const length of [1, 7, 8, 9, 17])
        for (let at = 0; at < length; at++) {
          const rows = Array.from({ length }, (_, i) => (i === at ? null : i));
          const column = buildColumn(rows, arena(SEGMENTS[0]));
          expect(column.nullCount).toBe(1);
          for (let from = 0; from <= length; from++)
            expectRows(
              sliceColumn(heap, column, from, length, arena(SEGMENTS[0])),
              rows.slice(from),
              "slice",
            );
        }
    });
  });
});

/** The type that the children say a column has. */
function typeOfChildren({ type, children }: Column): Column["type"] {
  if (type.kind === "list") return { kind: "list", item: typeOfChildren(children[0]) };
  if (type.kind !== "struct") return type;
  return { ...type, fields: type.fields.map(({ name }, i) => ({ name, type: typeOfChildren(children[i]) })) };
}

describe("values whose structure is no tree of moderate depth", () => {
  const cyclic: unknown[] = [1];
  cyclic.push(cyclic);
  const record: Record<string, unknown> = { name: "self" };
  record["self"] = record;
  let deep: unknown = "core";
  for (let i = 0; i < 2000; i++) deep = i % 2 === 0 ? [deep] : { deep };

  test("keep their cycles", () => {
    withArenas((arena) => {
      const [array] = readColumn(heap, buildColumn([cyclic], arena(SEGMENTS[0]))) as [unknown[]];
      expect(array[1]).toBe(array);
      const [object] = readColumn(heap, buildColumn([record, null], arena(SEGMENTS[0]))) as [typeof record];
      expect(object["self"]).toBe(object);
    });
  });

  test("keep their depth", () => {
    withArenas((arena) => {
      let [read] = readColumn(heap, buildColumn([deep, [1]], arena(SEGMENTS[0])));
      let depth = 0;
      for (; typeof read === "object"; depth++)
        read = Array.isArray(read) ? read[0] : (read as { readonly deep: unknown }).deep;
      expect([read, depth]).toEqual(["core", 2000]);
    });
  });
});
