/**
 * Sums, minima, maxima and counts of what a chain of IR steps makes of a column, as one loop that writes nothing. A sum runs in 8 lanes (row i
 * in lane i mod 8), combined pairwise at the end: the same bits in every backend, at the speed of memory.
 */
import type { Column } from "../column/column.ts";
import type { DataType } from "../column/type.ts";
import type { Backend, Compute } from "../kernels/compute.ts";
import type { Step } from "./compose.ts";
import type { NotCompiled } from "./fuse.ts";
import { LANES, type ReduceKind, type ReduceProgram, reduceLoop } from "./loop.ts";
import { type Lowered, typeOf } from "./lower.ts";
import { lowerSteps } from "./map-stage.ts";
import { NotLowered } from "./not-lowered.ts";
import type { Scalar } from "./scalar.ts";
import { sourceColumn } from "./source.ts";

export interface Reduction {
  /** Rows that took part; with none, `value` is the reduction's identity. */
  readonly rows: number;
  readonly value: number;
}

export interface CompiledReduce {
  run(c: Compute, input: Column): Reduction;
}

const IDENTITY: Readonly<Record<ReduceKind, number>> = {
  sum: -0,
  min: Number.POSITIVE_INFINITY,
  max: Number.NEGATIVE_INFINITY,
  count: 0,
};

/** Without steps it reduces the column itself. */
export function compileReduce(
  steps: readonly Step[],
  input: DataType,
  kind: ReduceKind,
  backend: Backend,
): CompiledReduce | NotCompiled {
  let lowered: Lowered;
  let value: Scalar;
  try {
    const rows = typeOf(lowerSteps(steps, input).output);
    if (kind !== "count" && !NUMBERS.has(rows.kind)) throw new NotLowered(`rows of ${rows.kind}`);
    lowered = lowerSteps([...steps, kind === "count" ? ZERO_STEP : NUMBER_STEP], input);
    value = lowered.outputs[0].scalar;
  } catch (error) {
    if (error instanceof NotLowered) return { reason: error.message };
    throw error;
  }
  const { mask } = lowered;
  const program: ReduceProgram = {
    inputs: lowered.inputs.map((input) => input.kind),
    arguments: lowered.arguments.length,
    mask,
    kind,
    value,
  };
  return {
    run(c, column) {
      if (kind === "count" && mask === null) return { rows: column.length, value: 0 };
      const scratch = c.heap.arena(column.segment);
      try {
        const { f64 } = scratch.segment;
        const lanes = scratch.allocate(LANES * 8);
        const results = f64.subarray(lanes / 8, lanes / 8 + LANES).fill(IDENTITY[kind]);
        const inputs = lowered.inputs.map(({ source }) => sourceColumn(c, source, column, scratch).values);
        const loop = reduceLoop(program, backend);
        const rows = loop(scratch.segment, column.length, inputs, lowered.arguments, lanes);
        return { rows, value: combine(results, kind) };
      } finally {
        scratch.release();
      }
    },
  };
}

const NUMBERS: ReadonlySet<string> = new Set(["f64", "f32", "i32", "u32"]);

const ROW = { kind: "param", index: 0 } as const;
const ZERO_STEP: Step = { op: "map", lambda: { params: 1, body: { kind: "const", value: 0 } } };
/** x - 0 is x, -0 and NaN included: a column that only passes through becomes a scalar. */
const NUMBER_STEP: Step = {
  op: "map",
  lambda: { params: 1, body: { kind: "binary", op: "-", left: ROW, right: { kind: "const", value: 0 } } },
};

/** Pairwise, in a fixed order. */
function combine([a, b, c, d, e, f, g, h]: Float64Array, kind: ReduceKind): number {
  switch (kind) {
    case "min":
      return Math.min(a, b, c, d, e, f, g, h);
    case "max":
      return Math.max(a, b, c, d, e, f, g, h);
    case "sum":
      return a + b + (c + d) + (e + f + (g + h));
    case "count":
      return 0;
  }
}
