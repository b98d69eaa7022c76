import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planWholeFiles } from "../../src/io/whole-files.ts";

const RUNS = Number(process.env["GNISTA_TEST_RUNS"] ?? 100);
const entries = (sizes: readonly number[]): { path: string; size: number }[] =>
  sizes.map((size, i) => ({ path: String(i), size }));

describe("groups of whole files", () => {
  it("have all files in order, none is empty, and there are as many as were asked for if there are files", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000)), fc.integer({ min: 0, max: 20 }), (sizes, n) => {
        const groups = planWholeFiles(entries(sizes), n);
        expect(groups.flat()).toEqual(sizes.map((_, i) => String(i)));
        expect(groups.every((group) => group.length > 0)).toBe(true);
        expect(groups.length).toBe(Math.min(sizes.length, Math.max(1, n)));
      }),
      { numRuns: RUNS },
    );
  });

  it("are about as large as each other", () => {
    expect(planWholeFiles(entries([1, 1, 1, 9]), 2)).toEqual([["0", "1", "2"], ["3"]]);
    expect(planWholeFiles(entries([9, 1, 1, 1]), 2)).toEqual([["0"], ["1", "2", "3"]]);
    expect(planWholeFiles(entries(Array.from({ length: 100 }, () => 5)), 4).map((g) => g.length)).toEqual([
      25, 25, 25, 25,
    ]);
  });

  it("are more where files are large", () => {
    const groups = planWholeFiles(entries(Array.from({ length: 10 }, () => 100 << 20)), 2);
    expect(groups.map((group) => group.length)).toEqual(Array.from({ length: 10 }, () => 1));
  });
});
