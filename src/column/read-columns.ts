/** Chunks of rows as arrays, one a column: each value is copied once, from shared memory to its place in a single typed array. */
import type { Segment, SegmentId } from "../memory/segment.ts";
import type { TypedArray } from "./builder.ts";
import type { Column } from "./column.ts";
import { readColumn, readTyped } from "./reader.ts";
import { sameDictionary } from "./same-dictionary.ts";

interface Segments {
  segment(id: SegmentId): Segment;
}

const ARRAYS = {
  i32: Int32Array,
  u32: Uint32Array,
  f32: Float32Array,
  f64: Float64Array,
  i64: BigInt64Array,
  u64: BigUint64Array,
} as const;

/**
 * The rows of all chunks in order: a typed array for numbers, an array of values for anything else, and the fields of structs in place of the
 * structs, unless some are null.
 */
export function readColumns(heap: Segments, chunks: readonly Column[]): (TypedArray | unknown[])[] {
  const [first] = chunks;
  if (first === undefined) return [];
  const split = chunks.every(
    ({ type, nullCount, children }) =>
      type.kind === "struct" && nullCount === 0 && children.length === first.children.length,
  );
  return split
    ? first.children.flatMap((_, i) =>
        readColumns(
          heap,
          chunks.map(({ children }) => children[i]),
        ),
      )
    : [readOne(heap, chunks)];
}

function readOne(heap: Segments, chunks: readonly Column[]): TypedArray | unknown[] {
  const [first] = chunks;
  if (chunks.length === 1) return readTyped(heap, first);
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const { kind } = first.type;
  const alike = chunks.every((chunk) => chunk.type.kind === kind && chunk.nullCount === 0);
  if (alike && kind in ARRAYS) {
    const name = kind as keyof typeof ARRAYS;
    const result = new ARRAYS[name](length);
    let at = 0;
    for (const { segment, values, length: n } of chunks) {
      const from = heap.segment(segment)[name];
      const start = values / from.BYTES_PER_ELEMENT;
      result.set(from.subarray(start, start + n) as never, at);
      at += n;
    }
    return result;
  }
  const result = new Array<unknown>(length);
  let at = 0;
  if (alike && kind === "dictionary" && sameDictionary(chunks)) {
    const distinct = readColumn(heap, first.children[0]);
    for (const { segment, values, length: n } of chunks) {
      const { u32 } = heap.segment(segment);
      for (let i = 0, code = values / 4; i < n; i++) result[at++] = distinct[u32[code + i]];
    }
    return result;
  }
  for (const chunk of chunks) for (const value of readColumn(heap, chunk)) result[at++] = value;
  return result;
}
