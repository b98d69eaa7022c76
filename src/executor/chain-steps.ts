/**
 * The narrow one-parent operators that run row by row (map, filter, flatMap, mapValues, flatMapValues, keyBy), as they follow each other in a
 * stage. A chain of them ends where its rows are persisted.
 */
import type { FunctionSpec } from "../closure/spec.ts";
import type { Step } from "../expr/compose.ts";
import type { Lambda } from "../expr/ir.ts";
import type { Literal } from "../expr/literal.ts";
import type { ShippedOperator, StageSpec } from "./protocol.ts";

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

export interface ChainStep {
  readonly op: StepOp;
  readonly spec: FunctionSpec;
  readonly lambda: Lambda | null;
  readonly callSite: string;
}

/** The steps that end in node `at`, and the node that feeds the first; null when that node is no step. */
export function stepsBefore(
  spec: StageSpec,
  at: number,
): { readonly steps: readonly ChainStep[]; readonly input: number } | null {
  const steps: ChainStep[] = [];
  let node = at;
  for (;;) {
    const { operator, inputs, level, callSite } = spec.nodes[node];
    if (!isStep(operator) || (level !== null && node !== at) || steps.length === MOST_STEPS) break;
    const [input] = inputs;
    if (input.kind !== "node") break;
    const { kind: op, fn } = operator;
    const meaning = fn.kind === "closure" ? fn.meaning : null;
    steps.push({ op, spec: fn, lambda: meaning?.kind === "ir" ? meaning.lambda : null, callSite });
    node = input.at;
  }
  return steps.length === 0 ? null : { steps: steps.reverse(), input: node };
}

function isStep(operator: ShippedOperator): operator is Extract<ShippedOperator, { readonly kind: StepOp }> {
  return STEP_OPS.has(operator.kind);
}

/** What the functions' sources promise of the rows that come out of these steps. */
export function literalOf(steps: readonly ChainStep[]): Literal | null {
  return steps.reduce<Literal | null>(literalAfter, null);
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
