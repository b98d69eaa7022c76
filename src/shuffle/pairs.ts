/** Pairs, as columns and as rows: what every keyed operation starts from. */
import { buildColumn } from "../column/builder.ts";
import { type Chunk, isRows } from "../column/chunk.ts";
import type { Column } from "../column/column.ts";
import { pairColumn } from "../column/pair.ts";
import { GnistaError } from "../errors.ts";
import type { Arena } from "../memory/arena.ts";
import type { Keeper } from "../storage/keeper.ts";

/** Whether a column holds [K, V] tuples without null rows, so that keys and values are its children. */
export function isPairs(column: Column): boolean {
  return (
    column.type.kind === "struct" &&
    column.type.form === "tuple" &&
    column.type.fields.length === 2 &&
    column.nullCount === 0
  );
}

/** Whether the row is a pair whose key no kernel groups: an array or an object. */
export function hasObjectKey(row: unknown): boolean {
  return Array.isArray(row) && typeof row[0] === "object" && row[0] !== null && !(row[0] instanceof Date);
}

/** Reads a row as a pair, or says that it is none. */
export function asPair(row: unknown): readonly [unknown, unknown] {
  if (!Array.isArray(row) || row.length < 2)
    throw new GnistaError(
      "INVALID_ARGUMENT",
      `a keyed operation needs [key, value] pairs, but got ${describe(row)}; make pairs with map((x) => [key, value]) or keyBy`,
    );
  return row as unknown as readonly [unknown, unknown];
}

function describe(row: unknown): string {
  try {
    return `${typeof row} ${JSON.stringify(row)?.slice(0, 80)}`;
  } catch {
    return typeof row;
  }
}

/** Rows for a keyed operation as a column: of pairs only key and value count, so that a row needs no closer look than its length. */
export function buildPairs(rows: readonly unknown[], arena: Arena): Column {
  const n = rows.length;
  const keys = new Array<unknown>(n);
  const values = new Array<unknown>(n);
  for (let i = 0; i < n; i++) {
    const row = rows[i];
    if (!Array.isArray(row) || row.length !== 2) return buildColumn(rows, arena);
    keys[i] = row[0];
    values[i] = row[1];
  }
  return pairColumn({ keys: buildColumn(keys, arena), values: buildColumn(values, arena) });
}

/**
 * Collects rows so that columns are built, in `keeper`, for tens of thousands at a time, in order with the columns between them. Who takes
 * a column may release the keeper when done with it.
 */
export function* toColumns(
  chunks: Iterable<Chunk>,
  keeper: Keeper,
  build: (rows: readonly unknown[], arena: Arena) => Column = buildColumn,
  rowsAtATime = 65536,
): Generator<Column> {
  let pending: unknown[] = [];
  const flush = (): Column => {
    const column = build(pending, keeper.arena());
    pending = [];
    return column;
  };
  for (const chunk of chunks) {
    if (!isRows(chunk)) {
      // The chunk may lie in the keeper, but the rows before it are taken first.
      keeper.hold();
      try {
        if (pending.length > 0) yield flush();
        if (chunk.length > 0) yield chunk;
      } finally {
        keeper.endHold();
      }
      continue;
    }
    if (pending.length === 0 && chunk.length >= rowsAtATime) pending = chunk as unknown[];
    else for (const row of chunk) pending.push(row);
    if (pending.length >= rowsAtATime) yield flush();
  }
  if (pending.length > 0) yield flush();
}
