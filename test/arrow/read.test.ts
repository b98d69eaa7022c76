import { tableFromIPC, tableToIPC } from "apache-arrow";
import fc from "fast-check";
import { expect, test } from "vitest";
import { SharedHeap } from "../../src/memory/shared-heap.ts";
import { RUNS, readRows, tables } from "./support.ts";

test("tables that flechette wrote are read as they are", () => {
  const heap = SharedHeap.create({ limit: 16 << 20 });
  fc.assert(
    fc.property(tables, ({ bytes, rows }) => {
      expect(readRows(bytes, heap).flat()).toEqual(rows);
      expect(heap.used).toBe(0);
    }),
    { numRuns: RUNS * 3 },
  );
});

test("bytes may begin anywhere", () => {
  fc.assert(
    fc.property(tables, fc.integer({ min: 1, max: 7 }), ({ bytes, rows }, shift) => {
      const moved = new Uint8Array(bytes.length + shift);
      moved.set(bytes, shift);
      expect(readRows(moved.subarray(shift)).flat()).toEqual(rows);
    }),
    { numRuns: RUNS },
  );
});

test("tables that apache-arrow wrote are read as they are, whole and in part", () => {
  fc.assert(
    fc.property(
      tables,
      fc.constantFrom<"stream" | "file">("stream", "file"),
      fc.nat(),
      fc.nat(),
      ({ bytes, rows, names }, format, a, b) => {
        // It can neither write empty lists of lists, nor read two columns that share a dictionary.
        fc.pre(rows.length > 0 && names.filter((name) => /words|codes|few/.test(name)).length < 2);
        const table = tableFromIPC(bytes);
        expect(readRows(tableToIPC(table, format)).flat()).toEqual(rows);
        const from = a % rows.length;
        const to = from + 1 + (b % (rows.length - from));
        expect(readRows(tableToIPC(table.slice(from, to), format)).flat()).toEqual(rows.slice(from, to));
      },
    ),
    { numRuns: RUNS },
  );
});
