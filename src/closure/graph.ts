/**
 * Captured values as plain data: a table of nodes, so that shared references and cycles between functions and objects survive. Only what
 * structured clone cannot carry by itself (functions, classes, instances, handles) is taken apart.
 */
export type Ref = { readonly value: unknown } | { readonly node: number };

export type GraphNode =
  /** An expression that evaluates to the function or class, the variables that it closes over, and what was assigned to it. */
  | {
      readonly kind: "function";
      readonly source: string;
      readonly variables: readonly (readonly [string, Ref])[];
      readonly properties: readonly (readonly [string, Ref])[];
      readonly file: string;
      readonly line: number;
      readonly column: number;
    }
  | { readonly kind: "array"; readonly items: readonly Ref[] }
  | {
      readonly kind: "object";
      readonly prototype: Ref | null;
      readonly entries: readonly (readonly [string, Ref])[];
    }
  | { readonly kind: "map"; readonly entries: readonly (readonly [Ref, Ref])[] }
  | { readonly kind: "set"; readonly items: readonly Ref[] }
  /** Dates, typed arrays, regular expressions, errors: structured clone knows them. */
  | { readonly kind: "clone"; readonly value: unknown }
  /** `Math.max`, `parseInt`: the worker has its own. */
  | { readonly kind: "global"; readonly path: readonly string[] }
  /** A module of Node, one of its exports, or (as "*") its namespace with the module itself as the default. */
  | { readonly kind: "module"; readonly name: string; readonly member: string | null }
  | { readonly kind: "handle"; readonly handle: "broadcast" | "accumulator"; readonly id: number };

export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly root: number;
}
