/**
 * A user's function on its way to the workers: plain data that structured clone carries. `closure/capture.ts` makes it on
 * the driver at the moment a transformation is called; `closure/revive.ts` makes the function again in a worker.
 */
import type { Meaning } from "../expr/ir.ts";
import type { Literal } from "../expr/literal.ts";

/** A function from a module that a worker can import itself, instead of being copied. */
export interface ModuleRef {
  readonly url: string;
  /** Export name; "default" or "*" (the namespace) as in ES modules; dotted for members of an export. */
  readonly name: string;
}

export type FunctionSpec =
  /** A captured user function: index into the functions of `env`. */
  | {
      readonly kind: "closure";
      readonly source: string;
      /** Where the user wrote it, `file:line:column`, for errors. */
      readonly location: string;
      /** The captured variables of this function and of all it reaches, encoded by `closure/values.ts`. */
      readonly env: CapturedEnv;
      readonly meaning: Meaning;
      /** What it returns, when its source always makes that afresh. */
      readonly returns: Literal | null;
    }
  /** One of gnista's own operators, by name, with its arguments (`executor/builtins.ts`). */
  | { readonly kind: "builtin"; readonly name: string; readonly args: readonly BuiltinArg[] };

export type BuiltinArg = FunctionSpec | { readonly kind: "value"; readonly value: unknown };

/** Opaque outside `closure/`: an encoded object graph of functions, their scopes and values. */
export interface CapturedEnv {
  readonly graph: unknown;
  /** Ids of broadcasts and accumulators reached, so that the driver can ship and merge them. */
  readonly broadcasts: readonly number[];
  readonly accumulators: readonly number[];
}
