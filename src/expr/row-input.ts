/**
 * How a generated loop reads a row. Plain rows are there already; the fields of a column's rows are read from the columns' own arrays, and the
 * row is written as a literal around them, which V8 need not make when the function only takes it apart.
 */
import type { Column } from "../column/column.ts";
import { readColumn } from "../column/reader.ts";
import type { DataType } from "../column/type.ts";
import type { Heap } from "../memory/heap.ts";

export type Leaf = ArrayLike<unknown>;

export interface RowInput {
  /** JavaScript for row `i`, from the arrays `c0`, `c1`, ... */
  readonly row: string;
  readonly leaves: number;
  /** Equal for inputs that V8 sees as the same. */
  readonly key: string;
  /** The arrays of rows `from` to `to` of a column of this type. */
  read(heap: Heap, column: Column, from: number, to: number): Leaf[];
}

type Read = (heap: Heap, column: Column, from: number, to: number) => Leaf;

const VIEWS = { f64: 8, f32: 4, i32: 4, u32: 4, i64: 8, u64: 8 } as const;

/** `nullable` columns are read as values, whole. */
export function rowInput(type: DataType | "rows", nullable = false): RowInput {
  const reads: Read[] = [];
  const kinds: string[] = [];
  const leaf = (path: readonly number[], kind: string, read: Read): string => {
    kinds.push(kind);
    reads.push((heap, column, from, to) =>
      read(
        heap,
        path.reduce((at, field) => at.children[field], column),
        from,
        to,
      ),
    );
    return `c${reads.length - 1}[i]`;
  };
  const row = (at: DataType, path: readonly number[]): string => {
    const { kind } = at;
    if (!nullable && kind in VIEWS) {
      const view = kind as keyof typeof VIEWS;
      return leaf(path, view, (heap, { segment, values }, from, to) =>
        heap.segment(segment)[view].subarray(values / VIEWS[view] + from, values / VIEWS[view] + to),
      );
    }
    if (!nullable && at.kind === "struct" && at.fields.every(({ name }) => name !== "__proto__")) {
      const fields = at.fields.map(({ type: field }, i) => row(field, [...path, i]));
      return at.form === "tuple"
        ? `[${fields.join(", ")}]`
        : `({ ${at.fields.map(({ name }, i) => `${JSON.stringify(name)}: ${fields[i]}`).join(", ")} })`;
    }
    return leaf(path, "values", readColumn);
  };
  const source = type === "rows" ? "c0[i]" : row(type, []);
  return {
    row: source,
    leaves: type === "rows" ? 1 : reads.length,
    key: `${source} ${kinds.join()}`,
    read: (heap, column, from, to) => reads.map((read) => read(heap, column, from, to)),
  };
}
