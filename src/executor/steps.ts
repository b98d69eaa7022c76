/**
 * A chain of narrow one-parent operators (map, filter, flatMap, mapValues, flatMapValues, keyBy) run as one. For columns, the longest
 * prefix that is IR and fits the column's type is compiled to a fused loop; the rest, and all of it for plain rows,
 * is a generated JavaScript loop. What was compiled is remembered by input type.
 */
import type { FunctionSpec } from "../closure/spec.ts";
import { type Chunk, isRows } from "../column/chunk.ts";
import type { Column } from "../column/column.ts";
import { hasNulls } from "../column/nulls.ts";
import { type DataType, typeName } from "../column/type.ts";
import { ColumnSink, commonShape, shapeOf } from "../expr/column-sink.ts";
import type { Step } from "../expr/compose.ts";
import { type CompiledSteps, compileSteps } from "../expr/fuse.ts";
import type { Lambda } from "../expr/ir.ts";
import type { Literal } from "../expr/literal.ts";
import type { ReduceKind } from "../expr/loop.ts";
import { type CompiledReduce, compileReduce } from "../expr/reduction.ts";
import { rowInput } from "../expr/row-input.ts";
import { compileRowLoop, type Folded, type RowEnd, type RowLoop } from "../expr/row-loop.ts";
import { hasObjectKey } from "../shuffle/pairs.ts";
import type { NodeSpec, StageSpec } from "./protocol.ts";
import type { AnyFunction, StageRuntime } from "./stage-runtime.ts";
import type { ArenaSlot, TaskRuntime } from "./task-runtime.ts";

export type StepOp = Step["op"];

const STEP_OPS: ReadonlySet<string> = new Set<StepOp>([
  "map",
  "filter",
  "flatMap",
  "mapValues",
  "flatMapValues",
  "keyBy",
]);

/** Longer chains are run as several, since compiling takes more than linear time and a stack as deep as the chain is long. */
const MOST_STEPS = 200;

const ROWS: RowEnd = { kind: "rows" };

/** Rows between two looks at whether the task was cancelled, and in one array of results. */
const BATCH = 16384;
/** Rows that show what rows look like. */
const SAMPLE = 64;
/** Rows in a column that is made of rows. */
const COLUMN_ROWS = 65536;

interface ChainStep {
  readonly op: StepOp;
  readonly spec: FunctionSpec;
  readonly lambda: Lambda | null;
  readonly callSite: string;
}

interface Plan {
  readonly compiled: CompiledSteps | null;
  /** The steps that `compiled` does not cover, and the end; null when nothing is left to do. */
  readonly loop: RowLoop | null;
}

/** Rows on their way into columns, chunk after chunk; the sink is null until rows have shown what they look like. */
interface Writing {
  sink: ColumnSink | null;
}

export class StepChain {
  /** Index of the node that feeds the first step. */
  readonly input: number;
  readonly #steps: readonly ChainStep[];
  readonly #runtime: StageRuntime;
  readonly #plans = new Map<string, Plan>();
  readonly #reduces = new Map<string, CompiledReduce | null>();
  /** What is known of the rows that come out. */
  readonly #literal: Literal | null;
  #functions: readonly AnyFunction[] | null = null;

  constructor(runtime: StageRuntime, nodes: readonly NodeSpec[], input: number) {
    this.#runtime = runtime;
    this.input = input;
    this.#steps = nodes.map((node) => {
      const operator = node.operator as { readonly kind: StepOp; readonly fn: FunctionSpec };
      const meaning = operator.fn.kind === "closure" ? operator.fn.meaning : null;
      return {
        op: operator.kind,
        spec: operator.fn,
        lambda: meaning?.kind === "ir" ? meaning.lambda : null,
        callSite: node.callSite,
      };
    });
    this.#literal = this.#steps.reduce<Literal | null>(literalAfter, null);
  }

  /** The chain that ends in node `at`, or null when that node is no step. Chains stop at persisted nodes. */
  static at(runtime: StageRuntime, at: number): StepChain | null {
    const known = runtime.chains.get(at);
    if (known !== undefined) return known;
    const nodes = collect(runtime.spec, at);
    if (nodes === null) return null;
    const chain = new StepChain(runtime, nodes.steps, nodes.input);
    runtime.chains.set(at, chain);
    return chain;
  }

  /** With `columns` rows are made into columns on the spot where that spares making them: whoever takes the chunks wants columns. */
  *run(task: TaskRuntime, chunks: Iterable<Chunk>, slot: ArenaSlot, columns: boolean): Generator<Chunk> {
    const writing: Writing | null = columns && !task.lazy ? { sink: null } : null;
    for (const chunk of chunks) {
      if (isRows(chunk)) {
        yield* this.#rows(task, (end) => this.#rowsPlan(end).loop!, chunk, writing, slot);
        continue;
      }
      const plan = this.#plan(chunk, ROWS);
      // Before anything is made of the chunk: whoever takes the rows may release what is in the keeper.
      if (plan.loop === null) yield* taken(writing, slot);
      let column = chunk;
      if (plan.compiled !== null) column = plan.compiled.run(task.compute, chunk, slot.next(chunk.segment));
      if (plan.loop === null) {
        if (column.length > 0) yield column;
        continue;
      }
      // And meanwhile, when the rest of the column is still to be read.
      slot.hold();
      try {
        yield* this.#rows(task, (end) => this.#plan(chunk, end).loop!, column, writing, slot);
      } finally {
        slot.endHold();
      }
    }
    yield* taken(writing, slot);
  }

  /** Adds what the chunk's rows become to `into`, row by row in order. `callSite` is of the operation whose function the end calls. */
  fold(task: TaskRuntime, chunk: Chunk, end: RowEnd, into: Folded, slot: ArenaSlot, callSite: string): void {
    const plan = isRows(chunk) ? this.#rowsPlan(end) : this.#plan(chunk, end);
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
    if (hasNulls(column)) return null;
    const key = `${kind} ${typeName(column.type)}`;
    let compiled = this.#reduces.get(key);
    if (compiled === undefined) {
      compiled = compileReducer(this.#steps, column.type, kind, this.#runtime);
      this.#reduces.set(key, compiled);
    }
    return compiled;
  }

  *#rows(
    task: TaskRuntime,
    loop: (end: RowEnd) => RowLoop,
    chunk: Chunk,
    writing: Writing | null,
    slot: ArenaSlot,
  ): Generator<Chunk> {
    // Small pieces first, so that take(n) does not run a user's function over rows that nobody asked for.
    let size = task.lazy || (writing !== null && writing.sink === null) ? SAMPLE : BATCH;
    for (let from = 0; from < chunk.length; ) {
      const sink = writing?.sink ?? [];
      // Columns of a round number of rows, where a row makes one: memory is given out in powers of two.
      const room = sink instanceof ColumnSink ? COLUMN_ROWS - sink.rows : size;
      const to = Math.min(chunk.length, from + Math.min(size, room));
      const run = loop(sink instanceof ColumnSink ? { kind: "columns", shape: sink.shape } : ROWS);
      try {
        run.run(task.heap, chunk, from, to, sink);
      } catch (error) {
        throw task.userError(error, this.#callSiteOf(run));
      }
      if (sink instanceof ColumnSink) yield* this.#mended(task, writing!, slot);
      else if (sink.length > 0) {
        if (writing !== null && to < chunk.length) this.#begin(task, writing, sink);
        if (writing === null || writing.sink === null) yield sink;
      }
      if (writing !== null && writing.sink !== null && writing.sink.rows >= COLUMN_ROWS)
        yield* taken(writing, slot);
      task.checkCancelled();
      from = to;
      if (size < BATCH) size = writing === null ? size * 4 : BATCH;
    }
  }

  /** Starts a sink with the first rows, when something is known about them. */
  #begin(task: TaskRuntime, writing: Writing, rows: readonly unknown[]): void {
    const shape = shapeOf(rows[0], this.#literal);
    if (shape.kind === "any" || hasObjectKey(rows[0])) return;
    writing.sink = new ColumnSink(shape);
    putRows(task, writing.sink, rows);
  }

  /** Rows that did not fit go to a sink with a wider shape, after those that did. */
  *#mended(task: TaskRuntime, writing: Writing, slot: ArenaSlot): Generator<Chunk> {
    for (let sink = writing.sink; sink !== null && sink.rest.length > 0; sink = writing.sink) {
      const { rest } = sink;
      yield* taken(writing, slot);
      const shape = commonShape(sink.shape, shapeOf(rest[0], this.#literal));
      writing.sink = shape.kind === "any" ? null : new ColumnSink(shape);
      if (writing.sink === null) yield rest;
      else putRows(task, writing.sink, rest);
    }
  }

  #callSiteOf(loop: RowLoop): string {
    return this.#steps[
      Math.max(0, Math.min(this.#steps.length - 1, this.#steps.length - loop.steps + loop.failedStep()))
    ].callSite;
  }

  #plan(column: Column, end: RowEnd): Plan {
    const nullable = hasNulls(column);
    const key = `${endKey(end)} ${nullable ? "?" : ""}${typeName(column.type)}`;
    let plan = this.#plans.get(key);
    if (plan === undefined) {
      plan = this.#makePlan(column.type, nullable, end);
      this.#plans.set(key, plan);
    }
    return plan;
  }

  #rowsPlan(end: RowEnd): Plan {
    const key = `${endKey(end)} of rows`;
    let plan = this.#plans.get(key);
    if (plan === undefined) {
      plan = { compiled: null, loop: compileRowLoop(this.#plain(0), undefined, end) };
      this.#plans.set(key, plan);
    }
    return plan;
  }

  #makePlan(input: DataType, nullable: boolean, end: RowEnd): Plan {
    const steps = this.#steps;
    let prefix = 0;
    while (prefix < steps.length && steps[prefix].lambda !== null) prefix++;
    for (; prefix > 0 && !nullable; prefix--) {
      const compiled = compileSteps(asIr(steps.slice(0, prefix)), input, this.#runtime.compute.backend);
      if (!("reason" in compiled)) {
        const done = prefix === steps.length && end.kind === "rows";
        const rows = rowInput(compiled.output);
        return { compiled, loop: done ? null : compileRowLoop(this.#plain(prefix), rows, end) };
      }
    }
    return { compiled: null, loop: compileRowLoop(this.#plain(0), rowInput(input, nullable), end) };
  }

  #plain(from: number): { op: StepOp; fn: AnyFunction }[] {
    this.#functions ??= this.#steps.map((s) => this.#runtime.fn(s.spec));
    return this.#steps.slice(from).map((s, i) => ({ op: s.op, fn: this.#functions![from + i] }));
  }
}

export function runInBatches(task: TaskRuntime, loop: RowLoop, rows: Chunk, into: Folded): void {
  for (let from = 0; from < rows.length; from += BATCH) {
    loop.run(task.heap, rows, from, Math.min(rows.length, from + BATCH), into);
    task.checkCancelled();
  }
}

function endKey(end: RowEnd): string {
  return end.kind === "columns" ? JSON.stringify(end.shape) : end.kind;
}

/** What is known of rows after a step, from what was known before. */
function literalAfter(before: Literal | null, { op, spec, lambda }: ChainStep): Literal | null {
  const returns = spec.kind === "closure" ? spec.returns : null;
  const key = before?.kind === "array" ? (before.items[0] ?? null) : null;
  switch (op) {
    case "map":
      return returns;
    case "filter":
      // Only what has a meaning is known to leave the row as it was.
      return lambda === null ? null : before;
    case "flatMap":
      return null;
    case "mapValues":
      return { kind: "array", items: [key, returns] };
    case "flatMapValues":
      return { kind: "array", items: [key, null] };
    case "keyBy":
      return { kind: "array", items: [returns, lambda === null ? null : before] };
  }
}

/** What lies in the sink, as a column. */
function* taken(writing: Writing | null, slot: ArenaSlot): Generator<Chunk> {
  if (writing !== null && writing.sink !== null && writing.sink.rows > 0)
    yield writing.sink.take(slot.next());
}

function putRows(task: TaskRuntime, sink: ColumnSink, rows: readonly unknown[]): void {
  compileRowLoop([], undefined, { kind: "columns", shape: sink.shape }).run(
    task.heap,
    rows,
    0,
    rows.length,
    sink,
  );
}

function compileReducer(
  steps: readonly ChainStep[],
  input: DataType,
  kind: ReduceKind,
  runtime: StageRuntime,
): CompiledReduce | null {
  if (steps.some((s) => s.lambda === null)) return null;
  const compiled = compileReduce(asIr(steps), input, kind, runtime.compute.backend);
  return "reason" in compiled ? null : compiled;
}

/** The fused reduction of a bare column, with no steps before it. */
export function bareReducer(runtime: StageRuntime, column: Column, kind: ReduceKind): CompiledReduce | null {
  return hasNulls(column) ? null : compileReducer([], column.type, kind, runtime);
}

function asIr(steps: readonly ChainStep[]): Step[] {
  return steps.map((s) => ({ op: s.op, lambda: s.lambda! }));
}

function collect(spec: StageSpec, at: number): { steps: NodeSpec[]; input: number } | null {
  const steps: NodeSpec[] = [];
  let node = at;
  for (;;) {
    const { operator, inputs, persist } = spec.nodes[node];
    if (!STEP_OPS.has(operator.kind) || (persist && node !== at) || steps.length === MOST_STEPS) break;
    const [input] = inputs;
    if (input.kind !== "node") break;
    steps.push(spec.nodes[node]);
    node = input.at;
  }
  return steps.length === 0 ? null : { steps: steps.reverse(), input: node };
}
