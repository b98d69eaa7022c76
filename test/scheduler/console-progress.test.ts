import { describe, expect, it } from "vitest";
import { progressLine, type StageProgress } from "../../src/scheduler/console-progress.ts";

const stage = (more: Partial<StageProgress> = {}): StageProgress => ({
  name: "reduceByKey at app.ts:7:4",
  tasks: 8,
  done: 2,
  running: 2,
  rows: 3_000_000,
  since: 1000,
  ...more,
});

describe("progressLine", () => {
  it("shows the stage, a bar, tasks, rows a second and memory", () => {
    const line = progressLine([stage()], 240e6, 3000, 100);
    expect(line).toMatch(/^\[reduceByKey at app\.ts:7:4 =+> +\(2 \+ 2\) \/ 8\] {2}1\.5 M rows\/s {2}240 MB$/);
    expect(line).toHaveLength(99);
  });

  it("fills the bar when all is done, and leaves the rate out when there is none", () => {
    expect(progressLine([stage({ done: 8, running: 0, rows: 0 })], 0, 3000, 80)).toMatch(
      /=\s\(8 \+ 0\) \/ 8\] {2}0 B$/,
    );
  });

  it("has small numbers without a prefix", () => {
    expect(progressLine([stage({ rows: 4 })], 512, 3000, 80)).toMatch(/ {2}2 rows\/s {2}512 B$/);
  });

  it("never outgrows the terminal", () => {
    for (const columns of [20, 40, 80])
      expect(
        progressLine([stage(), stage({ name: "x".repeat(200) })], 1e9, 2000, columns).length,
      ).toBeLessThan(columns);
  });
});
