/** Whether nulls are in a column, at any depth; a dictionary has none. */
import type { Column } from "./column.ts";

export function hasNulls(column: Column): boolean {
  return column.nullCount > 0 || (column.type.kind !== "dictionary" && column.children.some(hasNulls));
}
