/**
 * The dictionaries that arrays of codes refer to. One of strings stays a dictionary: our codes stand for distinct strings, so the codes of
 * doubles become that of the first of their like, and codes of null become null.
 */

import { buildColumn } from "../column/builder.ts";
import type { Column } from "../column/column.ts";
import { concatColumns } from "../column/concat.ts";
import { lastingDictionary } from "../column/dictionary.ts";
import { readColumn } from "../column/reader.ts";
import type { Compute } from "../kernels/compute.ts";
import { NO_ROW } from "../kernels/select.ts";
import type { Arena } from "../memory/arena.ts";

export interface Dictionary {
  /** As read: codes index it. */
  readonly values: Column;
  /** Strings without doubles and nulls, and what the codes become; null for other types. */
  readonly strings: { readonly distinct: Column; readonly codes: Uint32Array | null } | null;
}

export type DictionarySet = ReadonlyMap<number, Dictionary>;

/** The dictionary after a dictionary batch: its values alone, or behind those before when it is a delta. */
export function withBatch(
  compute: Compute,
  before: Dictionary | undefined,
  batch: Column,
  delta: boolean,
  lasting: boolean,
  out: Arena,
): Dictionary {
  const values =
    delta && before !== undefined ? concatColumns(compute.heap, [before.values, batch], out) : batch;
  return {
    values,
    strings: values.type.kind === "utf8" ? distinctStrings(compute, values, lasting, out) : null,
  };
}

function distinctStrings(
  { heap }: Compute,
  values: Column,
  lasting: boolean,
  out: Arena,
): { readonly distinct: Column; readonly codes: Uint32Array | null } {
  const codes = new Uint32Array(values.length);
  const known = new Map<string, number>();
  (readColumn(heap, values) as (string | null)[]).forEach((value, i) => {
    let code = value === null ? NO_ROW : known.get(value);
    if (code === undefined) {
      code = known.size;
      known.set(value as string, code);
    }
    codes[i] = code;
  });
  const unchanged = known.size === values.length;
  const distinct = unchanged ? values : buildColumn([...known.keys()], out);
  return {
    distinct: lasting && known.size > 0 ? lastingDictionary(distinct, known.keys(), out) : distinct,
    codes: unchanged ? null : codes,
  };
}
