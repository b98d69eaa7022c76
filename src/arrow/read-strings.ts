/**
 * Strings and bytes. Strings must be UTF-8 (anything else would not come out as it went in) and are copied in one piece. Bytes have no
 * column type: each row becomes a Uint8Array in an object column.
 */
import { isAscii, isUtf8 } from "node:buffer";
import { buildColumn } from "../column/builder.ts";
import type { Column } from "../column/column.ts";
import { isValid } from "../column/reader.ts";
import type { ArrowType } from "./arrow-type.ts";
import type { ColumnReader, Rows } from "./column-reader.ts";
import { unsupportedArrow } from "./corrupt.ts";
import { readOffsets } from "./offsets.ts";

export function readStrings(r: ColumnReader, rows: Rows, large: boolean): Column {
  const { body, out } = r;
  const { ptr, start, end } = readOffsets(r, rows.length, large);
  const text = body.buffer(end).subarray(start, end);
  const { i32, u8 } = out.segment;
  const offsets = i32.subarray(ptr / 4, ptr / 4 + rows.length + 1);
  if (start > 0) for (let i = 0; i <= rows.length; i++) offsets[i] -= start;
  const values = out.allocate(text.length);
  u8.set(text, values);
  checkText(r, rows, text, offsets);
  return { ...rows, type: { kind: "utf8" }, offsets: ptr, values, children: [] };
}

/** Each string has to be UTF-8 by itself; what lies under null rows does not matter. */
function checkText({ body, out }: ColumnReader, rows: Rows, text: Uint8Array, offsets: Int32Array): void {
  if (isAscii(text)) return;
  let whole = isUtf8(text);
  // Whole text cut between the bytes of a character?
  for (let i = 0; whole && i <= rows.length; i++) if ((text[offsets[i]] & 0xc0) === 0x80) whole = false;
  if (whole) return;
  const { u8 } = out.segment;
  for (let i = 0; i < rows.length; i++)
    if (isValid(u8, rows.validity, i) && !isUtf8(text.subarray(offsets[i], offsets[i + 1])))
      throw body.corrupt(`the string in row ${i} is not UTF-8`);
}

export function readStringViews(r: ColumnReader, rows: Rows): Column {
  const { out } = r;
  const views = viewsOf(r, rows);
  let total = 0;
  for (const { length } of views) total += length;
  if (total > 0x7fffffff)
    throw unsupportedArrow(
      r.body.source,
      "a batch has more than 2 GiB of text; write smaller record batches",
    );
  const ptr = out.allocate((rows.length + 1) * 4);
  const values = out.allocate(total);
  const text = new Uint8Array(total);
  const offsets = out.segment.i32.subarray(ptr / 4, ptr / 4 + rows.length + 1);
  let at = 0;
  offsets[0] = 0;
  views.forEach((bytes, i) => {
    text.set(bytes, at);
    at += bytes.length;
    offsets[i + 1] = at;
  });
  checkText(r, rows, text, offsets);
  out.segment.u8.set(text, values);
  return { ...rows, type: { kind: "utf8" }, offsets: ptr, values, children: [] };
}

export function readBinary(r: ColumnReader, rows: Rows, type: ArrowType): Column {
  const { body, out } = r;
  const { length, validity } = rows;
  let rowBytes: (row: number) => Uint8Array;
  if (type.kind === "binaryView") {
    const views = viewsOf(r, rows);
    rowBytes = (i) => views[i];
  } else if (type.kind === "fixedSizeBinary") {
    const { size } = type;
    const bytes = body.buffer(length * size);
    rowBytes = (i) => bytes.subarray(i * size, (i + 1) * size);
  } else {
    const { ptr, end } = readOffsets(r, length, type.kind === "largeBinary");
    const bytes = body.buffer(end);
    const at = ptr / 4;
    rowBytes = (i) => bytes.subarray(out.segment.i32[at + i], out.segment.i32[at + i + 1]);
  }
  const { u8 } = out.segment;
  return buildColumn(
    Array.from({ length }, (_, i) => (isValid(u8, validity, i) ? new Uint8Array(rowBytes(i)) : null)),
    out,
  );
}

/** The bytes of each row of a view array: up to 12 in the view itself, longer ones in a data buffer. Null rows are empty. */
function viewsOf({ body, out }: ColumnReader, { length, validity }: Rows): Uint8Array[] {
  const bytes = body.buffer(length * 16);
  const data = Array.from({ length: body.variadicCount() }, () => body.buffer());
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { u8 } = out.segment;
  return Array.from({ length }, (_, i) => {
    if (!isValid(u8, validity, i)) return bytes.subarray(0, 0);
    const size = view.getInt32(i * 16, true);
    if (size >= 0 && size <= 12) return bytes.subarray(i * 16 + 4, i * 16 + 4 + size);
    const buffer = data[view.getInt32(i * 16 + 8, true)];
    const from = view.getInt32(i * 16 + 12, true);
    if (size < 0 || buffer === undefined || from < 0 || from + size > buffer.length)
      throw body.corrupt(`the view in row ${i} lies outside of its buffers`);
    return buffer.subarray(from, from + size);
  });
}
