/**
 * What a context has to stand for hours, in minutes: contexts that come and go, workers that die, jobs that are cancelled, datasets beyond its
 * memory. After each storm results are right, the heap is as empty as before, and the process has not grown.
 */
import { describe, expect, it } from "vitest";
import { Context, type RDD } from "../../src/index.ts";
import { sleep, usedAfter } from "../scheduler/support.ts";

const ROUNDS = Number(process.env["GNISTA_TEST_RUNS"] ?? 100);
const TIMEOUT = 3_600_000;
const MB = 2 ** 20;

/** Resident bytes once what can go has gone. */
async function resident(): Promise<number> {
  for (let i = 0; i < 10; i++) {
    globalThis.gc?.();
    await sleep(20);
  }
  return process.memoryUsage.rss();
}

/** A generator of numbers below 1 that is the same in every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const pairsOf = (sc: Context, rows: number, partitions = 4): RDD<[number, number]> =>
  sc.range(0, rows, 1, partitions).map((x) => [x % 997, x] as [number, number]);

describe("storms", () => {
  it("contexts come and go, and the process does not grow", { timeout: TIMEOUT }, async () => {
    const round = async (): Promise<void> => {
      await using sc = await Context.create({ master: "local[2]", memory: "256mb" });
      const kept = pairsOf(sc, 1_000_000).persist();
      expect(await kept.count()).toBe(1_000_000);
      expect(await kept.reduceByKey((a, b) => a + b).count()).toBe(997);
    };
    for (let i = 0; i < 5; i++) await round();
    const before = await resident();
    for (let i = 0; i < Math.ceil(ROUNDS / 5); i++) await round();
    expect((await resident()) - before).toBeLessThan(150 * MB);
  });

  it("workers die all the time, and every job gets its result", { timeout: TIMEOUT }, async () => {
    await using sc = await Context.create({ master: "local[2, 1000]", memory: "256mb" });
    await sc.range(0, 100, 1, 4).count();
    const base = sc.engine.heap.used;
    const state = sc.broadcast(new Int32Array(new SharedArrayBuffer(4)));
    const expected = new Map<number, number>();
    for (let x = 0; x < 20_000; x++) expected.set(x % 997, (expected.get(x % 997) ?? 0) + x);
    // What a round makes is unreachable when it is over.
    const round = async (): Promise<void> => {
      const counted = sc.longAccumulator();
      const sums = pairsOf(sc, 20_000)
        .map((pair) => {
          if (pair[1] % 5000 === 4999) {
            counted.add(1);
            // Every third task that gets here takes its worker with it.
            if (Atomics.add(state.value, 0, 1) % 3 === 0) process.exit(1);
          }
          return pair;
        })
        .persist()
        .reduceByKey((a, b) => a + b)
        .map((pair) => {
          if (pair[0] === 500 && Atomics.add(state.value, 0, 1) % 2 === 0) process.exit(1);
          return pair;
        });
      const [map, count] = await Promise.all([sums.collectAsMap(), sc.range(0, 1000, 1, 8).count()]);
      expect(map).toEqual(expected);
      expect(count).toBe(1000);
      expect(counted.value).toBe(4);
    };
    for (let i = 0; i < Math.ceil(ROUNDS / 5); i++) await round();
    expect(await usedAfter(sc, base)).toBe(base);
  });

  it("jobs are cancelled at every moment, many at once, some of them in endless loops", {
    timeout: TIMEOUT,
  }, async () => {
    await using sc = await Context.create({ master: "local[2]", memory: "512mb" });
    await sc.range(0, 100, 1, 4).count();
    const base = sc.engine.heap.used;
    const next = random(7);
    for (let i = 0; i < Math.ceil(ROUNDS / 2); i++) {
      const running = Array.from({ length: 6 }, (_, j) => {
        const controller = new AbortController();
        setTimeout(() => controller.abort(), next() * 30);
        const { signal } = controller;
        const pairs = pairsOf(sc, 100_000);
        const jobs = [
          () => pairs.groupByKey().count({ signal }),
          () => pairs.sortByKey(false).collect({ signal }),
          () => pairs.join(pairs.reduceByKey((a, b) => a + b)).count({ signal }),
          () =>
            pairs
              .map(([k, v]) => [`${k}`, v] as [string, number])
              .persist()
              .reduceByKey((a, b) => a + b)
              .collect({ signal }),
          () => pairs.map(([k]) => ({ k })).collect({ signal }),
          () =>
            (i % 20 === 0
              ? pairs.filter(([, v]) => {
                  while (v === 70_000);
                  return true;
                })
              : pairs
            ).count({ signal }),
        ];
        return jobs[j]().then(
          () => "done",
          (error: { code: string }) => error.code,
        );
      });
      for (const outcome of await Promise.all(running)) expect(["done", "JOB_CANCELLED"]).toContain(outcome);
      expect(await sc.range(0, 100, 1, 4).sum()).toBe(4950);
    }
    expect(await usedAfter(sc, base)).toBe(base);
  });

  it("datasets that outgrow the memory again and again give right answers", {
    timeout: TIMEOUT,
  }, async () => {
    await using sc = await Context.create({ master: "local[2]", memory: "48mb" });
    await sc.range(0, 100, 1, 4).count();
    const base = sc.engine.heap.used;
    const next = random(11);
    let kept: RDD<[number, number]>[] = [];
    for (let i = 0; i < Math.ceil(ROUNDS / 2); i++) {
      const rows = 50_000 + Math.floor(next() * 500_000);
      const pairs = pairsOf(sc, rows, 8).persist();
      kept.push(pairs);
      for (const rdd of kept) expect(await rdd.reduceByKey((a, b) => a + b).count()).toBe(997);
      expect(await pairs.count()).toBe(rows);
      expect(sc.engine.heap.used).toBeLessThanOrEqual(48 * MB);
      if (kept.length > 6) kept.splice(Math.floor(next() * kept.length), 1)[0].unpersist();
    }
    for (const rdd of kept) rdd.unpersist();
    kept = [];
    expect(await usedAfter(sc, base)).toBe(base);
  });

  it("thousands of small jobs leave nothing behind", { timeout: TIMEOUT }, async () => {
    await using sc = await Context.create({ master: "local[2]", memory: "256mb" });
    const round = async (): Promise<void> => {
      expect(
        await pairsOf(sc, 100)
          .reduceByKey((a, b) => a + b)
          .count(),
      ).toBe(100);
      expect(await sc.parallelize(["a", "b", "a"], 2).distinct().count()).toBe(2);
    };
    // The records of the last thousand jobs are kept, and the young generation of each thread grows to 100 MB.
    for (let i = 0; i < 2500; i++) await round();
    const before = await resident();
    for (let i = 0; i < ROUNDS * 10; i++) await round();
    expect((await resident()) - before).toBeLessThan(60 * MB);
    expect(await usedAfter(sc, MB)).toBeLessThanOrEqual(MB);
  });
});
