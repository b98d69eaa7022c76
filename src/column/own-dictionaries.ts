/** Dictionaries that lie somewhere else: whether a column has some, and the column with copies of them. */
import type { Arena } from "../memory/arena.ts";
import type { Heap } from "../memory/heap.ts";
import type { Column } from "./column.ts";
import { copyColumn } from "./copy.ts";

/** Whether codes refer to a dictionary that does not outlive all plans. */
export function hasPassingDictionary({ type, children }: Column): boolean {
  return type.kind === "dictionary" ? children[0].lasting === undefined : children.some(hasPassingDictionary);
}

/** The same rows where they lie, their dictionaries copied to `out` unless they are lasting. */
export function withOwnDictionaries(heap: Heap, column: Column, out: Arena): Column {
  if (!hasPassingDictionary(column)) return column;
  const children = column.children.map((child) =>
    column.type.kind === "dictionary" ? copyColumn(heap, child, out) : withOwnDictionaries(heap, child, out),
  );
  return { ...column, children };
}
