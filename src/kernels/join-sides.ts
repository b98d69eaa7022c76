/**
 * The two sides of a join made ready: keys of one kind, one index over the smaller side, the ids of the right rows. The left side stays in
 * its chunks, or becomes one when they are small or it is what is indexed.
 */
import type { Column } from "../column/column.ts";
import { concatColumns } from "../column/concat.ts";
import type { DataType } from "../column/type.ts";
import type { Arena } from "../memory/arena.ts";
import type { Compute } from "./compute.ts";
import { asKind, commonKind, indexKeys, type KeyIndex, type KeyKind } from "./key-index.ts";

/** Left chunks smaller than this, on average, are put together first. */
const SMALL_CHUNK = 16384;
/** The left side is indexed, not the right, when it is smaller by this factor. */
const SMALL_LEFT = 4;

export function canJoin(left: DataType, right: DataType): boolean {
  return commonKind(left, right) !== null;
}

export interface LeftChunk {
  readonly pairs: Column;
  /** Of the kind that the index takes. */
  readonly keys: Column;
  /** Whether it is as it came, not a copy in scratch memory. */
  readonly asItCame: boolean;
}

export class JoinSides {
  readonly index: KeyIndex;
  /** Pointer to the id of each right row, NO_ROW for a key that the index does not have. */
  readonly rightIds: number;
  readonly #c: Compute;
  readonly #kind: KeyKind;
  readonly #came: readonly Column[];
  readonly #lefts: readonly Column[];
  readonly #scratch: Arena;

  /** `left` are pairs, some; `right` are the keys of the right side, in the segment of `scratch`. */
  constructor(c: Compute, left: readonly Column[], right: Column, scratch: Arena) {
    this.#c = c;
    this.#scratch = scratch;
    this.#came = left;
    this.#kind = commonKind(left[0].children[0].type, right.type)!;
    const rows = left.reduce((sum, { length }) => sum + length, 0);
    const small = rows * SMALL_LEFT <= right.length;
    this.#lefts = small || rows < left.length * SMALL_CHUNK ? [together(c, left, scratch)] : left;
    this.rightIds = scratch.allocate(right.length * 4);
    const keys = asKind(c, right, this.#kind, scratch);
    if (small) {
      const own = asKind(c, this.#lefts[0].children[0], this.#kind, scratch);
      this.index = indexKeys(c, this.#kind, own, false, scratch, scratch.allocate(own.length * 4));
      this.index.find(keys, 0, keys.length, this.rightIds);
    } else {
      const sorted = this.#lefts.every((chunk) => chunk.children[0].stats?.sorted === "ascending");
      this.index = indexKeys(c, this.#kind, keys, sorted, scratch, this.rightIds);
    }
  }

  *chunks(): Generator<LeftChunk> {
    for (const chunk of this.#lefts) {
      const pairs = together(this.#c, [chunk], this.#scratch);
      const keys = asKind(this.#c, pairs.children[0], this.#kind, this.#scratch);
      yield { pairs, keys, asItCame: this.#came.includes(pairs) };
    }
  }
}

/** One column in the segment of `scratch`. */
export function together(c: Compute, chunks: readonly Column[], scratch: Arena): Column {
  return chunks.length === 1 && chunks[0].segment === scratch.segment.id
    ? chunks[0]
    : concatColumns(c.heap, chunks, scratch);
}
