/** A column of [K, V] pairs over two columns of one segment. */
import type { Column } from "./column.ts";
import { pairType } from "./type.ts";

export function pairColumn({ keys, values }: { readonly keys: Column; readonly values: Column }): Column {
  return {
    type: pairType(keys.type, values.type),
    length: keys.length,
    segment: keys.segment,
    validity: 0,
    nullCount: 0,
    offsets: 0,
    values: 0,
    children: [keys, values],
  };
}
