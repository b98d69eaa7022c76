import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Context } from "../../src/index.ts";

describe("the metrics of a job", () => {
  let sc: Context;
  let dir: string;
  beforeAll(async () => {
    sc = await Context.create({ master: "local[2]" });
    dir = mkdtempSync(join(tmpdir(), "gnista-"));
  });
  afterAll(async () => {
    rmSync(dir, { recursive: true });
    await sc.stop();
  });

  const last = () => sc.metrics().at(-1)!;

  it("count rows and bytes, read, shuffled and written, a stage", async () => {
    const keys = Uint32Array.from({ length: 10_000 }, (_, i) => i % 100);
    const values = Float64Array.from(keys, (_, i) => i);
    const pairs = sc.parallelizePairs(keys, values, 4);
    await pairs.reduceByKey((a, b) => a + b).collect();
    const { outcome, stages, totals, duration, peakMemory } = last();
    expect(outcome).toBe("succeeded");
    expect(stages.map(({ tasks, failedTasks, skipped }) => ({ tasks, failedTasks, skipped }))).toEqual([
      { tasks: 4, failedTasks: 0, skipped: false },
      { tasks: 4, failedTasks: 0, skipped: false },
    ]);
    expect(totals.rowsRead).toBe(10_000);
    expect(totals.bytesRead).toBe(10_000 * 12);
    expect(totals.shuffleRowsWritten).toBe(400);
    expect(totals.shuffleRowsRead).toBe(400);
    expect(totals.shuffleBytesWritten).toBeGreaterThanOrEqual(400 * 12);
    expect(totals.shuffleBytesRead).toBeGreaterThanOrEqual(400 * 12);
    expect(totals.rowsWritten).toBe(100);
    expect(totals.runTime).toBeGreaterThan(0);
    for (const stage of stages) {
      expect(stage.duration).toBeGreaterThan(0);
      expect(stage.duration).toBeLessThanOrEqual(duration);
    }
    expect(peakMemory).toBeGreaterThanOrEqual(10_000 * 12);

    // Without a combiner every row moves.
    await pairs.groupByKey().count();
    expect(last().totals.shuffleRowsWritten).toBe(10_000);
    expect(last().totals.shuffleBytesWritten).toBeGreaterThan(20 * totals.shuffleBytesWritten);
  });

  it("tell what came from the cache and which stages were skipped", async () => {
    const sums = sc
      .range(0, 1000, 1, 4)
      .map((x) => [x % 10, x] as [number, number])
      .reduceByKey((a, b) => a + b);
    await sums.count();
    await sums.count();
    expect(last().stages.map(({ skipped }) => skipped)).toEqual([true, false]);
    const kept = sc
      .range(0, 1000, 1, 4)
      .map((x) => x * 2)
      .persist();
    await kept.count();
    expect(last().totals.cacheHits).toBe(0);
    await kept.sum();
    expect(last().totals.cacheHits).toBe(4);
    expect(last().totals.rowsRead).toBe(1000);
    kept.unpersist();
  });

  it("count what is read of files of every kind", async () => {
    const text = join(dir, "a.txt");
    const lines = "one\ntwo\nthree\n".repeat(100);
    writeFileSync(text, lines);
    await sc.textFile(text).count();
    expect(last().totals.rowsRead).toBe(300);
    expect(last().totals.bytesRead).toBeGreaterThanOrEqual(lines.length - 300);
    await sc.wholeTextFiles(text).count();
    expect(last().totals).toMatchObject({ rowsRead: 1, bytesRead: lines.length });
    await sc.binaryFiles(text).count();
    expect(last().totals).toMatchObject({ rowsRead: 1, bytesRead: lines.length });
    await sc.binaryRecords(text, 7).count();
    expect(last().totals).toMatchObject({ rowsRead: lines.length / 7, bytesRead: lines.length });
    await sc.parallelize([{ a: 1 }, { a: 2 }], 2).saveAsObjectFile(join(dir, "objects"));
    await sc.objectFile(join(dir, "objects")).collect();
    expect(last().totals.rowsRead).toBe(2);
    expect(last().totals.bytesRead).toBeGreaterThan(0);
  });

  it("count failed tasks, and say how the job ended", async () => {
    const failing = sc.range(0, 4, 1, 4).map((x) => {
      if (x === 2) throw new Error("no");
      return x;
    });
    await expect(failing.count()).rejects.toThrow("no");
    expect(last().outcome).toBe("failed");
    expect(last().stages[0].failedTasks).toBe(4);
    await expect(sc.range(3).count({ signal: AbortSignal.abort() })).rejects.toThrow();
    expect(last().outcome).toBe("cancelled");
  });
});
