/** A column operation to be timed in every backend, on columns made once. */
import type { Column } from "../../src/column/column.ts";
import type { Compute } from "../../src/kernels/compute.ts";
import type { Arena } from "../../src/memory/arena.ts";

export interface KernelCase {
  readonly name: string;
  readonly rows: number;
  /** Makes the inputs in `arena`; what it returns is timed, with an arena for its results that is emptied after each run. */
  prepare(c: Compute, arena: Arena): (out: Arena) => unknown;
}

export function pair(keys: Column, values: Column): Column {
  return {
    type: {
      kind: "struct",
      form: "tuple",
      fields: [
        { name: "0", type: keys.type },
        { name: "1", type: values.type },
      ],
    },
    length: keys.length,
    segment: keys.segment,
    validity: 0,
    nullCount: 0,
    offsets: 0,
    values: 0,
    children: [keys, values],
  };
}
