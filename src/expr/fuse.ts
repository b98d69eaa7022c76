/**
 * Chains of IR steps over a column, compiled: the steps between two flatMaps become one loop. What a chain compiles to depends on the
 * steps and the column's type alone. Cost: well under a millisecond a chain and type.
 */
import type { Column } from "../column/column.ts";
import type { DataType } from "../column/type.ts";
import type { Backend, Compute } from "../kernels/compute.ts";
import type { Arena } from "../memory/arena.ts";
import { pick, ROW, type Step, substitute } from "./compose.ts";
import { compileEach } from "./each-stage.ts";
import { Lowering } from "./lower.ts";
import { compileMap } from "./map-stage.ts";
import { NotLowered } from "./not-lowered.ts";
import { compileSplit } from "./split-stage.ts";

export interface CompiledSteps {
  readonly output: DataType;
  /** `out` must be in the column's segment. The result may share memory with the input. */
  run(c: Compute, input: Column, out: Arena): Column;
}

export interface NotCompiled {
  /** What is in the way, as `explain()` prints it. */
  readonly reason: string;
}

export function compileSteps(
  steps: readonly Step[],
  input: DataType,
  backend: Backend,
): CompiledSteps | NotCompiled {
  const stages: CompiledSteps[] = [];
  let type = input;
  let pending: Step[] = [];
  const add = (stage: CompiledSteps): void => {
    stages.push(stage);
    type = stage.output;
  };
  try {
    for (const step of steps) {
      if (step.op !== "flatMap" && step.op !== "flatMapValues") {
        pending.push(step);
        continue;
      }
      if (pending.length > 0) add(compileMap(pending, type, backend));
      pending = [];
      const given = step.op === "flatMapValues" ? pick(ROW, 1) : ROW;
      for (const expr of step.lambda.evaluated ?? []) new Lowering(type).check(substitute(expr, [given]));
      add(step.lambda.body.kind === "each" ? compileEach(step, type, backend) : compileSplit(step, type));
    }
    if (pending.length > 0) add(compileMap(pending, type, backend));
  } catch (error) {
    if (error instanceof NotLowered) return { reason: error.message };
    throw error;
  }
  return {
    output: type,
    run: (c, column, out) => stages.reduce((rows, stage) => stage.run(c, rows, out), column),
  };
}
