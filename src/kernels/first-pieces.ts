/**
 * `split(separator)[0]` of each string: what lies before the first separator, or the whole string, so that every string has it. Bytes are
 * looked at up to there, twice, and copied; UTF-8 of a separator is found nowhere but where the separator is.
 */
import { type Column, plainColumn } from "../column/column.ts";
import type { Arena } from "../memory/arena.ts";
import type { Compute } from "./compute.ts";
import type { Separator } from "./separator.ts";
import { ofDictionary } from "./strings.ts";

export function firstPieces(c: Compute, column: Column, separator: Separator, out: Arena): Column {
  if (column.type.kind === "dictionary")
    return ofDictionary(c, column, out, (d, into) => firstPieces(c, d, separator, into));
  const { length, values: bytes } = column;
  const { i32, u8 } = c.heap.segment(column.segment);
  const endOf = separator.kind === "class" ? firstOfClass(u8, separator) : firstOfText(u8, separator.text);
  const offsets = out.allocate((length + 1) * 4);
  const from = column.offsets / 4;
  const to = offsets / 4;
  let total = 0;
  i32[to] = 0;
  for (let row = 0; row < length; row++) {
    const start = i32[from + row];
    total += endOf(bytes + start, bytes + i32[from + row + 1]) - bytes - start;
    i32[to + row + 1] = total;
  }
  const values = out.allocate(total);
  for (let row = 0; row < length; row++) {
    const end = values + i32[to + row + 1];
    for (let at = values + i32[to + row], read = bytes + i32[from + row]; at < end; ) u8[at++] = u8[read++];
  }
  return plainColumn({ type: { kind: "utf8" }, length, segment: out.segment.id, offsets, values });
}

/** Where the first of something is between two pointers; the second when it is not there. */
type Find = (at: number, end: number) => number;

function firstOfClass(u8: Uint8Array, { bits, others }: Separator & { readonly kind: "class" }): Find {
  const isIn = Uint8Array.from({ length: 256 }, (_, byte) =>
    byte < 128 ? (bits[byte >> 5] >>> (byte & 31)) & 1 : Number(others),
  );
  return (at, end) => {
    while (at < end && isIn[u8[at]] === 0) at++;
    return at;
  };
}

function firstOfText(u8: Uint8Array, text: string): Find {
  const [first, ...rest] = new TextEncoder().encode(text);
  const isAt = (at: number): boolean => rest.every((byte, i) => u8[at + i] === byte);
  return (at, end) => {
    const last = end - rest.length;
    for (; at < last; at++) if (u8[at] === first && isAt(at + 1)) return at;
    return end;
  };
}
