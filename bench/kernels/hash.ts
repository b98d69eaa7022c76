/** Hashes of keys, the first step of every shuffle. */
import { buildColumn } from "../../src/column/builder.ts";
import { columnFromTypedArray } from "../../src/column/typed-array.ts";
import { hashColumn } from "../../src/kernels/hash.ts";
import { distinctWords, randomF64, randomU32 } from "../data.ts";
import type { KernelCase } from "./case.ts";

export const hashCases = (rows: number): readonly KernelCase[] => [
  {
    name: "hash u32",
    rows,
    prepare: (c, arena) => {
      const column = columnFromTypedArray(randomU32(rows, 1), arena);
      return (out) => hashColumn(c, column, out);
    },
  },
  {
    name: "hash f64",
    rows,
    prepare: (c, arena) => {
      const column = columnFromTypedArray(randomF64(rows, 2), arena);
      return (out) => hashColumn(c, column, out);
    },
  },
  {
    name: "hash strings",
    rows,
    prepare: (c, arena) => {
      const column = buildColumn(distinctWords(rows), arena);
      return (out) => hashColumn(c, column, out);
    },
  },
];
