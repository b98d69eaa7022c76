/** Chains of IR steps over a column, compiled to one loop; and reductions fused with the chain before them. */
import type { Column } from "../column/column.ts";
import type { DataType } from "../column/type.ts";
import type { Backend, Compute } from "../kernels/compute.ts";
import type { Arena } from "../memory/arena.ts";
import type { Lambda } from "./ir.ts";
import type { RowStep } from "./row-loop.ts";

export interface Step {
  readonly op: RowStep["op"];
  readonly lambda: Lambda;
}

export interface CompiledSteps {
  readonly output: DataType;
  run(c: Compute, input: Column, out: Arena): Column;
}

export type ReduceKind = "sum" | "min" | "max";

export interface CompiledReduce {
  /** The reduction of the chunk's rows, and how many there were. */
  run(c: Compute, input: Column): { readonly rows: number; readonly value: number };
}

export interface NotCompiled {
  readonly reason: string;
}

export function compileSteps(
  _steps: readonly Step[],
  _input: DataType,
  _backend: Backend,
): CompiledSteps | NotCompiled {
  return { reason: "no step of this chain is in the compiled subset" };
}

/** Sums, minima and maxima of a numeric column. A sum runs in 8 lanes (row i in lane i mod 8), combined pairwise at the end. */
export function compileReduce(
  steps: readonly Step[],
  input: DataType,
  kind: ReduceKind,
  _backend: Backend,
): CompiledReduce | NotCompiled {
  if (steps.length > 0) return { reason: "no step of this chain is in the compiled subset" };
  if (input.kind !== "f64") return { reason: `a column of ${input.kind}` };
  return {
    run(c, column) {
      const start = column.values / 8;
      const values = c.heap.segment(column.segment).f64.subarray(start, start + column.length);
      return {
        rows: values.length,
        value:
          kind === "sum"
            ? laneSum(values)
            : values.reduce(
                kind === "min" ? (a, b) => Math.min(a, b) : (a, b) => Math.max(a, b),
                kind === "min" ? Infinity : -Infinity,
              ),
      };
    },
  };
}

function laneSum(values: Float64Array): number {
  const lanes = new Float64Array(8).fill(-0);
  for (let i = 0; i < values.length; i++) lanes[i & 7] += values[i];
  const [a, b, c, d, e, f, g, h] = lanes;
  return a + b + (c + d) + (e + f + (g + h));
}
