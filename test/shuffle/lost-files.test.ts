/** Files of shuffles and of tasks that are deleted or damaged: what was in them is made again, and nothing else. */
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { Context, type RDD, TaskContext } from "../../src/index.ts";
import type { GnistaEvent } from "../../src/scheduler/events.ts";
import { eventsOf, filesIn } from "../scheduler/support.ts";

const directory = mkdtempSync(join(tmpdir(), "gnista-lost-"));
afterAll(() => rmSync(directory, { recursive: true }));

const ROWS = 150_000;
const SUM = (ROWS * (ROWS - 1)) / 2;

const ways: readonly [string, (path: string) => void][] = [
  ["deleted", (path) => rmSync(path)],
  ["cut", (path) => writeFileSync(path, "")],
  ["overwritten", (path) => writeFileSync(path, Buffer.alloc(statSync(path).size, 7))],
];

const failures = (events: readonly GnistaEvent[]): (string | null)[] =>
  events.flatMap((e) => (e.type === "taskEnd" && e.outcome !== "succeeded" ? [e.message] : []));
const LOST = /a block on disk cannot be read back/;

describe.each(["local", "local[2]"])("a file on %s", (master) => {
  let sc: Context;
  beforeEach(async () => {
    const conf = { "spark.local.dir": directory };
    sc = await Context.create({ master, memory: "16m", conf });
  });
  afterEach(async () => {
    await sc.stop();
    expect(readdirSync(directory)).toEqual([]);
  });
  const pairs = (): RDD<[string, number]> =>
    sc.range(0, ROWS, 1, 3).map((x) => [`key ${x % 40_000}`, x] as [string, number]);

  it.each(ways)("of a map output that is %s: its task runs again, alone", async (_, spoil) => {
    const sizes = pairs()
      .groupByKey(2)
      .map(([, xs]) => xs.reduce((a, b) => a + b, 0));
    expect(await sizes.sum()).toBe(SUM);
    const files = filesIn(directory);
    expect(files.length).toBe(3);
    spoil(files[1]);
    const events = await eventsOf(sc, async () => expect(await sizes.sum()).toBe(SUM));
    const attempts = events.flatMap((e) => (e.type === "stageStart" ? [[e.attempt, e.tasks]] : []));
    // The reduce stage, the one lost map task, and the reduce stage again for what had not ended.
    expect(attempts.slice(0, 2)).toEqual([
      [0, 2],
      [0, 1],
    ]);
    expect(attempts.slice(2).map(([attempt]) => attempt)).toEqual([1]);
    for (const message of failures(events)) expect(message).toMatch(LOST);
    expect(await sizes.sum()).toBe(SUM);
  });

  const gathering: Readonly<Record<string, () => RDD<[string, number]>>> = {
    sorting: () => pairs().sortByKey(true, 1),
    grouping: () =>
      pairs()
        .groupByKey(1)
        .flatMapValues((xs) => xs),
    joining: () =>
      pairs()
        .join(
          sc.range(0, 40_000, 1, 2).map((x) => [`key ${x}`, x] as [string, number]),
          1,
        )
        .mapValues(([x]) => x),
  };

  describe.each(Object.entries(gathering))("of a task's own, %s,", (_, gathered) => {
    it.each(["deleted", "cut", "overwritten"])("that is %s: the task is tried again", async (how) => {
      const rows = gathered();
      expect(await rows.count()).toBe(ROWS);
      const others = filesIn(directory);
      const spoilt = rows.mapPartitions(function* (all) {
        const fs = process.getBuiltinModule("node:fs");
        let first = TaskContext.get()!.attemptNumber() === 0;
        for (const row of all) {
          if (first)
            for (const entry of fs.readdirSync(directory, { recursive: true, withFileTypes: true })) {
              const path = `${entry.parentPath}/${entry.name}`;
              if (!entry.isFile() || others.includes(path)) continue;
              if (how === "deleted") fs.rmSync(path);
              else fs.writeFileSync(path, how === "cut" ? "" : Buffer.alloc(fs.statSync(path).size, 7));
            }
          first = false;
          yield row;
        }
      }, true);
      const events = await eventsOf(sc, async () => expect(await spoilt.values().sum()).toBe(SUM));
      expect(failures(events)).toEqual([expect.stringMatching(LOST)]);
      expect(events.filter((e) => e.type === "stageStart" && e.attempt > 0)).toEqual([]);
    });
  });
});
