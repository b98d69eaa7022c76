/** Sorting rows by key, with their payload: by type, and by how the keys lie. */
import { buildColumn } from "../../src/column/builder.ts";
import { columnFromTypedArray } from "../../src/column/typed-array.ts";
import { sortByKey } from "../../src/kernels/sort.ts";
import { distinctWords, permutation, randomF64, randomKeys, randomU32, randomU64 } from "../data.ts";
import { type KernelCase, pair } from "./case.ts";

const KEYS = {
  u32: (rows: number) => randomU32(rows, 10),
  u64: (rows: number) => randomU64(rows, 10),
  f64: (rows: number) => randomF64(rows, 10),
  "u32 in order": (rows: number) => randomU32(rows, 10).sort(),
  "u32 in reverse": (rows: number) => randomU32(rows, 10).sort().reverse(),
  "u32, 100 values": (rows: number) => randomKeys(rows, 100, 10),
} as const;

export const sortCases = (rows: number): readonly KernelCase[] => [
  ...Object.entries(KEYS).map(
    ([kind, keys]): KernelCase => ({
      name: `sort (${kind}, f64)`,
      rows,
      prepare: (c, arena) => {
        const column = pair(
          columnFromTypedArray(keys(rows), arena),
          columnFromTypedArray(randomF64(rows, 11), arena),
        );
        return (out) => sortByKey(c, [column], true, out);
      },
    }),
  ),
  {
    name: "sort (string, f64)",
    rows,
    prepare: (c, arena) => {
      const words = distinctWords(rows);
      const shuffled = Array.from(permutation(rows, 12), (i) => words[i]);
      const column = pair(buildColumn(shuffled, arena), columnFromTypedArray(randomF64(rows, 11), arena));
      return (out) => sortByKey(c, [column], true, out);
    },
  },
];
