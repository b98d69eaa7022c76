/** One dictionary for the codes of many, since a table's column has one. Costs a look-up a distinct string, none a row. */
import { buildColumn } from "../column/builder.ts";
import type { Column } from "../column/column.ts";
import { readColumn } from "../column/reader.ts";
import type { Arena } from "../memory/arena.ts";
import type { Heap } from "../memory/heap.ts";

export interface SharedDictionary {
  readonly strings: Column;
  /** What a column's codes become; null when they stay. */
  codesOf(column: Column): Uint32Array | null;
}

export function commonStrings(heap: Heap, columns: readonly Column[], out: Arena): SharedDictionary {
  const dictionaries = new Map(columns.map(({ children: [own] }) => [placeOf(own), own]));
  const [only] = dictionaries.values();
  if (dictionaries.size === 1) return { strings: only, codesOf: () => null };
  const codes = new Map<string, number>();
  const mapped = new Map<string, Uint32Array>();
  for (const [place, own] of dictionaries)
    mapped.set(
      place,
      Uint32Array.from(readColumn(heap, own) as string[], (value) => {
        const known = codes.get(value);
        if (known !== undefined) return known;
        codes.set(value, codes.size);
        return codes.size - 1;
      }),
    );
  return {
    strings: buildColumn([...codes.keys()], out),
    codesOf: ({ children: [own] }) => mapped.get(placeOf(own))!,
  };
}

function placeOf({ segment, values, offsets }: Column): string {
  return `${segment} ${values} ${offsets}`;
}
