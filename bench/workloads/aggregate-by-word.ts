/**
 * Sums of f64 by string key. Strings that a program brings along get a dictionary when they are loaded, outside the clock; DuckDB keeps the
 * tables of a database in memory uncompressed, and hashes every string inside the clock. In the plain variant gnista does so too:
 * its strings come from a lower-casing map and lie in memory as bytes, each row with its own. The JavaScript strings of gnista's
 * answer are made inside the clock (those of a dictionary would be kept, but for the garbage collection before each run), while
 * DuckDB's answer stays in its own vectors.
 */
import { distinctWords, randomF64, randomKeys } from "../data.ts";
import { wordsDigest } from "../digest.ts";
import { DuckDB } from "../peers/duckdb.ts";
import { openContext } from "../peers/gnista.ts";
import type { Setting, Workload } from "../workload.ts";

const DISTINCT = 1_000_000;
const groups = ({ rows }: Setting): number => Math.min(DISTINCT, Math.ceil(rows / 4));

export function aggregateByWord(name: string, keep: "dictionary" | "plain", times: number): Workload {
  return {
    name,
    title: (setting) =>
      `sum of f64 by string key, ${groups(setting)} words, ${keep === "plain" ? "plain strings" : "with a dictionary"}`,
    rows: ({ rows }) => rows,
    // Of a word: an offset and some eight bytes, or a code.
    floor: (setting) => ({
      kind: "memory",
      read: (keep === "plain" ? 20 : 12) * setting.rows,
      written: 20 * groups(setting),
    }),
    targets: [{ contender: "gnista", than: "duckdb", times }],
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
      const loaded = sc.parallelizePairs(
        Array.from(codes, (code) => words[code]),
        values,
      );
      const pairs =
        keep === "plain" ? loaded.map(([k, v]): [string, number] => [k.toLowerCase(), v]).persist() : loaded;
      await pairs.count();
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
}
