/**
 * Rows on their way into columns, chunk after chunk, where whoever takes the rows wants columns: they are put there field by field and never
 * kept as rows. There is no sink until rows have shown what they look like, nor after they have fitted none.
 */
import type { Chunk } from "../column/chunk.ts";
import { ColumnSink, commonShape, type Shape, shapeOf } from "../expr/column-sink.ts";
import type { Literal } from "../expr/literal.ts";
import { compileRowLoop } from "../expr/row-loop.ts";
import { hasObjectKey } from "../shuffle/pairs.ts";
import type { ArenaSlot, TaskRuntime } from "./task-runtime.ts";

export class ColumnWriter {
  #sink: ColumnSink | null = null;
  readonly #task: TaskRuntime;
  readonly #slot: ArenaSlot;
  /** What is known of the rows. */
  readonly #literal: Literal | null;

  constructor(task: TaskRuntime, slot: ArenaSlot, literal: Literal | null) {
    this.#task = task;
    this.#slot = slot;
    this.#literal = literal;
  }

  get sink(): ColumnSink | null {
    return this.#sink;
  }

  /** Starts a sink with the first rows, when something is known about them. */
  begin(rows: readonly unknown[]): void {
    const shape = shapeOf(rows[0], this.#literal);
    if (shape.kind === "any" || hasObjectKey(rows[0])) return;
    this.#begin(shape, rows);
  }

  /** Rows that did not fit go to a sink with a wider shape, after those that did. */
  *mend(): Generator<Chunk> {
    for (let sink = this.#sink; sink !== null && sink.rest.length > 0; sink = this.#sink) {
      const { rest } = sink;
      yield* this.take();
      const shape = commonShape(sink.shape, shapeOf(rest[0], this.#literal));
      if (shape.kind === "any") {
        this.#sink = null;
        yield rest;
      } else this.#begin(shape, rest);
    }
  }

  /** What lies in the sink, as a column. */
  *take(): Generator<Chunk> {
    if (this.#sink !== null && this.#sink.rows > 0) yield this.#sink.take(this.#slot.next());
  }

  #begin(shape: Shape, rows: readonly unknown[]): void {
    this.#sink = new ColumnSink(shape);
    compileRowLoop([], undefined, { kind: "columns", shape }).run(
      this.#task.heap,
      rows,
      0,
      rows.length,
      this.#sink,
    );
  }
}
