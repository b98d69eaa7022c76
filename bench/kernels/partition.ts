/** Rows to their partitions. */
import { columnFromTypedArray } from "../../src/column/typed-array.ts";
import { partitionByHash } from "../../src/kernels/partition.ts";
import { randomF64, randomU32 } from "../data.ts";
import { type KernelCase, pair } from "./case.ts";

export const partitionCases = (rows: number): readonly KernelCase[] =>
  [2, 64].map((partitions) => ({
    name: `partition (u32, f64) to ${partitions}`,
    rows,
    prepare: (c, arena) => {
      const keys = columnFromTypedArray(randomU32(rows, 3), arena);
      const column = pair(keys, columnFromTypedArray(randomF64(rows, 4), arena));
      return (out) => partitionByHash(c, column, keys, partitions, out);
    },
  }));
