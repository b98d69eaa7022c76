/** A fused chain over one column, with a captured threshold. */
import { randomF64 } from "../data.ts";
import { DuckDB } from "../peers/duckdb.ts";
import { openContext } from "../peers/gnista.ts";
import type { Workload } from "../workload.ts";

export const filterMapSum: Workload = {
  name: "filter-map-sum",
  title: () => "filter(x => x > a).map(x => x * 2 + 1).sum() over f64",
  rows: ({ rows }) => rows,
  floor: ({ rows }) => ({ kind: "memory", read: 8 * rows, written: 0 }),
  targets: [
    { contender: "gnista", than: "duckdb", times: 3 },
    { contender: "gnista", than: "typed-array loop", times: 2 },
  ],
  samples: 15,
  prepare: async (setting) => {
    const values = randomF64(setting.rows, 11);
    const a = 0.5;
    const duck = await DuckDB.open(setting.threads);
    await duck.load("numbers", { x: values });
    const sc = await openContext(setting);
    const numbers = sc.parallelize<number>(values);
    await numbers.count();
    return {
      contenders: [
        {
          name: "gnista",
          run: async () => {
            const sum = await numbers
              .filter((x) => x > a)
              .map((x) => x * 2 + 1)
              .sum();
            return { digest: () => [sum] };
          },
        },
        duck.contender(`SELECT sum(x * 2 + 1) FROM numbers WHERE x > ${a}`, ([[sum]]) => [sum]),
        {
          name: "typed-array loop",
          run: () => {
            const sum = sumAbove(values, a);
            return { digest: () => [sum] };
          },
        },
      ],
      close: async () => {
        await sc.stop();
        duck.close();
      },
    };
  },
};

function sumAbove(values: Float64Array, a: number): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const x = values[i];
    if (x > a) sum += x * 2 + 1;
  }
  return sum;
}
