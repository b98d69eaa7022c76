/** Damaged data is an error that says where, or (where only values were hit, which Arrow does not protect) rows; never a crash, a hang or a leak. */
import * as flechette from "@uwdata/flechette";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GnistaError } from "../../src/errors.ts";
import { SharedHeap } from "../../src/memory/shared-heap.ts";
import { RUNS, readRows, tables, writeRows } from "./support.ts";

const heap = SharedHeap.create({ limit: 64 << 20 });
const CODES = ["CORRUPT_INPUT", "UNSUPPORTED_OPERATION", "OUT_OF_MEMORY"];

function codeOf(bytes: Uint8Array): string | null {
  try {
    readRows(bytes, heap);
    return null;
  } catch (error) {
    if (!GnistaError.is(error)) throw error;
    expect(CODES).toContain(error.code);
    if (error.code === "CORRUPT_INPUT") expect(error.place.offset).toBeGreaterThanOrEqual(0);
    return error.code;
  } finally {
    expect(heap.used).toBe(0);
  }
}

describe("damaged Arrow data", () => {
  test("that is cut off anywhere is corrupt, or ends after a whole batch", () => {
    fc.assert(
      fc.property(tables, fc.nat(), ({ bytes, rows }, cut) => {
        const length = cut % bytes.length;
        const part = bytes.slice(0, length);
        const code = codeOf(part);
        if (code === null) {
          // A stream may end without its end mark.
          const read = readRows(part, heap).flat();
          expect(read).toEqual(rows.slice(0, read.length));
        } else expect(code).toBe("CORRUPT_INPUT");
      }),
      { numRuns: RUNS * 3 },
    );
  });

  test("with bytes changed anywhere does not crash", () => {
    fc.assert(
      fc.property(
        tables,
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }),
        ({ bytes }, changes) => {
          const damaged = bytes.slice();
          for (const [at, value] of changes) damaged[at % bytes.length] = value;
          codeOf(damaged);
        },
      ),
      { numRuns: RUNS * 10 },
    );
  });

  test("with offsets, codes or text that cannot be is corrupt", () => {
    const bytes = writeRows([["ab", "cdé"]]);
    const find = (...wanted: number[]): number =>
      bytes.findIndex((_, i) => wanted.every((byte, k) => bytes[i + k] === byte));
    const changed = (at: number, value: number): Uint8Array => bytes.with(at, value);
    const offsets = find(0, 0, 0, 0, 2, 0, 0, 0, 6, 0, 0, 0);
    const text = find(97, 98, 99);
    expect(codeOf(bytes)).toBe(null);
    expect(codeOf(changed(offsets + 4, 7))).toBe("CORRUPT_INPUT");
    expect(codeOf(changed(offsets + 8, 100))).toBe("CORRUPT_INPUT");
    expect(codeOf(changed(offsets + 11, 200))).toBe("CORRUPT_INPUT");
    expect(codeOf(changed(text, 0xff))).toBe("CORRUPT_INPUT");
    // The border between two strings inside of a character.
    expect(
      codeOf(writeRows([["é", "x"]]).map((byte, i, all) => (byte === 2 && all[i + 4] === 3 ? 1 : byte))),
    ).toBe("CORRUPT_INPUT");
  });

  test.each([
    ["nothing", Uint8Array.of()],
    ["text", new TextEncoder().encode("name,age\nx,3\n")],
    ["zeros", new Uint8Array(64)],
    ["an end without a schema", Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0)],
    ["only the magic of a file", new TextEncoder().encode("ARROW1\0\0")],
    ["a stream with more behind its end", Uint8Array.from([...writeRows([[1]]), 0, 0, 0])],
  ])("such as %s is corrupt", (_, bytes) => {
    expect(codeOf(bytes)).toBe("CORRUPT_INPUT");
  });
});

describe("what has no column", () => {
  const tableOf = (type: flechette.DataType, values: unknown[], name = "x"): Uint8Array =>
    flechette.tableToIPC(
      flechette.tableFromColumns({ [name]: flechette.columnFromArray(values, type) }),
      {},
    )!;

  test.each([
    ["Decimal", flechette.decimal(10, 2), [1.5]],
    ["Time", flechette.timeMillisecond(), [1]],
    ["Duration", flechette.duration(), [1n]],
    ["Interval", flechette.interval(), [[1, 2, 3n]]],
    ["Map", flechette.map(flechette.utf8(), flechette.int32()), [[["a", 1]]]],
  ])("%s is refused with the column's name", (name, type, values) => {
    expect(() => readRows(tableOf(type, values, "price"), heap)).toThrow(
      expect.objectContaining({
        code: "UNSUPPORTED_OPERATION",
        message: expect.stringContaining(`"price" of the table has the type ${name}`),
      }),
    );
    const inside = flechette.list(flechette.struct({ deep: type }));
    expect(() => readRows(tableOf(inside, [[{ deep: values[0] }]]), heap)).toThrow(
      /"deep" of "" has the type/,
    );
  });

  test("days beyond what a Date can be are refused", () => {
    const bytes = tableOf(flechette.int32(), [2 ** 31 - 1]);
    expect(readRows(bytes).flat()).toEqual([{ x: 2 ** 31 - 1 }]);
    const days = flechette.tableToIPC(
      flechette.tableFromColumns({
        x: flechette.columnFromArray([new Date(8.64e15 + 1).getTime() || 0], flechette.dateDay()),
      }),
      {},
    )!;
    expect(readRows(days).flat()).toEqual([{ x: new Date(0) }]);
  });
});
