import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { planByteSplits } from "../../src/io/byte-splits.ts";
import { objectFileBlocks, readObjects } from "../../src/io/object-file.ts";

const RUNS = Number(process.env["GNISTA_TEST_RUNS"] ?? 100);
const folder = mkdtempSync(join(tmpdir(), "gnista-objects-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(bytes: Uint8Array): string {
  const path = join(folder, "objects");
  writeFileSync(path, bytes);
  return path;
}

function read(path: string, splits = 1): unknown[] {
  const files = [{ path, size: statSync(path).size }];
  return planByteSplits(files, splits, () => true).flatMap((split) => [...readObjects(split)].flat());
}

const written = (batches: readonly (readonly unknown[])[]): Buffer =>
  Buffer.concat([...objectFileBlocks(batches)]);

describe("object files", () => {
  it("hold any rows, for any number of splits", () => {
    const row = fc.oneof(
      fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true }),
    );
    const batches = fc.array(fc.array(row, { minLength: 1, maxLength: 5 }), { maxLength: 6 });
    fc.assert(
      fc.property(batches, fc.integer({ min: 1, max: 9 }), (rows, splits) => {
        const path = file(written(structuredClone(rows)));
        expect(read(path, splits)).toEqual(structuredClone(rows.flat()));
      }),
      { numRuns: RUNS },
    );
  });

  it("are read in parallel", () => {
    const path = file(
      written(Array.from({ length: 40 }, (_, i) => Array.from({ length: 100 }, (_x, k) => i * 100 + k))),
    );
    const files = [{ path, size: statSync(path).size }];
    const parts = planByteSplits(files, 4, () => true).map((split) => [...readObjects(split)].flat().length);
    expect(parts.length).toBe(4);
    expect(Math.min(...parts)).toBeGreaterThan(500);
    expect(parts.reduce((a, b) => a + b)).toBe(4000);
  });

  it("that are cut off anywhere are an error with file and offset", () => {
    const bytes = written([["a", 1n], [null], [{ x: [1, 2] }]]);
    for (let cut = 0; cut < bytes.length; cut++)
      for (const splits of [1, 3]) {
        const path = file(bytes.subarray(0, cut));
        expect(() => read(path, splits), `cut at ${cut}`).toThrow(
          expect.objectContaining({
            code: "CORRUPT_INPUT",
            message: expect.stringContaining(path),
            place: { file: path, offset: expect.any(Number) },
          }),
        );
      }
    expect(() => read(file(Buffer.concat([bytes, bytes])))).toThrow(
      expect.objectContaining({ code: "CORRUPT_INPUT" }),
    );
  });

  it("that are changed anywhere are an error", () => {
    const bytes = written([["a", 1n], [null], [{ x: [1, 2] }]]);
    for (let at = 0; at < bytes.length; at++)
      for (const change of [1, 0x80, 0xff]) {
        const damaged = Buffer.from(bytes);
        damaged[at] ^= change;
        for (const splits of [1, 3])
          expect(() => read(file(damaged), splits), `byte ${at}`).toThrow(
            expect.objectContaining({ code: "CORRUPT_INPUT" }),
          );
      }
    expect(read(file(bytes))).toEqual(["a", 1n, null, { x: [1, 2] }]);
    expect(readFileSync(file(written([]))).length).toBeGreaterThan(0);
  });
});
