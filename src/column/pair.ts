/** A column of [K, V] pairs over two columns of one segment. */
import { type Column, plainColumn } from "./column.ts";
import { pairType } from "./type.ts";

export function pairColumn({ keys, values }: { readonly keys: Column; readonly values: Column }): Column {
  const { length, segment } = keys;
  return plainColumn({ type: pairType(keys.type, values.type), length, segment, children: [keys, values] });
}
