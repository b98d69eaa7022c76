/**
 * Strings as codes into a dictionary of the distinct ones, so that grouping by them costs what grouping by integers does. A dictionary is
 * made once, on the driver, with the partition hash of each string beside it; all columns that come of it share it where it lies.
 */
import type { Arena } from "../memory/arena.ts";
import { buildColumn } from "./builder.ts";
import { type Column, plainColumn } from "./column.ts";
import { expectedDistinct } from "./expected-distinct.ts";
import { hashString } from "./hash-value.ts";

/** V8's Map holds at most 2^24 entries. */
const MOST_DISTINCT = 16_000_000;
/** The rows after which it is first judged whether a dictionary will pay. */
const FIRST_LOOK = 65536;

let dictionaries = 0;

/**
 * A dictionary column, or plain utf8 when more than half of the strings are, or seem to become, distinct. The memory of `out` must live as
 * long as any plan that reads the column. Costs a Map look-up a string.
 */
export function dictionaryFromStrings(strings: readonly string[], out: Arena): Column {
  const n = strings.length;
  if (n === 0) return buildColumn(strings, out);
  const codes = new Map<string, number>();
  const ptr = out.allocate(n * 4);
  const { u32 } = out.segment;
  let look = Math.min(n, FIRST_LOOK);
  for (let i = 0; i < n; i++) {
    const value = strings[i];
    let code = codes.get(value);
    if (code === undefined) {
      if (!value.isWellFormed() || codes.size === MOST_DISTINCT) return buildColumn(strings, out);
      code = codes.size;
      codes.set(value, code);
    }
    u32[ptr / 4 + i] = code;
    if (i + 1 === look) {
      if (expectedDistinct(look, codes.size, n) * 2 > n) return buildColumn(strings, out);
      look = Math.min(n, look * 2);
    }
  }
  const distinct = [...codes.keys()];
  const dictionary = lastingDictionary(buildColumn(distinct, out), distinct, out);
  return {
    ...plainColumn({
      type: { kind: "dictionary" },
      length: n,
      segment: out.segment.id,
      values: ptr,
      children: [dictionary],
    }),
    stats: { min: 0, max: codes.size - 1 },
  };
}

/** A column of distinct strings as a dictionary that lives as long as any plan that reads it; `out` lies beside it. */
export function lastingDictionary(strings: Column, distinct: Iterable<string>, out: Arena): Column {
  const hashes = out.allocate(strings.length * 4);
  const { i32 } = out.segment;
  let at = hashes / 4;
  for (const string of distinct) i32[at++] = hashString(string);
  return { ...strings, lasting: { id: ++dictionaries, hashes } };
}
