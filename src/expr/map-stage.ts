/**
 * Maps and filters over a column as one loop, whose inputs are fields of the rows. Fields that only pass through are not touched, or
 * filtered by the loop's mask; results go into new columns, as narrow as their values allow.
 */
import { type Column, type ColumnStats, plainColumn } from "../column/column.ts";
import type { DataType } from "../column/type.ts";
import type { Backend, Compute } from "../kernels/compute.ts";
import { filterColumn } from "../kernels/select.ts";
import type { Arena } from "../memory/arena.ts";
import { compose, type Step } from "./compose.ts";
import type { CompiledSteps } from "./fuse.ts";
import { intervalOf } from "./interval.ts";
import { type MapProgram, mapLoop, type OutputKind, widthOf } from "./loop.ts";
import { type Lowered, Lowering, type Output, typeOf } from "./lower.ts";
import { NotLowered } from "./not-lowered.ts";
import { sourceColumn } from "./source.ts";

/** The steps as expressions of one row of this type; throws NotLowered. */
export function lowerSteps(steps: readonly Step[], input: DataType): Lowered {
  const composed = compose(steps);
  if (composed === null) throw new NotLowered("the steps together are too large");
  const checking = new Lowering(input);
  for (const expr of composed.evaluated) checking.check(expr);
  return new Lowering(input).lower(composed.mask, composed.output);
}

export function compileMap(steps: readonly Step[], input: DataType, backend: Backend): CompiledSteps {
  const lowered = lowerSteps(steps, input);
  const { mask, outputs, output } = lowered;
  const kinds = lowered.inputs.map(({ kind }) => kind);
  const stats = outputs.map(({ kind, scalar }) => statsOf(kind, intervalOf(scalar, kinds)));
  const program: MapProgram = {
    inputs: kinds,
    arguments: lowered.arguments.length,
    mask,
    keepMask: mask !== null && hasSource(output),
    outputs,
  };
  const loop = mask === null && outputs.length === 0 ? null : mapLoop(program, backend);

  return {
    output: typeOf(output),
    run(c, column, out) {
      const scratch = c.heap.arena(column.segment);
      try {
        const n = column.length;
        const maskPtr = program.keepMask ? scratch.allocate(n) : 0;
        const results = outputs.map(({ kind }) => out.allocate(n * widthOf(kind)));
        let kept = n;
        if (loop !== null && n > 0) {
          const inputs = lowered.inputs.map(({ source }) => sourceColumn(c, source, column, scratch).values);
          kept = loop(out.segment, n, inputs, lowered.arguments, maskPtr, results);
        }
        const scalarColumn = (at: number): Column => ({
          ...plainColumn({
            type: { kind: outputs[at].kind },
            length: kept,
            segment: column.segment,
            values: results[at],
          }),
          ...(kept > 0 ? stats[at] : {}),
        });
        return assemble(c, output, column, maskPtr, kept, scalarColumn, out);
      } finally {
        scratch.release();
      }
    },
  };
}

function assemble(
  c: Compute,
  output: Output,
  column: Column,
  mask: number,
  kept: number,
  scalarColumn: (at: number) => Column,
  out: Arena,
): Column {
  switch (output.kind) {
    case "scalar":
      return scalarColumn(output.at);
    case "source": {
      const rows = sourceColumn(c, output.source, column, out);
      return mask === 0 ? rows : filterColumn(c, rows, mask, out);
    }
    case "struct":
      return plainColumn({
        type: output.type,
        length: kept,
        segment: column.segment,
        children: output.fields.map((field) => assemble(c, field, column, mask, kept, scalarColumn, out)),
      });
  }
}

function hasSource(output: Output): boolean {
  return output.kind === "source" || (output.kind === "struct" && output.fields.some(hasSource));
}

/** Bounds that the expression itself promises. */
function statsOf(
  kind: OutputKind,
  { low, high, integer }: { readonly low: number; readonly high: number; readonly integer: boolean },
): { readonly stats?: ColumnStats } {
  return integer && (kind === "i32" || kind === "u32") && high - low < 2 ** 24
    ? { stats: { min: low, max: high } }
    : {};
}
