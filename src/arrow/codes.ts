/** Arrays of codes into a dictionary. Strings keep their dictionary; values of other types are looked up. */
import { buildColumn } from "../column/builder.ts";
import type { Column } from "../column/column.ts";
import { copyColumn } from "../column/copy.ts";
import { isValid } from "../column/reader.ts";
import type { Compute } from "../kernels/compute.ts";
import { gatherColumn, NO_ROW } from "../kernels/select.ts";
import type { Arena } from "../memory/arena.ts";
import type { ArrowField, IntType } from "./arrow-type.ts";
import { type ColumnReader, type Rows, readValidity } from "./column-reader.ts";
import { copyInts } from "./numbers.ts";

export function readCodes(r: ColumnReader, { id, index }: NonNullable<ArrowField["dictionary"]>): Column {
  const { body, out, compute } = r;
  const { length, nullCount } = body.node();
  const rows = readValidity(r, length, nullCount);
  const bytes = body.buffer((length * index.bits) / 8);
  const dictionary = r.dictionaries.get(id);
  if (dictionary === undefined && rows.nullCount < length)
    throw body.corrupt(`its codes are of dictionary ${id}, which did not come before it`);
  const values = out.allocate(length * 4);
  const { segment } = out;
  readIndices(bytes, index, segment.i32.subarray(values / 4, values / 4 + length));
  const codes = segment.u32.subarray(values / 4, values / 4 + length);
  if (rows.nullCount > 0)
    for (let i = 0; i < length; i++) if (!isValid(segment.u8, rows.validity, i)) codes[i] = NO_ROW;
  const size = dictionary?.values.length ?? 0;
  for (let i = 0; i < length; i++)
    if (
      codes[i] >= size &&
      !(codes[i] === NO_ROW && rows.nullCount > 0 && !isValid(segment.u8, rows.validity, i))
    )
      throw body.corrupt(`row ${i} has the code ${codes[i]} of a dictionary of ${size}`);
  if (dictionary?.strings === null) return lookUp(compute, dictionary.values, values, length, out);
  if (dictionary === undefined || dictionary.strings.distinct.length === 0)
    return buildColumn(new Array<null>(length).fill(null), out);
  const { distinct, codes: mapped } = dictionary.strings;
  return {
    ...(mapped === null && rows.nullCount === 0 ? rows : mapCodes(codes, mapped, rows, out)),
    type: { kind: "dictionary" },
    offsets: 0,
    values,
    children: [distinct],
    stats: { min: 0, max: distinct.length - 1 },
  };
}

/** Makes codes of distinct strings of the codes, 0 where there is none, and says what is null. */
function mapCodes(codes: Uint32Array, mapped: Uint32Array | null, rows: Rows, out: Arena): Rows {
  const bytes = (codes.length + 7) >>> 3;
  const validity = out.allocate(bytes);
  const { u8 } = out.segment;
  u8.fill(0, validity, validity + bytes);
  let nullCount = 0;
  for (let i = 0; i < codes.length; i++) {
    const code = mapped === null || codes[i] === NO_ROW ? codes[i] : mapped[codes[i]];
    if (code === NO_ROW) nullCount++;
    else u8[validity + (i >>> 3)] |= 1 << (i & 7);
    codes[i] = code === NO_ROW ? 0 : code;
  }
  return { ...rows, validity: nullCount === 0 ? 0 : validity, nullCount };
}

/** Codes of 64 bits whose high half is not 0 become ones that no dictionary has. */
function readIndices(bytes: Uint8Array, { bits, signed }: IntType, into: Int32Array): void {
  if (bits !== 64) {
    copyInts(bytes, bits, signed, into);
    return;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < into.length; i++)
    into[i] = view.getInt32(i * 8 + 4, true) === 0 ? view.getInt32(i * 8, true) : -1;
}

function lookUp(compute: Compute, values: Column, codes: number, length: number, out: Arena): Column {
  const near = values.segment === out.segment.id ? values : copyColumn(compute.heap, values, out);
  return gatherColumn(compute, near, codes, length, out, true);
}
