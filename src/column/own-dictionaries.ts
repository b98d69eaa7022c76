/** Dictionaries that lie somewhere else: whether a column has some, which, and the column with its own. */
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

export function passingDictionaries({ type, children }: Column): Column[] {
  return type.kind === "dictionary"
    ? children.filter(({ lasting }) => lasting === undefined)
    : children.flatMap(passingDictionaries);
}

/** The same rows where they lie; no dictionary counts as one that others share. */
export function withoutLasting({ lasting: _, ...column }: Column): Column {
  return column.children.length === 0 ? column : { ...column, children: column.children.map(withoutLasting) };
}
