/**
 * Chunks of rows as arrays, one a column: each value is copied once, from the heap to its place in a single typed array. The copies of
 * numbers are listed, for many threads to do.
 */
import type { Copy } from "../memory/copies.ts";
import type { Segments } from "../memory/segment.ts";
import type { Column } from "./column.ts";
import { readCodes } from "./dictionary-strings.ts";
import { readColumn } from "./reader.ts";
import { sameDictionary } from "./same-dictionary.ts";
import { valueWidth } from "./type.ts";
import type { TypedArray } from "./typed-array.ts";

export interface ReadColumns {
  readonly columns: (TypedArray | unknown[])[];
  /** What is still to be copied into the typed arrays. */
  readonly copies: Copy[];
}

const ARRAYS: Readonly<Record<string, new (buffer: SharedArrayBuffer) => TypedArray>> = {
  i32: Int32Array,
  u32: Uint32Array,
  f32: Float32Array,
  f64: Float64Array,
  i64: BigInt64Array,
  u64: BigUint64Array,
};

/**
 * The rows of all chunks in order: a typed array for numbers, an array of values for anything else, and the fields of structs in place of the
 * structs, unless some are null.
 */
export function readColumns(heap: Segments, chunks: readonly Column[]): ReadColumns {
  const copies: Copy[] = [];
  return { columns: chunks.length === 0 ? [] : readFields(heap, chunks, copies), copies };
}

function readFields(heap: Segments, chunks: readonly Column[], copies: Copy[]): (TypedArray | unknown[])[] {
  const [first] = chunks;
  const split = chunks.every(
    ({ type, nullCount, children }) =>
      type.kind === "struct" && nullCount === 0 && children.length === first.children.length,
  );
  if (!split) return [readOne(heap, chunks, copies)];
  return first.children.flatMap((_, i) =>
    readFields(
      heap,
      chunks.map(({ children }) => children[i]),
      copies,
    ),
  );
}

function readOne(heap: Segments, chunks: readonly Column[], copies: Copy[]): TypedArray | unknown[] {
  const [first] = chunks;
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const { kind } = first.type;
  const alike = chunks.every((chunk) => chunk.type.kind === kind && chunk.nullCount === 0);
  const array = alike ? ARRAYS[kind] : undefined;
  if (array !== undefined) {
    const width = valueWidth(first.type);
    const target = new SharedArrayBuffer(length * width);
    let at = 0;
    for (const { segment, values, length: n } of chunks) {
      copies.push({ segment, ptr: values, bytes: n * width, target, at });
      at += n * width;
    }
    return new array(target);
  }
  const result = new Array<unknown>(length);
  let at = 0;
  if (alike && kind === "dictionary" && sameDictionary(chunks)) {
    const [dictionary] = first.children;
    for (const { segment, values, length: n } of chunks) {
      readCodes(heap, dictionary, heap.segment(segment).u32.subarray(values / 4, values / 4 + n), result, at);
      at += n;
    }
    return result;
  }
  for (const chunk of chunks) for (const value of readColumn(heap, chunk)) result[at++] = value;
  return result;
}
