/** Map outputs that are kept for later jobs, and jobs that need the memory: outputs go to disk, and are read from there instead of being made again. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Context, type RDD } from "../../src/index.ts";
import type { GnistaEvent } from "../../src/scheduler/events.ts";
import { eventsOf, filesIn, usedAfter } from "./support.ts";

const RUNS = Number(process.env["GNISTA_TEST_RUNS"] ?? 100);
const MIB = 1 << 20;
/** Of what lies in memory as a whole. */
const ROWS = 360_000;

const directory = mkdtempSync(join(tmpdir(), "gnista-outputs-"));
afterAll(() => rmSync(directory, { recursive: true }));

type Pairs = RDD<[unknown, number]>;

/** Sums of halves and thirds, so that another order of adding would show. */
const kinds: Readonly<Record<string, (sc: Context, rows: number, mod: number) => Pairs>> = {
  "sums by number": (sc, rows, mod) =>
    pairs(sc, rows, (x) => x % mod).reduceByKey((a, b) => a + b, 3) as Pairs,
  "sums by string": (sc, rows, mod) =>
    pairs(sc, rows, (x) => `key ${x % mod}`).reduceByKey((a, b) => a + b, 3) as Pairs,
  "sums by function": (sc, rows, mod) =>
    pairs(sc, rows, (x) => x % mod).reduceByKey((a, b) => Number(`${a + b}`), 3) as Pairs,
  groups: (sc, rows, mod) =>
    pairs(sc, rows, (x) => `key ${x % mod}`)
      .groupByKey(3)
      .mapValues((values) => [...values].reduce((a, b) => a + b)) as Pairs,
  sorted: (sc, rows, mod) => pairs(sc, rows, (x) => x % mod).sortByKey(false, 3) as Pairs,
  "sorted by string": (sc, rows, mod) => pairs(sc, rows, (x) => `key ${x % mod}`).sortByKey(true, 3) as Pairs,
  moved: (sc, rows, mod) => pairs(sc, rows, (x) => `${x % mod}`).repartition(3) as Pairs,
};

function pairs<K>(sc: Context, rows: number, key: (x: number) => K, partitions = 4): RDD<[K, number]> {
  return sc.range(0, rows, 1, partitions).map((x) => [key(x), x / 3] as [K, number]);
}

/** A task that needs so many bytes in one piece. */
async function large(sc: Context, bytes: number): Promise<void> {
  const length = Math.floor(bytes / 8);
  const arrays = sc.range(0, 1, 1, 1).map(() => new Float64Array(length).fill(7));
  expect((await arrays.collect())[0][length - 1]).toBe(7);
}

/** What was evicted, and the tasks of stages that were run. */
function summary(events: readonly GnistaEvent[]): { evicted: number; stages: number[]; skipped: number } {
  return {
    evicted: events.reduce((sum, e) => sum + (e.type === "mapOutputEvicted" ? e.bytes : 0), 0),
    stages: events.flatMap((e) => (e.type === "stageStart" ? [e.tasks] : [])),
    skipped: events.filter((e) => e.type === "stageSkipped").length,
  };
}

describe.each(["local", "local[1]", "local[2]"])("map outputs on %s", (master) => {
  let sc: Context;
  let base: number;
  beforeEach(async () => {
    sc = await Context.create({ master, memory: "24m", conf: { "spark.local.dir": directory } });
    base = sc.engine.heap.used;
  });
  afterEach(async () => {
    await sc.stop();
    expect(readdirSync(directory)).toEqual([]);
  });

  async function nothingLeft(): Promise<void> {
    expect(await usedAfter(sc, base)).toBe(base);
    await vi.waitFor(() => {
      globalThis.gc?.();
      expect(filesIn(directory)).toEqual([]);
    }, 5000);
  }

  it("go to disk for a job that needs their memory, and are read from there", async () => {
    await (async () => {
      const groups = pairs(sc, ROWS, (x) => x % 1000, 12).partitionBy(3);
      const sum = (ROWS * (ROWS - 1)) / 6;
      const before = await groups.values().sum();
      expect(before / sum).toBeCloseTo(1, 12);
      const kept = sc.engine.heap.used - base;
      expect(kept).toBeGreaterThan(5 * MIB);
      expect(filesIn(directory)).toEqual([]);
      const needing = summary(await eventsOf(sc, () => large(sc, 20 * MIB)));
      expect(needing.evicted).toBeGreaterThan(0);
      expect(filesIn(directory).length).toBeGreaterThan(0);
      expect(sc.engine.heap.used - base).toBe(kept - needing.evicted);
      const again = await eventsOf(sc, async () => expect(await groups.values().sum()).toBe(before));
      expect(summary(again)).toEqual({ evicted: 0, stages: [3], skipped: 1 });
    })();
    await nothingLeft();
  });

  it("go to disk for a second shuffle of the job that will read them", async () => {
    const left = pairs(sc, ROWS, (x) => x % 1000, 12).partitionBy(3);
    const right = sc
      .range(0, 1, 1, 1)
      .map((x) => [x - 1, new Float64Array((9 * MIB) / 8)] as [number, Float64Array]);
    const joined = left.leftOuterJoin(right, 3);
    const events = await eventsOf(sc, async () => expect(await joined.count()).toBe(ROWS));
    expect(summary(events)).toMatchObject({ skipped: 0, stages: [12, 1, 3] });
    expect(summary(events).evicted).toBeGreaterThan(MIB);
  });

  it("whatever the shuffle and the order of jobs: the same results to the last bit, each map stage once", async () => {
    const step = fc.record({
      do: fc.constantFrom("make", "make", "read", "read", "read", "large", "large", "both", "let go"),
      kind: fc.constantFrom(...Object.keys(kinds)),
      at: fc.nat(),
      rows: fc.integer({ min: 1000, max: 100_000 }),
      mod: fc.constantFrom(7, 1000, 70_000),
    });
    type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
    const program = async (steps: readonly Step[]): Promise<void> => {
      const made: { readonly rdd: Pairs; readonly rows: [unknown, number][] }[] = [];
      const read = async (at: number): Promise<void> => {
        const { rdd, rows } = made[at % made.length];
        const events = await eventsOf(sc, async () => expect(await rdd.collect()).toEqual(rows));
        expect(summary(events)).toMatchObject({ stages: [3], skipped: 1 });
      };
      for (const { do: what, kind, at, rows, mod } of steps)
        if (what === "make") {
          const rdd = kinds[kind](sc, rows, mod);
          const result = await rdd.collect();
          expect(result.reduce((sum, [, x]) => sum + x, 0) / ((rows * (rows - 1)) / 6)).toBeCloseTo(1, 9);
          made.push({ rdd, rows: result });
        } else if (what === "large") await large(sc, 19 * MIB);
        else if (made.length === 0) continue;
        else if (what === "read") await read(at);
        else if (what === "let go") made.splice(at % made.length, 1);
        else {
          const { rdd, rows: expected } = made[at % made.length];
          const [collected] = await Promise.all([rdd.collect(), large(sc, 15 * MIB)]);
          expect(collected).toEqual(expected);
        }
    };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), async (steps) => {
        await program(steps);
        await nothingLeft();
      }),
      { numRuns: Math.ceil(RUNS / 10), endOnFailure: true },
    );
  });
});

it.each(["local", "local[2]"])("stay in memory on %s when they cannot be written to disk", async (master) => {
  const conf = { "spark.local.dir": "/dev/null/nowhere" };
  await using sc = await Context.create({ master, memory: "24m", conf });
  const groups = pairs(sc, ROWS, (x) => x % 1000, 12).partitionBy(3);
  const sum = await groups.values().sum();
  const kept = sc.engine.heap.used;
  await expect(large(sc, 20 * MIB)).rejects.toMatchObject({
    code: "JOB_FAILED",
    cause: { code: "OUT_OF_MEMORY" },
  });
  expect(await usedAfter(sc, kept)).toBe(kept);
  const again = await eventsOf(sc, async () => expect(await groups.values().sum()).toBe(sum));
  expect(summary(again)).toEqual({ evicted: 0, stages: [3], skipped: 1 });
});
