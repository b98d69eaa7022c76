/** Whether dictionary columns have one dictionary, so that equal codes mean equal strings. */
import type { Column } from "./column.ts";

export function sameDictionary(columns: readonly Column[]): boolean {
  const first = columns[0].children[0];
  return columns.every(
    ({ children: [other] }) =>
      other.segment === first.segment && other.values === first.values && other.offsets === first.offsets,
  );
}
