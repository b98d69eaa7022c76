/**
 * Joining pairs by key: the right side is indexed, the left walked in order; for each left row its matches come in right order, then, for
 * right and full joins, the right rows without a match. Integer keys in a small range index a plain array, others a Map.
 * Payload columns are gathered at the end, by row number.
 */
import type { Column } from "../column/column.ts";
import { concatColumns } from "../column/concat.ts";
import { copyColumn } from "../column/copy.ts";
import { readColumn } from "../column/reader.ts";
import { type DataType, pairType, sameType } from "../column/type.ts";
import type { Arena } from "../memory/arena.ts";
import type { Compute } from "./compute.ts";
import { gatherColumn, NO_ROW } from "./select.ts";

export type JoinHow = "inner" | "left" | "right" | "full";

const KEYS: ReadonlySet<string> = new Set(["u32", "i32", "f64", "i64", "u64", "bool", "utf8", "dictionary"]);

export function canJoin(left: DataType, right: DataType): boolean {
  return KEYS.has(left.kind) && sameType(left, right);
}

/** (K, V) and (K, W) chunks into (K, (V, W)); keys have no nulls. */
export function joinByKey(
  c: Compute,
  left: readonly Column[],
  right: readonly Column[],
  how: JoinHow,
  out: Arena,
): Column {
  const scratch = c.heap.arena(out.segment.id);
  try {
    const [l, r] = [left, right].map((chunks) =>
      chunks.length === 1 && chunks[0].segment === out.segment.id
        ? chunks[0]
        : concatColumns(c.heap, chunks, scratch),
    );
    const rows = matches(c, l.children[0], r.children[0], how);
    const n = rows.left.length;
    const lefts = pointer(rows.left, scratch);
    const rights = pointer(rows.right, scratch);
    const v = gatherColumn(c, l.children[1], lefts, n, out, how === "right" || how === "full");
    const w = gatherColumn(c, r.children[1], rights, n, out, how === "left" || how === "full");
    const keys = joinKeys(c, l.children[0], r.children[0], rows, lefts, rights, how, scratch, out);
    const base = { length: n, segment: out.segment.id, validity: 0, nullCount: 0, offsets: 0, values: 0 };
    const values: Column = { ...base, type: pairType(v.type, w.type), children: [v, w] };
    return { ...base, type: pairType(keys.type, values.type), children: [keys, values] };
  } finally {
    scratch.release();
  }
}

interface Matches {
  readonly left: Uint32Array;
  readonly right: Uint32Array;
  /** Rows from here on have no left side. */
  readonly leftRows: number;
}

function pointer(rows: Uint32Array, scratch: Arena): number {
  const ptr = scratch.allocate(rows.length * 4);
  scratch.segment.u32.set(rows, ptr / 4);
  return ptr;
}

function joinKeys(
  c: Compute,
  left: Column,
  right: Column,
  rows: Matches,
  lefts: number,
  rights: number,
  how: JoinHow,
  scratch: Arena,
  out: Arena,
): Column {
  const n = rows.left.length;
  if (rows.leftRows === n || how === "inner" || how === "left") return gatherColumn(c, left, lefts, n, out);
  const own = gatherColumn(c, left, lefts, rows.leftRows, scratch);
  const others = gatherColumn(c, right, rights + rows.leftRows * 4, n - rows.leftRows, scratch);
  return rows.leftRows === 0 ? copyColumn(c.heap, others, out) : concatColumns(c.heap, [own, others], out);
}

/** Row numbers of the pairs that match: a chain of right rows for each key, in right order. */
function matches(c: Compute, left: Column, right: Column, how: JoinHow): Matches {
  const index = indexOf(c, right);
  const lefts = new RowList(left.length);
  const rights = new RowList(left.length);
  const matched = how === "right" || how === "full" ? new Uint8Array(right.length) : null;
  const outer = how === "left" || how === "full";
  const heads = index.heads(left);
  for (let i = 0; i < left.length; i++) {
    let row = heads(i);
    if (row < 0) {
      if (outer) {
        lefts.push(i);
        rights.push(NO_ROW);
      }
      continue;
    }
    for (; row >= 0; row = index.next[row]) {
      lefts.push(i);
      rights.push(row);
      if (matched !== null) matched[row] = 1;
    }
  }
  const leftRows = lefts.length;
  if (matched !== null)
    for (let row = 0; row < matched.length; row++)
      if (matched[row] === 0) {
        lefts.push(NO_ROW);
        rights.push(row);
      }
  return { left: lefts.rows(), right: rights.rows(), leftRows };
}

interface KeyIndex {
  /** The next right row of the same key, or -1. */
  readonly next: Int32Array;
  /** From a left row to the first right row of its key, or -1. */
  heads(left: Column): (row: number) => number;
}

function indexOf(c: Compute, right: Column): KeyIndex {
  const n = right.length;
  const next = new Int32Array(n).fill(-1);
  const { kind } = right.type;
  if (kind === "u32" || kind === "i32") {
    const keys = c.heap.segment(right.segment)[kind].subarray(right.values / 4, right.values / 4 + n);
    let min = n === 0 ? 0 : keys[0];
    let max = min;
    for (let i = 1; i < n; i++) {
      if (keys[i] < min) min = keys[i];
      if (keys[i] > max) max = keys[i];
    }
    if (max - min < Math.max(65536, n * 4)) {
      const size = max - min + 1;
      const first = new Int32Array(size).fill(-1);
      // Backwards, so that chains run forwards.
      for (let i = n - 1; i >= 0; i--) {
        next[i] = first[keys[i] - min];
        first[keys[i] - min] = i;
      }
      return {
        next,
        heads: (left) => {
          const probes = c.heap
            .segment(left.segment)
            [kind].subarray(left.values / 4, left.values / 4 + left.length);
          return (row) => {
            const at = probes[row] - min;
            return at >= 0 && at < size ? first[at] : -1;
          };
        },
      };
    }
  }
  const keys = readColumn(c.heap, right);
  const first = new Map<unknown, number>();
  for (let i = n - 1; i >= 0; i--) {
    next[i] = first.get(keys[i]) ?? -1;
    first.set(keys[i], i);
  }
  return {
    next,
    heads: (left) => {
      const probes = readColumn(c.heap, left);
      return (row) => first.get(probes[row]) ?? -1;
    },
  };
}

class RowList {
  #rows: Uint32Array;
  length = 0;

  constructor(capacity: number) {
    this.#rows = new Uint32Array(Math.max(16, capacity));
  }

  push(row: number): void {
    if (this.length === this.#rows.length) {
      const bigger = new Uint32Array(this.#rows.length * 2);
      bigger.set(this.#rows);
      this.#rows = bigger;
    }
    this.#rows[this.length++] = row;
  }

  rows(): Uint32Array {
    return this.#rows.subarray(0, this.length);
  }
}
