import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Context, HashPartitioner, type RDD } from "../../src/index.ts";
import { TESTED } from "../backends.ts";

const N = 5000;

for (const backend of TESTED)
  describe(`combining by key in ${backend}`, () => {
    let sc: Context;
    beforeAll(async () => {
      sc = await Context.create({ master: "local[2]", backend });
    });
    afterAll(() => sc.stop());

    /** Sums, least, greatest, first and last value of each key, checked against a Map. */
    async function check<K>(pairs: RDD<[K, number]>, partitions: number): Promise<void> {
      const rows = await pairs.collect();
      const model = (merge: (a: number, b: number) => number): Map<K, number> => {
        const groups = new Map<K, number>();
        for (const [key, value] of rows) {
          const old = groups.get(key);
          groups.set(key, old === undefined ? value : merge(old, value));
        }
        return groups;
      };
      const same = async (combined: RDD<[K, number]>, expected: Map<K, number>): Promise<void> => {
        const groups = await combined.collect();
        expect(groups.length).toBe(expected.size);
        expect(new Map(groups)).toEqual(expected);
      };
      await same(
        pairs.reduceByKey((a, b) => a + b, partitions),
        model((a, b) => a + b),
      );
      await same(
        pairs.reduceByKey((a, b) => Math.min(a, b), partitions),
        model(Math.min),
      );
      await same(
        pairs.reduceByKey((a, b) => Math.max(a, b), partitions),
        model(Math.max),
      );
      await same(
        pairs.reduceByKey((a) => a, partitions),
        model((a) => a),
      );
      await same(
        pairs.reduceByKey((_, b) => b, partitions),
        model((_, b) => b),
      );
      // No kernel knows this one: the same rows through JavaScript.
      await same(
        pairs.reduceByKey((a, b) => a ^ b, partitions),
        model((a, b) => a ^ b),
      );
    }

    const values = Float64Array.from({ length: N }, (_, i) => (i % 97) - 40);

    for (const partitions of [1, 2, 3, 7]) {
      test(`integer keys, few and many, into ${partitions}`, async () => {
        const few = Uint32Array.from(values, (_, i) => (i * 7) % 10);
        const many = Int32Array.from(values, (_, i) => Math.imul(i, 0x9e3779b1) >> 19);
        await check(sc.parallelizePairs(few, values, 3), partitions);
        await check(sc.parallelizePairs(many, values, 3), partitions);
      });

      test(`keys without a dense range into ${partitions}`, async () => {
        const wide = Uint32Array.from(values, (_, i) => Math.imul(i % 500, 0x9e3779b1));
        const doubles = Float64Array.from(values, (_, i) => (i % 300) / 8);
        const longs = BigInt64Array.from(values, (_, i) => BigInt(i % 300) << 40n);
        await check(sc.parallelizePairs(wide, values, 3), partitions);
        await check(sc.parallelizePairs(doubles, values, 3), partitions);
        await check(sc.parallelizePairs(longs, values, 3), partitions);
      });

      test(`string keys, repeated and distinct, into ${partitions}`, async () => {
        const repeated = Array.from(values, (_, i) => `word ${i % 50}`);
        const distinct = Array.from(values, (_, i) => `word ${i % 4000}`);
        await check(sc.parallelizePairs(repeated, values, 3), partitions);
        await check(sc.parallelizePairs(distinct, values, 3), partitions);
      });
    }

    test("rows already in place are combined without a shuffle", async () => {
      const keys = Uint32Array.from(values, (_, i) => i % 1000);
      const placed = sc.parallelizePairs(keys, values, 3).partitionBy(new HashPartitioner(4));
      await check(placed, 4);
    });

    test("the same bits however often and wherever it runs", async () => {
      const keys = Uint32Array.from(values, (_, i) => Math.imul(i, 0x9e3779b1) >>> 20);
      const fractions = values.map((v) => v / 3);
      const sums = sc.parallelizePairs(keys, fractions, 4).reduceByKey((a, b) => a + b, 3);
      const first = await sums.collectColumns();
      expect(await sums.collectColumns()).toEqual(first);
    });
  });

test("what a shuffle wrote is freed once no plan can read it", async () => {
  const sc = await Context.create({ master: "local[2]", memory: "64m" });
  try {
    const keys = Uint32Array.from({ length: 100_000 }, (_, i) => i);
    const pairs = sc.parallelizePairs(keys, Float64Array.from(keys), 2);
    await pairs.count();
    const before = sc.engine.heap.used;
    for (let i = 0; i < 3; i++) await pairs.reduceByKey((a, b) => a + b).count();
    for (let i = 0; i < 50 && sc.engine.heap.used > before; i++) {
      globalThis.gc!();
      await sleep(10);
    }
    expect(sc.engine.heap.used).toBe(before);
  } finally {
    await sc.stop();
  }
});

test("very many strings in memory are combined by cells, in each backend alike", async () => {
  const keys = Uint32Array.from({ length: 1 << 20 }, (_, i) => (Math.imul(i, 0x9e3779b1) >>> 1) % 300_000);
  const values = Float64Array.from(keys, (_, i) => i % 7);
  const expected = new Map<string, number>();
  keys.forEach((key, i) => expected.set(`key ${key}`, (expected.get(`key ${key}`) ?? 0) + values[i]));
  const answers: (readonly [string[], Float64Array])[] = [];
  for (const backend of TESTED) {
    await using sc = await Context.create({ master: "local[2]", backend });
    const pairs = sc
      .parallelizePairs(keys, values, 1)
      .map(([key, value]): [string, number] => [`key ${key}`, value])
      .persist();
    const [names, sums] = await pairs.reduceByKey((a, b) => a + b, 3).collectColumns();
    answers.push([names as string[], sums as Float64Array]);
    expect(names.length).toBe(expected.size);
    expect((names as string[]).every((name, i) => expected.get(name) === sums[i])).toBe(true);
  }
  const [js, wasm] = answers;
  expect(js[0].every((name, i) => name === wasm[0][i] && js[1][i] === wasm[1][i])).toBe(true);
});
