/** Sums of f64 by u32 key, from few keys to more than any cache holds. */
import { randomF64, randomKeys } from "../data.ts";
import { pairsDigest } from "../digest.ts";
import { DuckDB } from "../peers/duckdb.ts";
import { openContext } from "../peers/gnista.ts";
import type { Setting, Workload } from "../workload.ts";

export function aggregateByKey(name: string, distinct: number, times: number): Workload {
  const groups = ({ rows }: Setting): number => Math.min(distinct, Math.ceil(rows / 2));
  return {
    name,
    title: (setting) => `sum of f64 by u32 key, ${groups(setting)} keys`,
    rows: ({ rows }) => rows,
    floor: (setting) => ({ kind: "memory", read: 12 * setting.rows, written: 12 * groups(setting) }),
    targets: [{ contender: "gnista", than: "duckdb", times }],
    prepare: async (setting) => {
      const keys = randomKeys(setting.rows, groups(setting), 1);
      const values = randomF64(setting.rows, 2);
      const duck = await DuckDB.open(setting.threads);
      await duck.load("pairs", { k: keys, v: values });
      const sc = await openContext(setting);
      const pairs = sc.parallelizePairs(keys, values);
      return {
        contenders: [
          {
            name: "gnista",
            run: async () => {
              const [k, v] = await pairs.reduceByKey((a, b) => a + b).collectColumns();
              return { digest: () => pairsDigest(k as Uint32Array, v as Float64Array) };
            },
          },
          duck.contender("SELECT k, sum(v) FROM pairs GROUP BY k", ([k, v]) => pairsDigest(k, v)),
        ],
        close: async () => {
          await sc.stop();
          duck.close();
        },
      };
    },
  };
}
