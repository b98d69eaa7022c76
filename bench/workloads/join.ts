/** A large table with a twentieth of its rows in a smaller one, on a unique integer key; the joined rows are kept. */
import { permutation, randomF64, randomKeys } from "../data.ts";
import { joinedDigest } from "../digest.ts";
import { DuckDB } from "../peers/duckdb.ts";
import { openContext } from "../peers/gnista.ts";
import type { Setting, Workload } from "../workload.ts";

const small = ({ rows }: Setting): number => Math.ceil(rows / 20);

export const join: Workload = {
  name: "join",
  title: (setting) => `join ${setting.rows} with ${small(setting)} on int, rows kept`,
  rows: ({ rows }) => rows,
  floor: (setting) => ({
    kind: "memory",
    read: 12 * (setting.rows + small(setting)),
    written: 20 * setting.rows,
  }),
  targets: [{ contender: "gnista", than: "duckdb", times: 3 }],
  prepare: async (setting) => {
    const keys = randomKeys(setting.rows, small(setting), 7);
    const values = randomF64(setting.rows, 8);
    const uniqueKeys = permutation(small(setting), 9);
    const uniqueValues = randomF64(small(setting), 10);
    const duck = await DuckDB.open(setting.threads);
    await duck.load("facts", { k: keys, v: values });
    await duck.load("dimensions", { k: uniqueKeys, w: uniqueValues });
    const sc = await openContext(setting);
    const facts = sc.parallelizePairs(keys, values);
    const dimensions = sc.parallelizePairs(uniqueKeys, uniqueValues);
    return {
      contenders: [
        {
          name: "gnista",
          run: async () => {
            const [k, v, w] = await facts.join(dimensions).collectColumns();
            return { digest: () => joinedDigest(k as Uint32Array, v as Float64Array, w as Float64Array) };
          },
        },
        duck.contender("SELECT k, v, w FROM facts JOIN dimensions USING (k)", ([k, v, w]) =>
          joinedDigest(k, v, w),
        ),
      ],
      close: async () => {
        await sc.stop();
        duck.close();
      },
    };
  },
};
