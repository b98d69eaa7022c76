import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { Context } from "../../src/index.ts";
import { progressLine, type StageProgress, showProgress } from "../../src/scheduler/console-progress.ts";
import { until } from "./support.ts";

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

describe("the progress of a job", () => {
  it("is drawn on the terminal while it runs, with tasks, rows a second and memory, and wiped in the end", async () => {
    await using sc = await Context.create({ master: "local[2]" });
    const written: string[] = [];
    const stop = showProgress(
      sc.events,
      { columns: 120, write: (text: string) => written.push(text) },
      () => sc.engine.heap.used,
    );
    const gate = sc.broadcast(new Int32Array(new SharedArrayBuffer(4)));
    const counted = sc
      .range(0, 4000, 1, 4)
      .map((x) => {
        if (x === 3000) Atomics.wait(gate.value, 0, 0);
        return x;
      })
      .count();
    const wanted =
      /\[K\[map at .*console-progress\.test\.ts\S* =+> *\(3 \+ 1\) \/ 4\] {2}[\d.]+( k)? rows\/s {2}[\d.]+ k?B$/;
    await until(() => written.some((line) => wanted.test(line)));
    Atomics.store(gate.value, 0, 1);
    Atomics.notify(gate.value, 0);
    expect(await counted).toBe(4000);
    expect(written.at(-1)).toBe("\r\x1b[K");
    const { length } = written;
    await sc.range(0, 100, 1, 4).count();
    expect(written).toHaveLength(length);
    stop();
  });

  it("is silent where there is no terminal", () => {
    const index = JSON.stringify(pathToFileURL(resolve("src/index.ts")).href);
    const program = `import { Context } from ${index};
const sc = await Context.create({ master: "local[2]" });
await sc.range(0, 2, 1, 2).map((x) => { const end = Date.now() + 900; while (Date.now() < end); return x; }).count();
await sc.stop();`;
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      ["--no-warnings", "--input-type=module", "-e", program],
      {
        encoding: "utf8",
        timeout: 20_000,
      },
    );
    expect({ stdout, stderr, status }).toEqual({ stdout: "", stderr: "", status: 0 });
  });
});
