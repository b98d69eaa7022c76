/**
 * Columns of pairs on their way to the kernels. Integer keys and dictionaries are gathered in batches, as a pass over a batch says whether
 * its keys are dense; strings too, once the first of them have shown that they are many and mostly distinct; other keys are grouped as
 * they come. What becomes of a row depends on the rows alone: not on the chunks they come in, nor on where those lie.
 */
import { type Chunk, isRows } from "../column/chunk.ts";
import { type DataType, sameType } from "../column/type.ts";
import type { AggregateKind, CombineKind } from "../kernels/accumulator.ts";
import type { KeyedColumns } from "../kernels/aggregate.ts";
import { combinedType } from "../kernels/aggregate-fields.ts";
import { isIntegerKey } from "../kernels/dense.ts";
import { canGroup } from "../kernels/group.ts";
import { HashedGroups } from "../kernels/hashed-groups.ts";
import { FEWEST_ROWS, MOST_ROWS, wantsCells } from "../kernels/string-cells.ts";
import { Keeper } from "../storage/keeper.ts";
import { cutKeyed, fittingRows, keyedBytes } from "./keyed-rows.ts";
import { PairBatch } from "./pair-batch.ts";
import { isPairs } from "./pairs.ts";
import type { ShuffleTask } from "./task.ts";

/** A batch has no more bytes than this, nor than the task's share. */
const BATCH_BYTES = 128 << 20;
/** What chunks came in is kept up to this much; then their rows are copied. */
const KEPT_BYTES = 64 << 20;
/** What a group takes beside its key: its slots in a table that may be an eighth full, and its values. */
const GROUP_BYTES = 128;
/** Groups are counted whenever this part of a share of rows has been grouped, and may take this part of a share. */
const STEP = 1 / 8;
const GROUPS_SHARE = 1 / 2;

export interface ColumnSink {
  /** Columns for one aggregation; `last` when nothing comes after them. Their memory may go afterwards. */
  columns(inputs: readonly KeyedColumns[], kind: CombineKind, last: boolean): void;
  /** The same for many distinct strings; null when they are grouped as other keys are. */
  readonly strings: ((inputs: readonly KeyedColumns[], kind: AggregateKind) => void) | null;
  /** Columns that were aggregated as they came: all of them, or a part when the groups have become many. */
  groups(groups: HashedGroups, last: boolean): void;
}

/** How pairs are aggregated: batch by batch, as they come, strings by cells, or strings as their first rows will say. */
type Way = "batches" | "groups" | "cells" | "undecided";

export class GatheredColumns {
  readonly #task: ShuffleTask;
  readonly #kind: CombineKind;
  readonly #keeper: Keeper;
  readonly #sink: ColumnSink;
  readonly #batch: PairBatch;
  /** Holds the groups. */
  readonly #held: Keeper;
  #groups: HashedGroups | null = null;
  /** Since groups were last counted. */
  #groupedRows = 0;
  #groupedBytes = 0;
  #types: { readonly key: DataType; readonly value: DataType } | null = null;
  #way: Way = "groups";

  /** Chunks that come stay readable while `keeper` holds them. */
  constructor(task: ShuffleTask, kind: CombineKind, keeper: Keeper, sink: ColumnSink) {
    this.#task = task;
    this.#kind = kind;
    this.#keeper = keeper;
    this.#sink = sink;
    this.#batch = new PairBatch(task.heap, Math.min(BATCH_BYTES, task.share));
    this.#held = new Keeper(task.heap);
  }

  /** Whether kernels aggregate the pairs of the chunk, together with those before. If so, they were taken. */
  take(chunk: Chunk): boolean {
    const input = this.#aggregable(chunk);
    if (input === null) return false;
    let cut = false;
    for (let rest: KeyedColumns | null = input; rest !== null; ) {
      if (this.#way === "groups") {
        this.#group(rest);
        this.#keeper.release();
        return true;
      }
      rest = this.#batch.add(rest);
      if (rest === null) break;
      this.#full();
      cut = true;
    }
    const { bytes } = this.#keeper;
    if (bytes >= Math.min(KEPT_BYTES, this.#task.share) || (cut && bytes > 0)) {
      this.#batch.copy();
      this.#keeper.release();
    }
    return true;
  }

  /** Hands on all that has come. */
  end(last: boolean): void {
    if (this.#way === "undecided") this.#decide();
    if (this.#groups !== null) this.#sink.groups(this.#groups, last);
    else if (this.#batch.rows > 0) this.#handOn(last);
    this.#groups = null;
    this.release();
  }

  /** Gives back all memory. */
  release(): void {
    this.#batch.clear();
    this.#held.release();
  }

  /** The chunk's keys and values when kernels can aggregate them together with those before. */
  #aggregable(chunk: Chunk): KeyedColumns | null {
    if (isRows(chunk) || !isPairs(chunk)) return null;
    const [keys, values] = chunk.children;
    const kind = this.#kind;
    if (
      combinedType(keys.type, values.type, kind) === null ||
      keys.nullCount > 0 ||
      values.nullCount > 0 ||
      values.children.some(({ nullCount }) => nullCount > 0)
    )
      return null;
    if (this.#types === null) {
      this.#types = { key: keys.type, value: values.type };
      this.#way = this.#firstWay(keys.type);
      if (this.#way === "undecided") this.#batch.mostRows = FEWEST_ROWS;
    } else if (!sameType(this.#types.key, keys.type) || !sameType(this.#types.value, values.type))
      return null;
    // A count looks at no values.
    return { keys, values: kind === "count" ? keys : values };
  }

  #firstWay(key: DataType): Way {
    if (!canGroup(key) || isIntegerKey(key.kind)) return "batches";
    const scattered = typeof this.#kind === "string" && this.#kind !== "mean" && key.kind === "utf8";
    return scattered && this.#sink.strings !== null ? "undecided" : "groups";
  }

  /** More rows come than fit the batch. */
  #full(): void {
    if (this.#way === "undecided") this.#decide();
    else {
      this.#handOn(false);
      this.#batch.clear();
    }
  }

  #decide(): void {
    const inputs = this.#batch.inputs();
    if (this.#batch.rows === FEWEST_ROWS && wantsCells(this.#task.compute, inputs)) {
      this.#way = "cells";
      this.#batch.mostRows = MOST_ROWS;
      return;
    }
    this.#way = "groups";
    for (const input of inputs) this.#group(input);
    this.#batch.clear();
  }

  #handOn(last: boolean): void {
    const inputs = this.#batch.inputs();
    if (this.#way === "cells") this.#sink.strings!(inputs, this.#kind as AggregateKind);
    else this.#sink.columns(inputs, this.#kind, last);
  }

  #group(input: KeyedColumns): void {
    const { heap, share } = this.#task;
    for (let from = 0; from < input.keys.length; ) {
      const rest = this.#cut(input, from);
      const rows = fittingRows(heap, rest, STEP * share - this.#groupedBytes, rest.keys.length);
      if (rows === 0 && this.#groupedBytes > 0) this.#endStep();
      else from += this.#groupFirst(rest, Math.max(1, rows));
    }
  }

  #groupFirst(input: KeyedColumns, rows: number): number {
    const { type, segment } = input.keys;
    this.#groups ??= new HashedGroups(this.#task.compute, type, this.#kind, this.#held.arena(segment));
    this.#groups.take(this.#cut(input, 0, rows));
    this.#groupedBytes += keyedBytes(this.#task.heap, input, rows);
    this.#groupedRows += rows;
    return rows;
  }

  /** Groups that have become too many are handed on. */
  #endStep(): void {
    const groupBytes = GROUP_BYTES + this.#groupedBytes / this.#groupedRows;
    this.#groupedBytes = this.#groupedRows = 0;
    if (this.#groups === null || this.#groups.count * groupBytes <= GROUPS_SHARE * this.#task.share) return;
    this.#sink.groups(this.#groups, false);
    this.#groups = null;
    this.#held.release();
  }

  #cut(input: KeyedColumns, from: number, to = input.keys.length): KeyedColumns {
    return cutKeyed(this.#task.heap, input, from, to, (segment) => this.#held.arena(segment));
  }
}
