/**
 * A column: Arrow's physical layout (validity bitmap, i32 offsets, values) in one segment, described by plain
 * data that can be posted to any thread. Columns are immutable once built and own nothing: the arena or block
 * they were built in does. A chunk of an RDD's partition is one column; a chunk of pairs is a struct column.
 */
import type { SegmentId } from "../memory/segment.ts";
import type { DataType } from "./type.ts";

/** What is known about the values; absent means unknown. Kernels choose their algorithm from it. */
export interface ColumnStats {
  /** Bounds of the non-null values of a numeric column (not necessarily tight); absent if any is NaN. */
  readonly min?: number | bigint;
  readonly max?: number | bigint;
  readonly sorted?: "ascending" | "descending";
}

export interface Column {
  readonly type: DataType;
  readonly length: number;
  readonly segment: SegmentId;
  /** Pointer to the bitmap (bit i of byte i>>3, 1 = valid), 0 when there are no nulls. */
  readonly validity: number;
  readonly nullCount: number;
  /** Pointer to i32[length + 1] for utf8, list and object; 0 otherwise. The first offset need not be 0. */
  readonly offsets: number;
  /** Pointer to fixed-width values, dictionary codes, utf8 bytes or object bytes; 0 for struct and list. */
  readonly values: number;
  /** Struct fields; the item column of a list; the dictionary. All but a dictionary lie in the same segment. */
  readonly children: readonly Column[];
  readonly stats?: ColumnStats;
  readonly lasting?: Lasting;
}

/** A dictionary that lives as long as any plan that reads it: columns share it where it lies, and it does not count as theirs. */
export interface Lasting {
  /** No other dictionary of this thread has it. */
  readonly id: number;
  /** Pointer to the partition hash of each string, i32. */
  readonly hashes: number;
}

/** A column without nulls; what is not given it does not have. */
export function plainColumn(
  parts: Pick<Column, "type" | "length" | "segment"> &
    Partial<Pick<Column, "offsets" | "values" | "children">>,
): Column {
  return { validity: 0, nullCount: 0, offsets: 0, values: 0, children: [], ...parts };
}
