/** Every storage level, on the driver's thread and on workers: what is kept where, and that it comes back as it was. */
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Context, StorageLevel } from "../../src/index.ts";
import type { GnistaEvent } from "../../src/scheduler/events.ts";
import { eventsOf, filesAfter, filesIn, usedAfter } from "../scheduler/support.ts";

const LEVELS = Object.entries(StorageLevel).filter(([name]) => name !== "NONE");
const ROWS = 40_000;

const rowOf = (x: number): unknown =>
  x % 3 === 0
    ? { x, text: x % 5 === 0 ? null : `row ${x % 100}` }
    : { x, text: `row ${x}`, list: [x, x / 3] };

const expected = Array.from({ length: ROWS }, (_, x) => rowOf(x));

for (const master of ["local", "local[2]"])
  describe(`storage levels on ${master}`, () => {
    let sc: Context;
    let directory: string;
    let base: number;
    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), "gnista-levels-"));
      sc = await Context.create({ master, memory: "64m", conf: { "spark.local.dir": directory } });
      await sc.range(0, 100, 1, 4).count();
      base = sc.engine.heap.used;
    });
    afterEach(async () => expect(await filesAfter(directory)).toEqual([]));
    afterAll(async () => {
      await sc.stop();
      expect(readdirSync(directory)).toEqual([]);
      await rm(directory, { recursive: true });
    });

    it.each(LEVELS)("%s keeps what was computed once, and gives all back", async (_, level) => {
      const computed = sc.longAccumulator();
      const kept = sc
        .range(0, ROWS, 1, 4)
        .mapPartitions((all) => {
          computed.add(1);
          return all;
        })
        .map(rowOf)
        .persist(level);
      const events = await eventsOf(sc, async () => {
        expect(await kept.count()).toBe(ROWS);
        for (let i = 0; i < 2; i++) expect(isDeepStrictEqual(await kept.collect(), expected)).toBe(true);
        expect(await kept.take(3)).toEqual(expected.slice(0, 3));
      });
      expect(computed.value).toBe(4);
      const where = level.useMemory ? "memory" : "disk";
      const stored = events.filter((event) => event.type === "blockStored");
      expect(stored.map((event) => event.where)).toEqual(
        new Array<string>(4 * level.replication).fill(where),
      );
      const info = sc.getRDDStorageInfo().find(({ id }) => id === kept.id)!;
      expect(info.numCachedPartitions).toBe(4);
      expect(info.memSize > 0).toBe(level.useMemory);
      expect(info.diskSize > 0).toBe(!level.useMemory);
      expect(filesIn(directory).length).toBe(level.useMemory ? 0 : 4 * level.replication);
      const { memory, disk } = sc.metrics().at(-1)!.cached;
      expect([memory > 0, disk > 0]).toEqual([level.useMemory, !level.useMemory]);
      expect(kept.toDebugString().split("\n")[1]).toMatch(
        /^ \| {7}CachedPartitions: 4; MemorySize: [\d.]+ \w+; DiskSize: [\d.]+ \w+$/,
      );
      kept.unpersist();
      expect(await usedAfter(sc, base)).toBe(base);
      expect(await filesAfter(directory)).toEqual([]);
      expect(await kept.count()).toBe(ROWS);
      expect(computed.value).toBe(8);
    });

    it.each(LEVELS)("%s keeps partitions without rows", async (_, level) => {
      const kept = sc
        .range(0, 10, 1, 3)
        .filter((x) => x > 100)
        .persist(level);
      expect(await kept.collect()).toEqual([]);
      expect(await kept.collect()).toEqual([]);
      expect(sc.engine.storage(kept.node).partitions).toBe(3);
      kept.unpersist();
    });

    it.each(LEVELS)("%s: sums are the same bits, computed or read", async (_, level) => {
      const thirds = sc.range(0, 1_300_000, 1, 2).map((x) => x / 3);
      const first = thirds.persist(level);
      const sum = await first.sum();
      expect(await first.sum()).toBe(sum);
      first.unpersist();
    });

    const onDisk: [string, (path: string) => void][] = [
      ["deleted", (path) => rmSync(path)],
      ["cut", (path) => writeFileSync(path, "")],
      ["overwritten", (path) => writeFileSync(path, Buffer.alloc(1 << 20, 7))],
    ];

    it.each(onDisk)("a file that was %s is computed again, and only it", async (_, spoil) => {
      const computed = sc.longAccumulator();
      const kept = sc
        .range(0, ROWS, 1, 4)
        .mapPartitions((all) => {
          computed.add(1);
          return all;
        })
        .persist(StorageLevel.DISK_ONLY);
      await kept.count();
      spoil(filesIn(directory)[0]);
      const events = await eventsOf(sc, async () => {
        expect(await kept.sum()).toBe((ROWS * (ROWS - 1)) / 2);
      });
      expect(computed.value).toBe(5);
      expect(dropped(events)).toEqual(["disk lost"]);
      expect(await kept.sum()).toBe((ROWS * (ROWS - 1)) / 2);
      expect(computed.value).toBe(5);
      kept.unpersist();
    });

    it.each(onDisk)("a copy that was %s is read from another and made again", async (_, spoil) => {
      const computed = sc.longAccumulator();
      const kept = sc
        .range(0, ROWS, 1, 4)
        .mapPartitions((all) => {
          computed.add(1);
          return all;
        })
        .persist(StorageLevel.DISK_ONLY_2);
      await kept.count();
      // Each partition's first copy is named in the order in which they were made.
      for (const path of filesIn(directory).slice(0, 3)) spoil(path);
      for (let i = 0; i < 2; i++) expect(await kept.sum()).toBe((ROWS * (ROWS - 1)) / 2);
      kept.unpersist();
      expect(await filesAfter(directory)).toEqual([]);
      expect(computed.value).toBeLessThanOrEqual(5);
    });
  });

function dropped(events: readonly GnistaEvent[]): string[] {
  return events.flatMap((event) => (event.type === "blockDropped" ? [`${event.where} ${event.reason}`] : []));
}
