/** Dictionary columns with dictionaries of their own, brought to one: each distinct string of each dictionary is looked at once, rows only by code. */
import type { Column } from "../column/column.ts";
import { copyColumn } from "../column/copy.ts";
import type { Arena } from "../memory/arena.ts";
import { doubles } from "./accumulator.ts";
import type { KeyedColumns } from "./aggregate.ts";
import type { Compute } from "./compute.ts";
import { GroupTable } from "./group.ts";

/** The same rows over one dictionary, which lies in `out`; the new codes lie in `scratch`, of the same segment as all keys. */
export function withOneDictionary(
  c: Compute,
  inputs: readonly KeyedColumns[],
  scratch: Arena,
  out: Arena,
): KeyedColumns[] {
  const table = new GroupTable(c, { kind: "utf8" }, scratch);
  const kernels = c.kernels(scratch.segment.id);
  const known = new Map<Column, number>();
  const coded = inputs.map(({ keys, values }) => {
    const [strings] = keys.children;
    let ids = known.get(strings);
    if (ids === undefined) {
      const near = strings.segment === scratch.segment.id ? strings : copyColumn(c.heap, strings, scratch);
      ids = scratch.allocate(near.length * 4);
      table.add(near, 0, near.length, ids);
      known.set(strings, ids);
    }
    const codes = scratch.allocate(keys.length * 4);
    kernels.gather4(ids, keys.values, keys.length, codes);
    return { codes, keys, values };
  });
  const dictionary = table.keys(out);
  return coded.map(({ codes, keys, values }) => ({
    keys: { ...doubles(codes, keys.length, scratch), type: keys.type, children: [dictionary] },
    values,
  }));
}
