/** Columns of typed arrays: one copy, with the bounds of integers found on the way. Small integers widen to i32. */
import type { Arena } from "../memory/arena.ts";
import { type Column, type ColumnStats, plainColumn } from "./column.ts";
import type { FixedKind } from "./type.ts";

export type TypedArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

export function columnFromTypedArray(array: TypedArray, out: Arena): Column {
  const { segment } = out;
  const values = out.allocate(array.length * Math.max(4, array.BYTES_PER_ELEMENT));
  let kind: FixedKind;
  if (array instanceof Float64Array) {
    kind = "f64";
    segment.f64.set(array, values / 8);
  } else if (array instanceof Float32Array) {
    kind = "f32";
    segment.f32.set(array, values / 4);
  } else if (array instanceof BigInt64Array) {
    kind = "i64";
    segment.i64.set(array, values / 8);
  } else if (array instanceof BigUint64Array) {
    kind = "u64";
    segment.u64.set(array, values / 8);
  } else if (array instanceof Uint32Array) {
    kind = "u32";
    segment.u32.set(array, values / 4);
  } else {
    kind = "i32";
    segment.i32.set(array, values / 4);
  }
  const column = plainColumn({ type: { kind }, length: array.length, segment: segment.id, values });
  return kind === "f32" || kind === "f64" || array.length === 0
    ? column
    : { ...column, stats: boundsOf(array) };
}

function boundsOf(array: TypedArray): ColumnStats {
  let min = array[0];
  let max = array[0];
  for (let i = 1; i < array.length; i++) {
    const value = array[i];
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}
