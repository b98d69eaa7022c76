import type { Segment } from "../../memory/segment.ts";
import type { StringKernels } from "../kernels.ts";

const LF = 10;
const CR = 13;

export function stringKernels({ u8, i32, u32 }: Segment): StringKernels {
  const isSeparator = (byte: number, table: number, others: number): boolean =>
    byte > 127 ? others !== 0 : (u8[table + (byte & 15)] & (1 << (byte >> 4))) !== 0;

  /** Calls `piece` for each piece of each row. */
  const pieces = (
    offsets: number,
    values: number,
    rows: number,
    table: number,
    others: number,
    repeat: number,
    piece: (row: number, start: number, end: number) => void,
  ): void => {
    for (let row = 0; row < rows; row++) {
      const end = values + i32[offsets / 4 + row + 1];
      let start = values + i32[offsets / 4 + row];
      for (let at = start; at < end; at++) {
        if (!isSeparator(u8[at], table, others)) continue;
        piece(row, start, at);
        if (repeat !== 0) while (at + 1 < end && isSeparator(u8[at + 1], table, others)) at++;
        start = at + 1;
      }
      piece(row, start, end);
    }
  };

  const same = (a: number, b: number, length: number): boolean => {
    for (let i = 0; i < length; i++) if (u8[a + i] !== u8[b + i]) return false;
    return true;
  };

  return {
    countPieces(offsets, values, rows, table, others, repeat) {
      let count = 0;
      pieces(offsets, values, rows, table, others, repeat, () => count++);
      return count;
    },
    splitPieces(offsets, values, rows, table, others, repeat, outOffsets, outValues, parents) {
      let at = 0;
      let to = outValues;
      i32[outOffsets / 4] = 0;
      pieces(offsets, values, rows, table, others, repeat, (row, start, end) => {
        u8.copyWithin(to, start, end);
        to += end - start;
        if (parents !== 0) u32[parents / 4 + at] = row;
        i32[outOffsets / 4 + ++at] = to - outValues;
      });
    },
    lowerAscii(source, bytes, target) {
      let beyond = 0;
      for (let i = 0; i < bytes; i++) {
        const byte = u8[source + i];
        beyond |= byte >> 7;
        u8[target + i] = byte >= 65 && byte <= 90 ? byte + 32 : byte;
      }
      return beyond;
    },
    utf16Lengths(offsets, values, rows, into) {
      for (let row = 0; row < rows; row++) {
        let units = 0;
        for (let at = i32[offsets / 4 + row]; at < i32[offsets / 4 + row + 1]; at++) {
          const byte = u8[values + at];
          units += byte >= 0xf0 ? 2 : (byte & 0xc0) === 0x80 ? 0 : 1;
        }
        i32[into / 4 + row] = units;
      }
    },
    testStrings(offsets, values, rows, text, length, test, negate, into) {
      for (let row = 0; row < rows; row++) {
        const start = values + i32[offsets / 4 + row];
        const end = values + i32[offsets / 4 + row + 1];
        let result = false;
        if (test === 0) result = end - start === length && same(start, text, length);
        else if (end - start >= length) {
          if (test === 1) result = same(start, text, length);
          else if (test === 2) result = same(end - length, text, length);
          else for (let at = start; at + length <= end && !result; at++) result = same(at, text, length);
        }
        u8[into + row] = (result ? 1 : 0) ^ negate;
      }
    },
    countLines(source, bytes) {
      let lines = 0;
      for (let i = source; i < source + bytes; i++)
        if (u8[i] === CR || (u8[i] === LF && (i === source || u8[i - 1] !== CR))) lines++;
      return lines;
    },
    splitLines(source, bytes, offsets, target) {
      const end = source + bytes;
      let at = 0;
      let to = target;
      let start = source;
      i32[offsets / 4] = 0;
      for (let i = source; i < end; i++) {
        if (u8[i] !== LF && u8[i] !== CR) continue;
        u8.copyWithin(to, start, i);
        to += i - start;
        i32[offsets / 4 + ++at] = to - target;
        if (u8[i] === CR && i + 1 < end && u8[i + 1] === LF) i++;
        start = i + 1;
      }
      return start - source;
    },
  };
}
