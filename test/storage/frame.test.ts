import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, it } from "vitest";
import { buildColumn } from "../../src/column/builder.ts";
import type { Column } from "../../src/column/column.ts";
import { dictionaryFromStrings } from "../../src/column/dictionary.ts";
import { readColumn } from "../../src/column/reader.ts";
import { sameDictionary } from "../../src/column/same-dictionary.ts";
import { sliceColumn } from "../../src/column/slice.ts";
import { columnFromTypedArray } from "../../src/column/typed-array.ts";
import { GnistaError } from "../../src/errors.ts";
import { createCompute } from "../../src/kernels/create-compute.ts";
import type { Arena } from "../../src/memory/arena.ts";
import { SharedHeap } from "../../src/memory/shared-heap.ts";
import { DiskFiles } from "../../src/storage/disk-files.ts";
import { FrameReader, type FrameRef, FrameWriter } from "../../src/storage/frame.ts";
import { difference, RUNS, rowsOfOneShape } from "../column/values.ts";

const directory = mkdtempSync(join(tmpdir(), "gnista-frame-"));
afterAll(() => rmSync(directory, { recursive: true }));
const heap = SharedHeap.create({ limit: 128 << 20 });
const compute = createCompute(heap, "wasm");
const files = new DiskFiles(directory, 0);

/** Writes columns and gives back what reads them; all memory goes at the end. */
function withFile(
  make: (arena: Arena) => readonly Column[],
  check: (
    refs: readonly FrameRef[],
    columns: readonly Column[],
    read: (ref: FrameRef) => Column,
    path: string,
  ) => void,
): void {
  const arena = heap.arena();
  const out = heap.arena();
  const file = files.create();
  try {
    const columns = make(arena);
    const writer = new FrameWriter(compute, file);
    const refs = columns.map((column) => writer.write(column));
    file.close();
    const reader = new FrameReader(compute, files, file.name, () => out);
    check(refs, columns, (ref) => reader.read(ref, out), file.path);
  } finally {
    files.remove(file.name);
    arena.release();
    out.release();
  }
}

it("gives back what was written, whatever the values, and slices of it", () => {
  fc.assert(
    fc.property(
      fc.array(rowsOfOneShape(2), { minLength: 1, maxLength: 3 }),
      fc.nat(),
      fc.nat(),
      (tables, a, b) => {
        withFile(
          (arena) =>
            tables.flatMap((rows) => {
              const column = buildColumn(rows, arena);
              const [from, to] = [a % (rows.length + 1), b % (rows.length + 1)].sort((x, y) => x - y);
              return [column, sliceColumn(heap, column, from, to, arena)];
            }),
          (refs, columns, read) => {
            refs.forEach((ref, i) => {
              const back = read(ref);
              expect(back.type).toEqual(columns[i].type);
              expect(difference(readColumn(heap, back), readColumn(heap, columns[i]))).toBe(null);
            });
          },
        );
      },
    ),
    { numRuns: RUNS },
  );
  expect(heap.used).toBe(0);
});

it("gives back columns of many megabytes, compressed or not", () => {
  const rows = 1_500_000;
  const column = (arena: Arena, value: (i: number) => number): Column =>
    columnFromTypedArray(
      Float64Array.from({ length: rows }, (_, i) => value(i)),
      arena,
    );
  withFile(
    (arena) => [column(arena, Math.sqrt), column(arena, (i) => i % 1000), column(arena, (i) => 1 / (i + 1))],
    (refs, columns, read) => {
      refs.forEach((ref, i) => {
        expect(readColumn(heap, read(ref))).toEqual(readColumn(heap, columns[i]));
      });
    },
  );
});

it("writes a dictionary once for all columns that have it, and columns share it again", () => {
  withFile(
    (arena) => {
      const words = Array.from({ length: 5000 }, (_, i) => `word ${i % 500}`);
      const column = { ...dictionaryFromStrings(words, arena) };
      const [{ lasting: _, ...dictionary }] = column.children;
      const plain = { ...column, children: [dictionary] };
      return [sliceColumn(heap, plain, 0, 2000, arena), sliceColumn(heap, plain, 2000, 5000, arena)];
    },
    (refs, columns, read) => {
      const back = refs.map(read);
      expect(back.map((column) => readColumn(heap, column))).toEqual(
        columns.map((column) => readColumn(heap, column)),
      );
      expect(sameDictionary(back)).toBe(true);
    },
  );
});

it("says BLOCK_LOST, with file and place, for every byte that is wrong or missing", () => {
  withFile(
    (arena) => [
      buildColumn(
        Array.from({ length: 40 }, (_, i) => [`key ${i}`, i * 0.5] as const),
        arena,
      ),
    ],
    ([ref], [column], read, path) => {
      const whole = readFileSync(path);
      for (let at = 0; at < whole.length; at++) {
        const damaged = Buffer.from(whole);
        damaged[at] ^= 1 << (at % 8);
        writeFileSync(path, damaged);
        expect(code(() => read(ref))).toBe("BLOCK_LOST");
        writeFileSync(path, whole.subarray(0, at));
        expect(code(() => read(ref))).toBe("BLOCK_LOST");
      }
      writeFileSync(path, whole);
      expect(readColumn(heap, read(ref))).toEqual(readColumn(heap, column));
    },
  );
  expect(heap.used).toBe(0);
});

function code(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (GnistaError.is(error)) return error.code;
    throw error;
  }
  return "no error";
}
