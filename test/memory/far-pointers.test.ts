/**
 * Columns that lie beyond the 2 GiB line of a segment, across it, or in another segment than the first give what those near the start give:
 * no operation takes a pointer for a signed number, or a segment for the first one.
 */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Context, type RDD } from "../../src/index.ts";
import type { SegmentId } from "../../src/memory/segment.ts";

const RUNS = Number(process.env["GNISTA_TEST_RUNS"] ?? 100);
const GIB = 2 ** 30;

/** What is taken before anything else (it is never touched), and where the next piece then lies. */
const PLACES: readonly {
  readonly name: string;
  readonly memory: number;
  readonly taken: number;
  readonly segment: number;
}[] = [
  { name: "at the start", memory: 3.5 * GIB, taken: 0, segment: 0 },
  { name: "across the line", memory: 3.5 * GIB, taken: 2 * GIB - (1 << 17), segment: 0 },
  { name: "beyond the line", memory: 3.5 * GIB, taken: 2 * GIB + 64, segment: 0 },
  { name: "far beyond the line", memory: 3.5 * GIB, taken: 3.4 * GIB, segment: 0 },
  { name: "in the second segment", memory: 8 * GIB, taken: 4 * GIB - 192, segment: 1 },
];

interface Data {
  readonly keys: readonly number[];
  readonly words: readonly string[];
  readonly numbers: readonly number[];
}

/** One of each family of operations. */
const OPERATIONS: Readonly<Record<string, (sc: Context, data: Data) => Promise<unknown>>> = {
  "aggregate by dense integers": (sc, { keys, numbers }) =>
    sc
      .parallelizePairs(Int32Array.from(keys), Float64Array.from(numbers), 3)
      .reduceByKey((a, b) => a + b, 2)
      .collect(),
  "aggregate by sparse integers": (sc, { keys, numbers }) =>
    sc
      .parallelizePairs(
        Int32Array.from(keys, (k) => Math.imul(k, 0x9e3779b1)),
        Float64Array.from(numbers),
        3,
      )
      .reduceByKey((a, b) => Math.max(a, b), 2)
      .collect(),
  "aggregate by doubles": (sc, { keys, numbers }) =>
    sc
      .parallelizePairs(
        Float64Array.from(keys, (k) => k / 3),
        Float64Array.from(numbers),
        3,
      )
      .countByKey()
      .then((counts) => [...counts]),
  "aggregate by bigints": (sc, { keys, numbers }) =>
    sc
      .parallelizePairs(BigInt64Array.from(keys, BigInt), Float64Array.from(numbers), 2)
      .reduceByKey((a, b) => Math.min(a, b), 3)
      .collect(),
  "aggregate by strings": (sc, { words, numbers }) =>
    sc
      .parallelize(
        words.map((word, i) => [word, numbers[i]] as [string, number]),
        3,
      )
      .reduceByKey((a, b) => a + b, 2)
      .collect(),
  "aggregate by codes": (sc, { words, numbers }) =>
    sc
      .parallelizePairs(
        words.map((word) => word.slice(0, 2)),
        Float64Array.from(numbers),
        3,
      )
      .reduceByKey((a, b) => a + b, 2)
      .collect(),
  "group and cogroup": (sc, { words, keys }) => {
    const pairs = sc.parallelize(
      words.map((word, i) => [word, keys[i]] as [string, number]),
      2,
    );
    return pairs
      .groupByKey(2)
      .cogroup(pairs.mapValues((k) => k + 1))
      .collect();
  },
  "sort by integers": (sc, { keys, numbers }) =>
    sc.parallelizePairs(Uint32Array.from(keys), Float64Array.from(numbers), 3).sortByKey(true, 2).collect(),
  "sort by doubles, descending": (sc, { keys, numbers }) =>
    sc.parallelizePairs(Float64Array.from(numbers), Float64Array.from(keys), 3).sortByKey(false, 2).collect(),
  "sort by strings": (sc, { words, keys }) =>
    sc
      .parallelize(
        words.map((word, i) => [word, keys[i]] as [string, number]),
        3,
      )
      .sortByKey(true, 2)
      .collect(),
  "sort objects": (sc, { words, keys }) =>
    sc
      .parallelize(
        words.map((word, i) => ({ word, key: keys[i] })),
        3,
      )
      .sortBy(({ key }) => key, true, 2)
      .collect(),
  "join on integers": (sc, { keys, numbers }) =>
    sc
      .parallelizePairs(Int32Array.from(keys), Float64Array.from(numbers), 3)
      .join(sc.parallelizePairs(Int32Array.from(new Set(keys)), Float64Array.from(new Set(keys)), 2), 2)
      .collect(),
  "join on strings, all kinds": async (sc, { words, keys }) => {
    const left = sc.parallelize(
      words.map((word, i) => [word, keys[i]] as [string, number]),
      2,
    );
    const right = sc.parallelize(
      [...new Set(words)].filter((_, i) => i % 2 === 0).map((word) => [word, { word }] as [string, object]),
      2,
    );
    return [
      await left.leftOuterJoin(right).collect(),
      await left.rightOuterJoin(right).collect(),
      await right.fullOuterJoin(left).collect(),
    ];
  },
  "partition and repartition": async (sc, { keys, words }) => {
    const pairs = sc.parallelize(
      keys.map((key, i) => [key, words[i]] as [number, string | null]),
      2,
    );
    return [
      await pairs.partitionBy(3).glom().collect(),
      await pairs
        .mapValues((word) => (word === "" ? null : word))
        .repartition(4)
        .collect(),
    ];
  },
  "compiled loops": async (sc, { numbers }) => {
    const rdd = sc.parallelize(Float64Array.from(numbers), 3) as RDD<number>;
    const loop = rdd.filter((x) => x > 10).map((x) => x * 2 + 1);
    return [
      await loop.sum(),
      await loop.collect(),
      await loop.count(),
      await rdd
        .map((x) => [x % 5, x] as [number, number])
        .reduceByKey((a, b) => a + b)
        .collect(),
    ];
  },
  "functions that stay JavaScript": (sc, { words }) =>
    sc
      .parallelize(words, 3)
      .flatMap((word) => [...word])
      .map((letter) => ({ letter, code: letter.codePointAt(0) }))
      .persist()
      .collect(),
  arrow: async (sc, { words, numbers }) => {
    const rows = sc.parallelize(
      words.map((word, i) => ({ word, n: i % 3 === 0 ? null : numbers[i] })),
      3,
    );
    const back = sc.fromArrow(await rows.toArrow(), 2);
    return [await back.collect(), await back.filter((row) => row["n"] === null).collect()];
  },
  columns: async (sc, { keys, words }) => {
    const pairs = sc.parallelize(
      keys.map((key, i) => [key, words[i]] as [number, string]),
      2,
    );
    return (await pairs.collectColumns()).map((column) => Array.from(column as unknown[]));
  },
};

const lengths = fc.oneof(fc.integer({ min: 0, max: 70 }), fc.constantFrom(500, 3000));
const data: fc.Arbitrary<Data> = fc.tuple(lengths, fc.nat(1_000_000)).map(([length, seed]) => {
  const at = (i: number): number => ((i + seed) * 7919) % 997;
  return {
    keys: Array.from({ length }, (_, i) => at(i) % 50),
    words: Array.from({ length }, (_, i) =>
      at(i) % 9 === 0 ? "" : `${"wörd".slice(0, at(i) % 5)}${at(i) % 30}`,
    ),
    numbers: Array.from({ length }, (_, i) => at(i) / 4),
  };
});

describe.each(["js", "wasm"] as const)("far columns on the backend %s", (backend) => {
  const contexts = new Map<string, Context>();
  beforeAll(async () => {
    for (const { name, memory, taken, segment } of PLACES) {
      const sc = await Context.create({ master: "local", backend, memory });
      const { heap } = sc.engine;
      if (taken > 0) heap.allocate(taken);
      const next = heap.allocate(1);
      expect(next.segment).toBe(segment);
      if (segment === 0) expect(next.ptr).toBeGreaterThanOrEqual(taken);
      heap.free(next);
      contexts.set(name, sc);
    }
  });
  afterAll(async () => {
    for (const sc of contexts.values()) await sc.stop();
  });

  test.each(Object.entries(OPERATIONS))("%s", async (_, operation) => {
    await fc.assert(
      fc.asyncProperty(data, async (input) => {
        const near = await operation(contexts.get("at the start")!, input);
        for (const [place, sc] of contexts) expect(await operation(sc, input), place).toEqual(near);
      }),
      { numRuns: Math.ceil(RUNS / 33) },
    );
  });
});

describe.each(["js", "wasm"] as const)("data in two segments on the backend %s", (backend) => {
  let near: Context;
  let spread: Context;
  beforeAll(async () => {
    near = await Context.create({ master: "local", backend, memory: GIB });
    spread = await Context.create({ master: "local", backend, memory: 8 * GIB });
  });
  afterAll(async () => {
    await near.stop();
    await spread.stop();
  });

  test("meets in one operation", async () => {
    const rows = Array.from({ length: 3000 }, (_, i) => ({
      key: (i * 7919) % 101,
      word: `w${i % 77}`,
      n: i / 2,
    }));
    const results: unknown[] = [];
    for (const sc of [near, spread]) {
      const numbers = (): RDD<[number, number]> =>
        sc.parallelizePairs(
          Int32Array.from(rows, ({ key }) => key),
          Float64Array.from(rows, ({ n }) => n),
          2,
        );
      const words = (): RDD<[string, number]> =>
        sc.parallelizePairs(
          rows.map(({ word }) => word),
          Float64Array.from(rows, ({ n }) => n),
          2,
        );
      const plain = (): RDD<[string, { n: number }]> =>
        sc.parallelize(
          rows.map(({ word, n }) => [word, { n }] as [string, { n: number }]),
          2,
        );
      const first = numbers();
      const [firstWords, firstPlain] = [words(), plain().persist()];
      await firstPlain.count();
      if (sc === spread) {
        const { heap } = sc.engine;
        expect(heap.allocate(1).segment).toBe(0);
        // New data goes elsewhere now, but work on what lies here needs some room beside it.
        heap.allocate(4 * GIB - heap.used - (32 << 20), 0 as SegmentId);
        expect(heap.allocate(1).segment).toBe(1);
      }
      const second = numbers();
      const [secondWords, secondPlain] = [words(), plain().persist()];
      results.push([
        await first
          .union(second)
          .reduceByKey((a, b) => a + b, 3)
          .collect(),
        await second.union(first).sortByKey(true, 2).collect(),
        await first.join(second.reduceByKey((a, b) => a + b)).collect(),
        await firstWords
          .union(secondWords)
          .reduceByKey((a, b) => Math.max(a, b))
          .collect(),
        await firstWords.union(secondWords).sortByKey(false, 2).collect(),
        await firstPlain.union(secondPlain).sortByKey().collect(),
        await firstPlain.union(secondPlain).groupByKey().collect(),
        await firstPlain.leftOuterJoin(secondWords.reduceByKey((a, b) => a + b)).collect(),
        await firstPlain.union(secondPlain).partitionBy(3).glom().collect(),
        (await first.union(second).collectColumns()).map((column) => Array.from(column as unknown[])),
        await sc.fromArrow(await firstWords.union(secondWords).toArrow()).collect(),
        await sc.fromArrow(await firstPlain.union(secondPlain).toArrow()).collect(),
        await first
          .union(second)
          .filter(([k]) => k > 50)
          .mapValues((n) => n + 1)
          .values()
          .sum(),
      ]);
    }
    expect(results[1]).toEqual(results[0]);
  });
});
