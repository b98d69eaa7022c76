/**
 * A chain of steps run as one: columns go through its fused loop, or as far as that goes, rows through the rest in batches. Between batches
 * it is seen whether the task was cancelled.
 */
import { type Chunk, isRows } from "../column/chunk.ts";
import type { Column } from "../column/column.ts";
import { ColumnSink } from "../expr/column-sink.ts";
import type { Literal } from "../expr/literal.ts";
import type { ReduceKind } from "../expr/loop.ts";
import type { CompiledReduce } from "../expr/reduction.ts";
import type { Folded, RowEnd, RowLoop } from "../expr/row-loop.ts";
import { type ChainStep, literalOf, stepsBefore } from "./chain-steps.ts";
import { ColumnWriter } from "./column-writer.ts";
import type { StageRuntime } from "./stage-runtime.ts";
import { StepPlans } from "./step-plans.ts";
import type { ArenaSlot, TaskRuntime } from "./task-runtime.ts";

const ROWS: RowEnd = { kind: "rows" };

/** Rows between two looks at whether the task was cancelled, and in one array of results. */
const BATCH = 16384;
/** Rows that show what rows look like. */
const SAMPLE = 64;
/** Rows in a column that is made of rows. */
const COLUMN_ROWS = 65536;

export class StepChain {
  /** Index of the node that feeds the first step. */
  readonly input: number;
  readonly #steps: readonly ChainStep[];
  readonly #plans: StepPlans;
  /** What is known of the rows that come out. */
  readonly #literal: Literal | null;

  constructor(runtime: StageRuntime, steps: readonly ChainStep[], input: number) {
    this.input = input;
    this.#steps = steps;
    this.#plans = new StepPlans(steps, runtime);
    this.#literal = literalOf(steps);
  }

  /** The chain that ends in node `at`, or null when that node is no step. Chains stop at persisted nodes. */
  static at(runtime: StageRuntime, at: number): StepChain | null {
    const known = runtime.chains.get(at);
    if (known !== undefined) return known;
    const found = stepsBefore(runtime.spec, at);
    if (found === null) return null;
    const chain = new StepChain(runtime, found.steps, found.input);
    runtime.chains.set(at, chain);
    return chain;
  }

  /** With `columns` rows are made into columns on the spot where that spares making them: whoever takes the chunks wants columns. */
  *run(task: TaskRuntime, chunks: Iterable<Chunk>, slot: ArenaSlot, columns: boolean): Generator<Chunk> {
    const writer = columns && !task.lazy ? new ColumnWriter(task, slot, this.#literal) : null;
    for (const chunk of chunks) {
      if (isRows(chunk)) {
        yield* this.#rows(task, (end) => this.#plans.rows(end).loop!, chunk, writer);
        continue;
      }
      const plan = this.#plans.column(chunk, ROWS);
      // Before anything is made of the chunk: whoever takes the rows may release what is in the keeper.
      if (plan.loop === null && writer !== null) yield* writer.take();
      let column = chunk;
      if (plan.compiled !== null) column = plan.compiled.run(task.compute, chunk, slot.next(chunk.segment));
      if (plan.loop === null) {
        if (column.length > 0) yield column;
        continue;
      }
      // And meanwhile, when the rest of the column is still to be read.
      slot.hold();
      try {
        yield* this.#rows(task, (end) => this.#plans.column(chunk, end).loop!, column, writer);
      } finally {
        slot.endHold();
      }
    }
    if (writer !== null) yield* writer.take();
  }

  /** Adds what the chunk's rows become to `into`, row by row in order. `callSite` is of the operation whose function the end calls. */
  fold(task: TaskRuntime, chunk: Chunk, end: RowEnd, into: Folded, slot: ArenaSlot, callSite: string): void {
    const plan = isRows(chunk) ? this.#plans.rows(end) : this.#plans.column(chunk, end);
    const loop = plan.loop!;
    let rows = chunk;
    if (plan.compiled !== null && !isRows(chunk))
      rows = plan.compiled.run(task.compute, chunk, slot.next(chunk.segment));
    try {
      runInBatches(task, loop, rows, into);
    } catch (error) {
      throw task.userError(error, loop.failedStep() === loop.steps ? callSite : this.#callSiteOf(loop));
    }
  }

  /** The fused reduction of the whole chain over a column, or null when it has to go row by row. */
  reducer(column: Column, kind: ReduceKind): CompiledReduce | null {
    return this.#plans.reducer(column, kind);
  }

  *#rows(
    task: TaskRuntime,
    loop: (end: RowEnd) => RowLoop,
    chunk: Chunk,
    writer: ColumnWriter | null,
  ): Generator<Chunk> {
    // Small pieces first, so that take(n) does not run a user's function over rows that nobody asked for.
    let size = task.lazy || writer?.sink === null ? SAMPLE : BATCH;
    for (let from = 0; from < chunk.length; ) {
      const sink = writer?.sink ?? [];
      // Columns of a round number of rows, where a row makes one: memory is given out in powers of two.
      const room = sink instanceof ColumnSink ? COLUMN_ROWS - sink.rows : size;
      const to = Math.min(chunk.length, from + Math.min(size, room));
      const run = loop(sink instanceof ColumnSink ? { kind: "columns", shape: sink.shape } : ROWS);
      try {
        run.run(task.heap, chunk, from, to, sink);
      } catch (error) {
        throw task.userError(error, this.#callSiteOf(run));
      }
      if (sink instanceof ColumnSink) yield* writer!.mend();
      else if (sink.length > 0) {
        if (to < chunk.length) writer?.begin(sink);
        if ((writer?.sink ?? null) === null) yield sink;
      }
      if (writer !== null && writer.sink !== null && writer.sink.rows >= COLUMN_ROWS) yield* writer.take();
      task.checkCancelled();
      from = to;
      if (size < BATCH) size = writer === null ? size * 4 : BATCH;
    }
  }

  #callSiteOf(loop: RowLoop): string {
    return this.#steps[
      Math.max(0, Math.min(this.#steps.length - 1, this.#steps.length - loop.steps + loop.failedStep()))
    ].callSite;
  }
}

export function runInBatches(task: TaskRuntime, loop: RowLoop, rows: Chunk, into: Folded): void {
  for (let from = 0; from < rows.length; from += BATCH) {
    loop.run(task.heap, rows, from, Math.min(rows.length, from + BATCH), into);
    task.checkCancelled();
  }
}
