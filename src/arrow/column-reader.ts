/** What reading an array needs, and what every column made of one has: its length and its nulls. */
import type { Column } from "../column/column.ts";
import type { FixedKind } from "../column/type.ts";
import type { Compute } from "../kernels/compute.ts";
import type { Arena } from "../memory/arena.ts";
import type { BatchBody } from "./body.ts";
import type { DictionarySet } from "./dictionary.ts";

export interface ColumnReader {
  readonly compute: Compute;
  readonly body: BatchBody;
  readonly dictionaries: DictionarySet;
  /** Where the column goes: all in one segment. */
  readonly out: Arena;
}

/** What all columns have; `make` adds type and values. */
export interface Rows {
  readonly length: number;
  readonly segment: Column["segment"];
  readonly validity: number;
  readonly nullCount: number;
}

export function fixed(kind: FixedKind, rows: Rows, values: number): Column {
  return { ...rows, type: { kind }, offsets: 0, values, children: [] };
}

/** The next buffer as the bitmap of the rows that are not null. How many are null is counted and not believed. */
export function readValidity({ body, out }: ColumnReader, length: number, claimed: number): Rows {
  const bits = body.buffer();
  const { segment } = out;
  const none = { length, segment: segment.id, validity: 0, nullCount: 0 };
  if (claimed === 0 || length === 0) return none;
  const bytes = (length + 7) >>> 3;
  if (bits.length < bytes) {
    if (bits.length === 0 && claimed === -1) return none;
    throw body.corrupt(`a bitmap of ${bits.length} bytes should have ${bytes}`);
  }
  const validity = out.allocate(bytes);
  const { u8 } = segment;
  u8.set(bits.subarray(0, bytes), validity);
  if (length % 8 !== 0) u8[validity + bytes - 1] &= (1 << (length % 8)) - 1;
  let valid = 0;
  for (let i = 0; i < bytes; i++) valid += ONES[u8[validity + i]];
  return valid === length ? none : { length, segment: segment.id, validity, nullCount: length - valid };
}

const ONES = Uint8Array.from({ length: 256 }, (_, byte) => {
  let ones = 0;
  for (let rest = byte; rest > 0; rest &= rest - 1) ones++;
  return ones;
});
