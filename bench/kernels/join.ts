/** A large side with a small one whose keys are unique. */
import { columnFromTypedArray } from "../../src/column/typed-array.ts";
import { joinByKey } from "../../src/kernels/join.ts";
import { permutation, randomF64, randomKeys } from "../data.ts";
import { type KernelCase, pair } from "./case.ts";

export const joinCases = (rows: number): readonly KernelCase[] => [
  {
    name: "join (u32, f64) with a twentieth",
    rows,
    prepare: (c, arena) => {
      const small = Math.ceil(rows / 20);
      const left = pair(
        columnFromTypedArray(randomKeys(rows, small, 12), arena),
        columnFromTypedArray(randomF64(rows, 13), arena),
      );
      const right = pair(
        columnFromTypedArray(permutation(small, 14), arena),
        columnFromTypedArray(randomF64(small, 15), arena),
      );
      return (out) => {
        const scratch = c.heap.arena(out.segment.id);
        for (const _ of joinByKey(c, [left], [right], "inner", scratch, () => out));
        scratch.release();
      };
    },
  },
];
