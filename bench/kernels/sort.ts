/** Sorting rows by key, with their payload. */
import { columnFromTypedArray } from "../../src/column/builder.ts";
import { sortByKey } from "../../src/kernels/sort.ts";
import { randomF64, randomU32, randomU64 } from "../data.ts";
import { type KernelCase, pair } from "./case.ts";

export const sortCases = (rows: number): readonly KernelCase[] =>
  (["u32", "u64", "f64"] as const).map((kind) => ({
    name: `sort (${kind}, f64)`,
    rows,
    prepare: (c, arena) => {
      const keys =
        kind === "u32" ? randomU32(rows, 10) : kind === "u64" ? randomU64(rows, 10) : randomF64(rows, 10);
      const column = pair(
        columnFromTypedArray(keys, arena),
        columnFromTypedArray(randomF64(rows, 11), arena),
      );
      return (out) => sortByKey(c, [column], true, out);
    },
  }));
