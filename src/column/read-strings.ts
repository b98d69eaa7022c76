/** The strings of a utf8 column without nulls. Text that is all ASCII is decoded at once and cut; other text is halved until it is, or is short. */
import { Buffer, isAscii } from "node:buffer";
import type { Segment } from "../memory/segment.ts";
import type { Column } from "./column.ts";

/** V8's longest string is a little over this. */
const MOST_AT_ONCE = 1 << 28;
/** Strings that are decoded one by one when they are not all ASCII. */
const FEW = 8;

/** Rows `first` to `last`. */
export function readStrings(
  { i32, u8 }: Segment,
  { offsets, values }: Column,
  first: number,
  last: number,
): string[] {
  const result = new Array<string>(last - first);
  const at = offsets / 4;
  const read = (from: number, to: number): void => {
    const start = i32[at + from];
    const bytes = Buffer.from(u8.buffer, values + start, i32[at + to] - start);
    if (bytes.length < MOST_AT_ONCE && isAscii(bytes)) {
      const text = bytes.toString("latin1");
      let begin = 0;
      for (let row = from; row < to; row++) {
        const end = i32[at + row + 1] - start;
        result[row - first] = text.substring(begin, end);
        begin = end;
      }
    } else if (to - from > FEW) {
      const middle = (from + to) >>> 1;
      read(from, middle);
      read(middle, to);
    } else
      for (let row = from; row < to; row++)
        result[row - first] = bytes.toString("utf8", i32[at + row] - start, i32[at + row + 1] - start);
  };
  if (last > first) read(first, last);
  return result;
}

export function readString({ i32, u8 }: Segment, { values, offsets }: Column, row: number): string {
  const at = offsets / 4 + row;
  return Buffer.from(u8.buffer, values + i32[at], i32[at + 1] - i32[at]).toString("utf8");
}
