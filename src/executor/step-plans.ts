/**
 * How a chain of steps is run over rows of a type: the longest prefix that is IR and fits the type is compiled to a fused loop; the rest, and
 * all of it for plain rows, is a generated JavaScript loop. What was compiled is remembered by input type and by what becomes of the rows.
 */
import type { Column } from "../column/column.ts";
import { hasNulls } from "../column/nulls.ts";
import { type DataType, typeName } from "../column/type.ts";
import type { Step } from "../expr/compose.ts";
import { type CompiledSteps, compileSteps } from "../expr/fuse.ts";
import type { ReduceKind } from "../expr/loop.ts";
import { type CompiledReduce, compileReduce } from "../expr/reduction.ts";
import { rowInput } from "../expr/row-input.ts";
import { compileRowLoop, type RowEnd, type RowLoop } from "../expr/row-loop.ts";
import type { ChainStep, StepOp } from "./chain-steps.ts";
import type { AnyFunction, StageRuntime } from "./stage-runtime.ts";

export interface Plan {
  readonly compiled: CompiledSteps | null;
  /** The steps that `compiled` does not cover, and the end; null when nothing is left to do. */
  readonly loop: RowLoop | null;
}

export class StepPlans {
  readonly #steps: readonly ChainStep[];
  readonly #runtime: StageRuntime;
  readonly #plans = new Map<string, Plan>();
  readonly #reduces = new Map<string, CompiledReduce | null>();
  #functions: readonly AnyFunction[] | null = null;

  constructor(steps: readonly ChainStep[], runtime: StageRuntime) {
    this.#steps = steps;
    this.#runtime = runtime;
  }

  column(column: Column, end: RowEnd): Plan {
    const nullable = hasNulls(column);
    const key = `${endKey(end)} ${nullable ? "?" : ""}${typeName(column.type)}`;
    let plan = this.#plans.get(key);
    if (plan === undefined) {
      plan = this.#makePlan(column.type, nullable, end);
      this.#plans.set(key, plan);
    }
    return plan;
  }

  rows(end: RowEnd): Plan {
    const key = `${endKey(end)} of rows`;
    let plan = this.#plans.get(key);
    if (plan === undefined) {
      plan = { compiled: null, loop: compileRowLoop(this.#plain(0), undefined, end) };
      this.#plans.set(key, plan);
    }
    return plan;
  }

  /** The fused reduction of the whole chain over a column, or null when it has to go row by row. */
  reducer(column: Column, kind: ReduceKind): CompiledReduce | null {
    if (hasNulls(column)) return null;
    const key = `${kind} ${typeName(column.type)}`;
    let compiled = this.#reduces.get(key);
    if (compiled === undefined) {
      compiled = this.#makeReduce(column.type, kind);
      this.#reduces.set(key, compiled);
    }
    return compiled;
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

  #makeReduce(input: DataType, kind: ReduceKind): CompiledReduce | null {
    if (this.#steps.some(({ lambda }) => lambda === null)) return null;
    const compiled = compileReduce(asIr(this.#steps), input, kind, this.#runtime.compute.backend);
    return "reason" in compiled ? null : compiled;
  }

  /** The functions of the steps from this one on. */
  #plain(from: number): { op: StepOp; fn: AnyFunction }[] {
    this.#functions ??= this.#steps.map((s) => this.#runtime.fn(s.spec));
    return this.#steps.slice(from).map((s, i) => ({ op: s.op, fn: this.#functions![from + i] }));
  }
}

function endKey(end: RowEnd): string {
  return end.kind === "columns" ? JSON.stringify(end.shape) : end.kind;
}

function asIr(steps: readonly ChainStep[]): Step[] {
  return steps.map((s) => ({ op: s.op, lambda: s.lambda! }));
}
