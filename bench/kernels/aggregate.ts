/** Sums by key: few groups, as many as a cache holds, and more. */
import { columnFromTypedArray } from "../../src/column/typed-array.ts";
import { aggregateByKey } from "../../src/kernels/aggregate.ts";
import { randomF64, randomKeys, randomU32 } from "../data.ts";
import type { KernelCase } from "./case.ts";

export const aggregateCases = (rows: number): readonly KernelCase[] => [
  ...[100, 10_000, Math.ceil(rows / 2)].map(
    (groups): KernelCase => ({
      name: `aggregate f64 sum by u32, ${groups} dense keys`,
      rows,
      prepare: (c, arena) => {
        const keys = columnFromTypedArray(randomKeys(rows, groups, 5), arena);
        const values = columnFromTypedArray(randomF64(rows, 6), arena);
        return (out) => aggregateByKey(c, [{ keys, values }], "sum", out);
      },
    }),
  ),
  {
    name: "aggregate f64 sum by u32, sparse keys",
    rows,
    prepare: (c, arena) => {
      const sparse = randomU32(Math.ceil(rows / 4), 7);
      const keys = columnFromTypedArray(
        randomKeys(rows, sparse.length, 8).map((i) => sparse[i]),
        arena,
      );
      const values = columnFromTypedArray(randomF64(rows, 9), arena);
      return (out) => aggregateByKey(c, [{ keys, values }], "sum", out);
    },
  },
];
