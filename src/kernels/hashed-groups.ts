/**
 * The running aggregates of groups found through a hash table, rows added as they come: by first appearance of the key, in row order. Memory
 * is that of the groups, however many rows there are.
 */
import type { Column } from "../column/column.ts";
import { copyColumn } from "../column/copy.ts";
import { sliceColumn } from "../column/slice.ts";
import type { DataType } from "../column/type.ts";
import type { Arena } from "../memory/arena.ts";
import type { SegmentId } from "../memory/segment.ts";
import { Accumulator, type CombineKind, eachDoubles } from "./accumulator.ts";
import type { KeyedColumns } from "./aggregate.ts";
import type { Compute } from "./compute.ts";
import { GroupTable } from "./group.ts";

/** Rows whose ids are held at a time. */
const BLOCK = 16384;
/** The slot of a group is its id. */
const BY_ID = { base: 0, inverse: 1, shift: 0 };

export class HashedGroups {
  readonly #compute: Compute;
  readonly #kind: CombineKind;
  readonly #arena: Arena;
  readonly #table: GroupTable;
  /** One a field. */
  readonly #fields: readonly Accumulator[];
  readonly #ids: number;

  /** `arena` holds the groups. */
  constructor(c: Compute, key: DataType, kind: CombineKind, arena: Arena) {
    this.#compute = c;
    this.#kind = kind;
    this.#arena = arena;
    this.#table = new GroupTable(c, key, arena);
    const kinds = typeof kind === "string" ? [kind] : kind;
    this.#fields = kinds.map((one) => new Accumulator(c, one, arena));
    for (const field of this.#fields) field.reset(this.#table.capacity);
    this.#ids = arena.allocate(BLOCK * 4);
  }

  get segment(): SegmentId {
    return this.#arena.segment.id;
  }

  get count(): number {
    return this.#table.count;
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
    for (const field of this.#fields) field.finish(count);
    const keys = this.#table.keys(out);
    const values = this.#fields.map((field) => field.values(count, out));
    return { keys, values: typeof this.#kind === "string" ? values[0] : tupleColumn(values) };
  }

  #add({ keys, values }: KeyedColumns, scratch: Arena): void {
    const { heap } = this.#compute;
    const columns = typeof this.#kind === "string" ? [values] : values.children;
    const converted = heap.arena(this.#arena.segment.id);
    try {
      for (let from = 0; from < keys.length; from += BLOCK) {
        const length = Math.min(BLOCK, keys.length - from);
        this.#table.add(keys, from, length, this.#ids);
        this.#fields.forEach((field, f) => {
          field.grow(this.#table.capacity);
          if (field.kind === "count") field.add(this.#ids, 0, length, BY_ID);
          else
            eachDoubles(
              this.#compute,
              sliceColumn(heap, columns[f], from, from + length, scratch),
              false,
              converted,
              (doubles, start, rows) => field.add(this.#ids + start * 4, doubles, rows, BY_ID),
            );
        });
        converted.release();
      }
    } finally {
      converted.release();
    }
  }
}

function tupleColumn(fields: readonly Column[]): Column {
  const type: DataType = {
    kind: "struct",
    form: "tuple",
    fields: fields.map(({ type: field }, i) => ({ name: String(i), type: field })),
  };
  return { ...fields[0], type, values: 0, children: fields };
}
