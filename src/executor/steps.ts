/**
 * A chain of narrow one-parent operators (map, filter, flatMap, mapValues, flatMapValues, keyBy) run as one. For columns, the longest
 * prefix that is IR and fits the column's type is compiled to a fused loop; the rest, and all of it for plain rows,
 * is a generated JavaScript loop. What was compiled is remembered by input type.
 */
import type { FunctionSpec } from "../closure/spec.ts";
import { type Chunk, isRows } from "../column/chunk.ts";
import type { Column } from "../column/column.ts";
import { type DataType, typeName } from "../column/type.ts";
import type { Step } from "../expr/compose.ts";
import { type CompiledSteps, compileSteps } from "../expr/fuse.ts";
import type { Lambda } from "../expr/ir.ts";
import type { ReduceKind } from "../expr/loop.ts";
import { type CompiledReduce, compileReduce } from "../expr/reduction.ts";
import { compileRowLoop, type Folded, type RowEnd, type RowLoop } from "../expr/row-loop.ts";
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

const ROWS: RowEnd = { kind: "rows" };

/** Rows between two looks at whether the task was cancelled, and in one array of results. */
const BATCH = 16384;

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

export class StepChain {
  /** Index of the node that feeds the first step. */
  readonly input: number;
  readonly #steps: readonly ChainStep[];
  readonly #runtime: StageRuntime;
  readonly #plans = new Map<string, Plan>();
  readonly #reduces = new Map<string, CompiledReduce | null>();
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

  *run(task: TaskRuntime, chunks: Iterable<Chunk>, slot: ArenaSlot): Generator<Chunk> {
    for (const chunk of chunks) {
      if (isRows(chunk)) {
        yield* this.#loop(task, this.#rowsPlan(ROWS).loop!, chunk, chunk.length);
        continue;
      }
      const plan = this.#plan(chunk, ROWS);
      let column = chunk;
      if (plan.compiled !== null) column = plan.compiled.run(task.compute, chunk, slot.next(chunk.segment));
      if (plan.loop === null) {
        if (column.length > 0) yield column;
        continue;
      }
      // Whoever takes the rows may release the keeper, but the rest of the column is still to be read.
      slot.hold();
      try {
        yield* this.#loop(task, plan.loop, column, column.length);
      } finally {
        slot.endHold();
      }
    }
  }

  /** Adds what the chunk's rows become to `into`, row by row in order. */
  fold(task: TaskRuntime, chunk: Chunk, end: RowEnd, into: Folded, slot: ArenaSlot): void {
    const plan = isRows(chunk) ? this.#rowsPlan(end) : this.#plan(chunk, end);
    const loop = plan.loop!;
    let rows = chunk;
    if (plan.compiled !== null && !isRows(chunk))
      rows = plan.compiled.run(task.compute, chunk, slot.next(chunk.segment));
    try {
      for (let from = 0; from < rows.length; from += BATCH) {
        loop.run(task.heap, rows, from, Math.min(rows.length, from + BATCH), into);
        task.checkCancelled();
      }
    } catch (error) {
      throw task.userError(error, this.#callSiteOf(loop));
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

  *#loop(task: TaskRuntime, loop: RowLoop, chunk: Chunk, length: number): Generator<Chunk> {
    // Small pieces first, so that take(n) does not run a user's function over rows that nobody asked for.
    let size = task.lazy ? 64 : BATCH;
    for (let from = 0; from < length; ) {
      const to = Math.min(length, from + size);
      const out: unknown[] = [];
      try {
        loop.run(task.heap, chunk, from, to, out);
      } catch (error) {
        throw task.userError(error, this.#callSiteOf(loop));
      }
      if (out.length > 0) yield out;
      task.checkCancelled();
      from = to;
      if (size < BATCH) size *= 4;
    }
  }

  #callSiteOf(loop: RowLoop): string {
    return this.#steps[
      Math.max(0, Math.min(this.#steps.length - 1, this.#steps.length - loop.steps + loop.failedStep()))
    ].callSite;
  }

  #plan(column: Column, end: RowEnd): Plan {
    const nullable = hasNulls(column);
    const key = `${end.kind} ${nullable ? "?" : ""}${typeName(column.type)}`;
    let plan = this.#plans.get(key);
    if (plan === undefined) {
      plan = this.#makePlan(column.type, nullable, end);
      this.#plans.set(key, plan);
    }
    return plan;
  }

  #rowsPlan(end: RowEnd): Plan {
    const key = `${end.kind} of rows`;
    let plan = this.#plans.get(key);
    if (plan === undefined) {
      plan = { compiled: null, loop: compileRowLoop(this.#plain(0), "rows", end) };
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
        return { compiled, loop: done ? null : compileRowLoop(this.#plain(prefix), compiled.output, end) };
      }
    }
    return { compiled: null, loop: compileRowLoop(this.#plain(0), input, end) };
  }

  #plain(from: number): { op: StepOp; fn: AnyFunction }[] {
    this.#functions ??= this.#steps.map((s) => this.#runtime.fn(s.spec));
    return this.#steps.slice(from).map((s, i) => ({ op: s.op, fn: this.#functions![from + i] }));
  }
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
    if (!STEP_OPS.has(operator.kind) || (persist && node !== at)) break;
    const [input] = inputs;
    if (input.kind !== "node") break;
    steps.push(spec.nodes[node]);
    node = input.at;
  }
  return steps.length === 0 ? null : { steps: steps.reverse(), input: node };
}

function hasNulls(column: Column): boolean {
  return column.nullCount > 0 || (column.type.kind !== "dictionary" && column.children.some(hasNulls));
}
