/** The strings of a utf8 column without nulls. Text that is all ASCII is decoded at once and cut. */
import { Buffer, isAscii } from "node:buffer";
import type { Segment } from "../memory/segment.ts";
import type { Column } from "./column.ts";

/** V8's longest string is a little over this. */
const MOST_AT_ONCE = 1 << 28;

/** Rows `first` to `last`. */
export function readStrings(
  { i32, u8 }: Segment,
  { offsets, values }: Column,
  first: number,
  last: number,
): string[] {
  const n = last - first;
  const at = offsets / 4 + first;
  const start = n === 0 ? 0 : i32[at];
  const end = n === 0 ? 0 : i32[at + n];
  const result = new Array<string>(n);
  const bytes = Buffer.from(u8.buffer, values + start, end - start);
  if (bytes.length < MOST_AT_ONCE && isAscii(bytes)) {
    const text = bytes.toString("latin1");
    let from = 0;
    for (let i = 0; i < n; i++) {
      const to = i32[at + i + 1] - start;
      result[i] = text.substring(from, to);
      from = to;
    }
  } else
    for (let i = 0; i < n; i++)
      result[i] = bytes.toString("utf8", i32[at + i] - start, i32[at + i + 1] - start);
  return result;
}

export function readString({ i32, u8 }: Segment, { values, offsets }: Column, row: number): string {
  const at = offsets / 4 + row;
  return Buffer.from(u8.buffer, values + i32[at], i32[at + 1] - i32[at]).toString("utf8");
}
