/**
 * A user's function on its way to the workers: plain data that structured clone carries. `closure/capture.ts` makes it on
 * the driver at the moment a transformation is called; `closure/revive.ts` makes the function again in a worker.
 */
import type { Meaning } from "../expr/ir.ts";
import type { Literal } from "../expr/literal.ts";
import type { Graph } from "./graph.ts";

export type FunctionSpec =
  | ClosureSpec
  /** One of gnista's own operators, by name, with its arguments (`executor/builtins`). */
  | { readonly kind: "builtin"; readonly name: string; readonly args: readonly BuiltinArg[] };

/** A captured user function. */
export interface ClosureSpec {
  readonly kind: "closure";
  readonly source: string;
  /** Where the user wrote it, `file:line:column`, for errors. */
  readonly location: string;
  /** The function with its captured variables, and all that it reaches. */
  readonly env: CapturedEnv;
  readonly meaning: Meaning;
  /** What it returns, when its source always makes that afresh. */
  readonly returns: Literal | null;
}

export type BuiltinArg = FunctionSpec | { readonly kind: "value"; readonly value: unknown };

export interface CapturedEnv {
  readonly graph: Graph;
  /** Ids of broadcasts and accumulators reached, so that the driver can ship and merge them. */
  readonly broadcasts: readonly number[];
  readonly accumulators: readonly number[];
}
