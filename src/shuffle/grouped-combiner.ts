/**
 * combineByKey with the user's functions over columns of pairs: the kernels find each key's group, and a generated loop over the values merges
 * them into the groups' combiners. Groups are in order of first appearance. Costs no Map, no key as a JavaScript value until the end.
 */
import type { Column } from "../column/column.ts";
import { copyColumn } from "../column/copy.ts";
import { hasNulls } from "../column/nulls.ts";
import { readColumn } from "../column/reader.ts";
import { type DataType, typeName } from "../column/type.ts";
import { rowInput } from "../expr/row-input.ts";
import { compileRowLoop, type RowLoop } from "../expr/row-loop.ts";
import { canGroup, GroupTable } from "../kernels/group.ts";
import type { Arena } from "../memory/arena.ts";
import type { Combiner } from "../plan/node.ts";
import type { AnyFunction, ShuffleTask } from "./task.ts";

/** Rows whose groups are held at a time. */
const BLOCK = 16384;
/** Pairs in one array of the result. */
const BATCH = 16384;

export class GroupedCombiner {
  readonly #task: ShuffleTask;
  readonly #key: DataType;
  readonly #create: AnyFunction;
  readonly #merge: AnyFunction;
  readonly #arena: Arena;
  readonly #table: GroupTable;
  readonly #ids: number;
  readonly #combined: unknown[] = [];
  readonly #loops = new Map<string, RowLoop>();

  /** `combined` says that values are combiners already; `arena` holds the groups. */
  constructor(task: ShuffleTask, combiner: Combiner, combined: boolean, key: DataType, arena: Arena) {
    this.#task = task;
    this.#key = key;
    this.#create = combined ? (value: unknown) => value : task.fn(combiner.createCombiner);
    this.#merge = task.fn(combined ? combiner.mergeCombiners : combiner.mergeValue);
    this.#arena = arena;
    this.#table = new GroupTable(task.compute, key, arena);
    this.#ids = arena.allocate(BLOCK * 4);
  }

  static takes(keys: Column): boolean {
    return keys.nullCount === 0 && canGroup(keys.type);
  }

  /** Whether keys of this column can be among those that were taken. */
  isLike(keys: Column): boolean {
    return keys.type.kind === this.#key.kind;
  }

  /** Adds rows, whose memory may go afterwards. */
  take(keys: Column, values: Column): void {
    const { heap } = this.#task;
    const { segment } = this.#arena;
    const scratch = heap.arena(segment.id);
    try {
      const near = keys.segment === segment.id ? keys : copyColumn(heap, keys, scratch);
      const loop = this.#loopOver(values);
      for (let from = 0; from < keys.length; from += BLOCK) {
        const length = Math.min(BLOCK, keys.length - from);
        this.#table.add(near, from, length, this.#ids);
        const ids = segment.u32.subarray(this.#ids / 4, this.#ids / 4 + length);
        loop.run(heap, values, from, from + length, { ids, combined: this.#combined });
        this.#task.checkCancelled();
      }
      this.#table.intern();
    } finally {
      scratch.release();
    }
  }

  #loopOver(values: Column): RowLoop {
    const nullable = hasNulls(values);
    const key = `${nullable ? "?" : ""}${typeName(values.type)}`;
    let loop = this.#loops.get(key);
    if (loop === undefined) {
      loop = compileRowLoop([], rowInput(values.type, nullable), {
        kind: "groups",
        create: this.#create,
        merge: this.#merge,
      });
      this.#loops.set(key, loop);
    }
    return loop;
  }

  /** [key, combined] pairs, some thousands at a time. */
  *pairs(): Generator<[unknown, unknown][]> {
    const { heap } = this.#task;
    const scratch = heap.arena(this.#arena.segment.id);
    try {
      const keys = this.#table.keys(scratch);
      for (let from = 0; from < keys.length; from += BATCH) {
        const part = readColumn(heap, keys, from, Math.min(keys.length, from + BATCH));
        yield part.map((key, i) => [key, this.#combined[from + i]]);
      }
    } finally {
      scratch.release();
    }
  }
}
