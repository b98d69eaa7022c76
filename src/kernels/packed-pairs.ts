/**
 * Pairs of a 4- or 8-byte key and a 4- or 8-byte value that lie row by row between the two sides of a sort. As a column they are vectors of
 * words, so that who only moves them needs not know; what the words mean says a column of the pairs' own shape, kept beside.
 */
import type { Column } from "../column/column.ts";
import { type DataType, valueWidth } from "../column/type.ts";
import type { Arena } from "../memory/arena.ts";
import type { SegmentId } from "../memory/segment.ts";
import type { Compute } from "./compute.ts";
import { fromLeaves } from "./flat-rows.ts";
import { unpack } from "./pair-sorter.ts";

/** Dictionaries are shared, and bits are less than a word. */
const PACKED = new Set<DataType["kind"]>(["i32", "u32", "f32", "i64", "u64", "f64", "date"]);

export function arePackable({ children, nullCount }: Column): boolean {
  return (
    nullCount === 0 &&
    children.length === 2 &&
    children.every((child) => PACKED.has(child.type.kind) && child.nullCount === 0)
  );
}

export function packedColumn(at: number, length: number, stride: number, segment: SegmentId): Column {
  return {
    type: { kind: "vector", item: "f32", size: stride / 4 },
    length,
    segment,
    validity: 0,
    nullCount: 0,
    offsets: 0,
    values: at,
    children: [],
  };
}

/** The pairs in columns, `like` being of their shape. */
export function unpackPairs(c: Compute, packed: Column, like: Column, out: Arena): Column {
  const k = c.kernels(packed.segment);
  const stride = valueWidth(packed.type);
  let at = packed.values;
  const leaves = like.children.map(({ type }) => {
    const width = valueWidth(type);
    const values = out.allocate(packed.length * width);
    unpack(k, width, at, stride, packed.length, values);
    at += width;
    return values;
  });
  return fromLeaves([like], leaves, packed.length, packed.segment);
}
