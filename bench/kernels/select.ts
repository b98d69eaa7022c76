/** Filtering by a mask and gathering by positions. */
import { columnFromTypedArray } from "../../src/column/typed-array.ts";
import { filterColumn, gatherColumn } from "../../src/kernels/select.ts";
import { permutation, randomF64, randomU32 } from "../data.ts";
import type { KernelCase } from "./case.ts";

export const selectCases = (rows: number): readonly KernelCase[] => [
  {
    name: "filter f64, half stay",
    rows,
    prepare: (c, arena) => {
      const column = columnFromTypedArray(randomF64(rows, 16), arena);
      const mask = arena.allocate(rows);
      arena.segment.u8.set(
        Uint8Array.from(randomU32(rows, 17), (bits) => bits & 1),
        mask,
      );
      return (out) => filterColumn(c, column, mask, out);
    },
  },
  {
    name: "gather f64, random positions",
    rows,
    prepare: (c, arena) => {
      const column = columnFromTypedArray(randomF64(rows, 18), arena);
      const indices = arena.allocate(4 * rows);
      arena.segment.u32.set(permutation(rows, 19), indices / 4);
      return (out) => gatherColumn(c, column, indices, rows, out);
    },
  },
];
