/** Sums of f64 by string key. gnista dictionary-encodes the strings when they are loaded, outside the clock, as DuckDB stores its own way. */
import { distinctWords, randomF64, randomKeys } from "../data.ts";
import { wordsDigest } from "../digest.ts";
import { DuckDB } from "../peers/duckdb.ts";
import { openContext } from "../peers/gnista.ts";
import type { Setting, Workload } from "../workload.ts";

const DISTINCT = 1_000_000;
const groups = ({ rows }: Setting): number => Math.min(DISTINCT, Math.ceil(rows / 4));

export const aggregateByWord: Workload = {
  name: "aggregate-words",
  title: (setting) => `sum of f64 by string key, ${groups(setting)} words`,
  rows: ({ rows }) => rows,
  floor: (setting) => ({ kind: "memory", read: 12 * setting.rows, written: 20 * groups(setting) }),
  targets: [{ contender: "gnista", than: "duckdb", times: 3 }],
  prepare: async (setting) => {
    const words = distinctWords(groups(setting));
    const codes = randomKeys(setting.rows, words.length, 3);
    const values = randomF64(setting.rows, 4);
    const duck = await DuckDB.open(setting.threads);
    await duck.load("words", { code: Uint32Array.from(words, (_, i) => i), word: words });
    await duck.load("coded", { code: codes, v: values });
    await duck.execute("CREATE TABLE pairs AS SELECT word AS k, v FROM coded JOIN words USING (code)");
    await duck.execute("DROP TABLE coded");
    const sc = await openContext(setting);
    const pairs = sc.parallelizePairs(
      Array.from(codes, (code) => words[code]),
      values,
    );
    return {
      contenders: [
        {
          name: "gnista",
          run: async () => {
            const [k, v] = await pairs.reduceByKey((a, b) => a + b).collectColumns();
            return { digest: () => wordsDigest(k as string[], v as Float64Array) };
          },
        },
        duck.contender("SELECT k, sum(v) FROM pairs GROUP BY k", ([k, v]) => wordsDigest(k, v)),
      ],
      close: async () => {
        await sc.stop();
        duck.close();
      },
    };
  },
};
