/** Rows in the order of their keys, each with an 8-byte payload. */
import type { Context, RDD } from "../../src/index.ts";
import { randomF64, randomU32, randomU64 } from "../data.ts";
import { orderedDigest } from "../digest.ts";
import { DuckDB } from "../peers/duckdb.ts";
import { openContext } from "../peers/gnista.ts";
import type { Workload } from "../workload.ts";

export const sortU32 = sort("u32", 4, 6, randomU32, (sc, keys, payloads) =>
  sc.parallelizePairs(keys, payloads),
);

export const sortU64 = sort("u64", 8, 8, randomU64, (sc, keys, payloads) =>
  sc.parallelizePairs(keys, payloads),
);

function sort<Keys extends Uint32Array | BigUint64Array>(
  kind: string,
  width: number,
  times: number,
  generate: (length: number, seed: number) => Keys,
  load: (sc: Context, keys: Keys, payloads: Float64Array) => RDD<[number, number]> | RDD<[bigint, number]>,
): Workload {
  return {
    name: `sort-${kind}`,
    title: () => `sort by ${kind} with an 8-byte payload`,
    rows: ({ rows }) => rows,
    floor: ({ rows }) => ({ kind: "memory", read: (width + 8) * rows, written: (width + 8) * rows }),
    targets: [{ contender: "gnista", than: "duckdb", times }],
    prepare: async (setting) => {
      const keys = generate(setting.rows, 5);
      const payloads = randomF64(setting.rows, 6);
      const duck = await DuckDB.open(setting.threads);
      await duck.load("pairs", { k: keys, v: payloads });
      const sc = await openContext(setting);
      const pairs = load(sc, keys, payloads) as RDD<[number, number]>;
      return {
        contenders: [
          {
            name: "gnista",
            run: async () => {
              const [k, v] = await pairs.sortByKey().collectColumns();
              return { digest: () => orderedDigest(k as Uint32Array, v as Float64Array) };
            },
          },
          duck.contender("SELECT k, v FROM pairs ORDER BY k", ([k, v]) => orderedDigest(k, v)),
        ],
        close: async () => {
          await sc.stop();
          duck.close();
        },
      };
    },
  };
}
