import { Buffer } from "node:buffer";
import fc from "fast-check";
import type { StringKernels } from "../../../src/kernels/kernels.ts";
import { bytes, column, type Shape, strings, stringsOf } from "./edges.ts";
import { type KernelCases, kernelCase } from "./kernel-case.ts";

/** A set of ASCII characters: a byte for each low nibble, with a bit for each high nibble. */
function tableOf(characters: string): Uint8Array {
  const table = new Uint8Array(16);
  for (const code of Buffer.from(characters)) table[code & 15] |= 1 << (code >> 4);
  return table;
}

const separated = (shape: Shape) =>
  fc.record({
    column: strings(shape),
    table: fc.oneof(
      fc.constantFrom("", ",", " ", ", ", "a0").map(tableOf),
      fc.string({ unit: "binary-ascii", maxLength: 60 }).map(tableOf),
    ),
    // Runs are one separator, and only then may all others be separators.
    mode: fc.constantFrom({ others: 0, repeat: 0 }, { others: 0, repeat: 1 }, { others: 1, repeat: 1 }),
  });

const lines = (shape: Shape) =>
  column(shape, fc.constantFrom("\n", "\r", "\r\n", "a", "b,c", "0123456789abcdef", "é😀"), () => 0).map(
    (pieces) => Buffer.from(pieces.join("")),
  );

export const stringCases: KernelCases<StringKernels> = {
  countPieces: kernelCase(separated, (k, m, { column: { rows, offsets, bytes: text }, table, mode }) => [
    k.countPieces(m.input(offsets), m.input(text), rows, m.input(table), mode.others, mode.repeat),
  ]),
  splitPieces: kernelCase(
    (shape) => fc.record({ input: separated(shape), withParents: fc.boolean() }),
    (k, m, { input: { column: strings, table, mode }, withParents }) => {
      const { rows, bytes: text } = strings;
      const most = rows + text.length;
      const [offsets, values, set] = [m.input(strings.offsets), m.input(text), m.input(table)];
      const outOffsets = m.room(most + 1, 4);
      const outValues = m.room(text.length + 64, 1);
      const parents = m.room(most, 4);
      const pieces = k.countPieces(offsets, values, rows, set, mode.others, mode.repeat);
      k.splitPieces(
        offsets,
        values,
        rows,
        set,
        mode.others,
        mode.repeat,
        outOffsets,
        outValues,
        withParents ? parents : 0,
      );
      const length = m.u32(outOffsets, pieces + 1)[pieces];
      return [
        pieces,
        m.bytes(outOffsets, pieces * 4 + 4),
        m.bytes(outValues, length),
        m.bytes(parents, withParents ? pieces * 4 : most * 4),
      ];
    },
  ),
  lowerAscii: kernelCase(
    (shape) =>
      fc.oneof(
        bytes(shape),
        strings(shape).map((s) => s.bytes),
      ),
    (k, m, source) => {
      const target = m.room(source.length, 1);
      return [k.lowerAscii(m.input(source), source.length, target), m.bytes(target, source.length)];
    },
  ),
  utf16Lengths: kernelCase(strings, (k, m, { rows, offsets, bytes: text }) => {
    const into = m.room(rows, 4);
    k.utf16Lengths(m.input(offsets), m.input(text), rows, into);
    return [m.bytes(into, rows * 4)];
  }),
  testStrings: kernelCase(
    (shape) =>
      fc.record({
        column: strings(shape),
        test: fc.nat({ max: 3 }),
        negate: fc.nat({ max: 1 }),
        // Text that occurs in a row, and text that may not.
        text: fc.oneof(
          fc.constantFrom("", "a", ",", "0123", "€€", "prefix").map((text) => stringsOf([text])),
          strings("one row"),
        ),
        row: fc.option(fc.nat()),
      }),
    (k, m, { column: { rows, offsets, bytes: text }, test, negate, text: other, row }) => {
      const at = row === null || rows === 0 ? null : row % rows;
      const wanted = at === null ? other.bytes : text.slice(offsets[at], offsets[at + 1]);
      const into = m.room(rows, 1);
      k.testStrings(
        m.input(offsets),
        m.input(text),
        rows,
        m.input(wanted),
        wanted.length,
        test,
        negate,
        into,
      );
      return [m.bytes(into, rows)];
    },
  ),
  countLines: kernelCase(lines, (k, m, source) => [k.countLines(m.input(source), source.length)]),
  splitLines: kernelCase(
    (shape) => fc.record({ source: lines(shape), inPlace: fc.boolean() }),
    (k, m, { source, inPlace }) => {
      const offsets = m.room(source.length + 1, 4);
      const from = inPlace ? m.variable(source) : m.input(source);
      const target = inPlace ? from : m.room(source.length, 1);
      const count = k.countLines(from, source.length);
      const taken = k.splitLines(from, source.length, offsets, target);
      return [taken, m.bytes(offsets, count * 4 + 4), m.bytes(target, m.u32(offsets, count + 1)[count])];
    },
  ),
};
