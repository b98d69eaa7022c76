/**
 * The running aggregates of groups found through a hash table, rows added as they come: by first appearance of the key, in row order. Memory
 * is that of the groups, however many rows there are.
 */
import { copyColumn } from "../column/copy.ts";
import type { DataType } from "../column/type.ts";
import type { Arena } from "../memory/arena.ts";
import type { SegmentId } from "../memory/segment.ts";
import { Accumulator, type AggregateKind, eachDoubles } from "./accumulator.ts";
import type { KeyedColumns } from "./aggregate.ts";
import type { Compute } from "./compute.ts";
import { GroupTable } from "./group.ts";

/** Rows whose ids are held at a time. */
const BLOCK = 16384;

export class HashedGroups {
  readonly #compute: Compute;
  readonly #kind: AggregateKind;
  readonly #arena: Arena;
  readonly #table: GroupTable;
  readonly #all: Accumulator;
  readonly #ids: number;

  /** `arena` holds the groups. */
  constructor(c: Compute, key: DataType, kind: AggregateKind, arena: Arena) {
    this.#compute = c;
    this.#kind = kind;
    this.#arena = arena;
    this.#table = new GroupTable(c, key, arena);
    this.#all = new Accumulator(c, kind, arena);
    this.#all.reset(this.#table.capacity);
    this.#ids = arena.allocate(BLOCK * 4);
  }

  get segment(): SegmentId {
    return this.#arena.segment.id;
  }

  /** Adds rows of the arena's segment, whose keys must stay where they are until the result is made. */
  add(input: KeyedColumns): void {
    const scratch = this.#compute.heap.arena(this.#arena.segment.id);
    try {
      this.#add(input, scratch);
    } finally {
      scratch.release();
    }
  }

  /** Adds rows of any segment, whose memory may go afterwards. */
  take({ keys, values }: KeyedColumns): void {
    const { heap } = this.#compute;
    const { id } = this.#arena.segment;
    const scratch = heap.arena(id);
    try {
      const near = {
        keys: keys.segment === id ? keys : copyColumn(heap, keys, scratch),
        values: values.segment === id || this.#kind === "count" ? values : copyColumn(heap, values, scratch),
      };
      this.#add(near, scratch);
      this.#table.intern();
    } finally {
      scratch.release();
    }
  }

  /** To be made once; it lies in `out`, of the arena's segment. */
  result(out: Arena): KeyedColumns {
    const { count } = this.#table;
    this.#all.finish(count);
    return { keys: this.#table.keys(out), values: this.#all.values(count, out) };
  }

  #add({ keys, values }: KeyedColumns, scratch: Arena): void {
    const rule = { base: 0, inverse: 1, shift: 0 };
    const block = (from: number, length: number, doubles: number): void => {
      this.#table.add(keys, from, length, this.#ids);
      this.#all.grow(this.#table.capacity);
      this.#all.add(this.#ids, doubles, length, rule);
    };
    if (this.#kind === "count") {
      for (let from = 0; from < keys.length; from += BLOCK)
        block(from, Math.min(BLOCK, keys.length - from), 0);
      return;
    }
    eachDoubles(this.#compute, values, false, scratch, (ptr, start, rows) => {
      for (let from = 0; from < rows; from += BLOCK)
        block(start + from, Math.min(BLOCK, rows - from), ptr + from * 8);
    });
  }
}
