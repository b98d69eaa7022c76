/** Programs whose data is several times the memory that they are given, each with a check of its answer. */
import { type Context, StorageLevel } from "../../src/index.ts";

export interface Work {
  readonly name: string;
  /** Bytes of a row in memory, as columns. */
  readonly rowBytes: number;
  /** Runs over `rows` rows; throws when the answer is wrong. */
  run(sc: Context, rows: number, partitions: number): Promise<void>;
}

/** A permutation of 0 to rows - 1 that is in no order, for numbers of rows that it does not divide. */
const SPREAD = 48_271;

export const WORKS: readonly Work[] = [
  {
    name: "reduceByKey",
    rowBytes: 16,
    async run(sc, rows, partitions) {
      const keys = Math.ceil(rows / 2);
      const sums = sc
        .range(0, rows, 1, partitions)
        .map((x) => [(x * SPREAD) % keys, 1] as [number, number])
        .reduceByKey((a, b) => a + b);
      check("groups", await sums.count(), keys);
      check("sum of all", await sums.map(([, n]) => n).sum(), rows);
    },
  },
  {
    name: "groupByKey",
    rowBytes: 16,
    async run(sc, rows, partitions) {
      const keys = Math.ceil(rows / 8);
      const groups = sc
        .range(0, rows, 1, partitions)
        .map((x) => [(x * SPREAD) % keys, x] as [number, number])
        .groupByKey();
      const sizes = groups.map(([, values]) => values.length);
      check("values", await sizes.sum(), rows);
    },
  },
  {
    name: "sortByKey",
    rowBytes: 16,
    async run(sc, rows, partitions) {
      const sorted = sc
        .range(0, rows, 1, partitions)
        .map((x) => [(x * SPREAD) % rows, x] as [number, number])
        .sortByKey();
      const ends = await sorted
        .mapPartitions((pairs) => {
          let [first, last, n] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
          for (const [key] of pairs) {
            if (key < last) throw new Error(`${key} comes after ${last}`);
            if (n === 0) first = key;
            last = key;
            n++;
          }
          return [[first, last, n]];
        })
        .collect();
      const filled = ends.filter(([, , n]) => n > 0);
      for (let i = 1; i < filled.length; i++)
        if (filled[i][0] < filled[i - 1][1]) throw new Error("the partitions overlap");
      check(
        "rows",
        filled.reduce((sum, [, , n]) => sum + n, 0),
        rows,
      );
    },
  },
  {
    name: "join",
    rowBytes: 16,
    async run(sc, rows, partitions) {
      const keys = Math.ceil(rows / 4);
      const left = sc.range(0, rows, 1, partitions).map((x) => [(x * SPREAD) % keys, x] as [number, number]);
      const right = sc.range(0, keys, 1, partitions).map((x) => [x, 1] as [number, number]);
      const joined = left.join(right);
      check("matches", await joined.map(([, [, one]]) => one).sum(), rows);
    },
  },
  {
    name: "cached",
    rowBytes: 8,
    async run(sc, rows, partitions) {
      const values = sc
        .range(0, rows, 1, partitions)
        .map((x) => Math.sqrt(x))
        .persist(StorageLevel.MEMORY_AND_DISK);
      const first = await values.sum();
      for (let i = 0; i < 4; i++) check("sum", await values.sum(), first);
      await values.unpersist();
    },
  },
];

function check(what: string, found: number, expected: number): void {
  if (found !== expected) throw new Error(`${what}: ${found} instead of ${expected}`);
}
