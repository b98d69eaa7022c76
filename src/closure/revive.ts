/**
 * Captured functions back to life, in a worker: every function of the graph is compiled inside a wrapper that declares its captured variables,
 * then the variables are filled in, so that functions and objects may refer to each other in cycles. Scripts carry the
 * user's file name and position, so an error's stack shows the user's own lines. Wrappers are kept: the same function in a
 * later stage starts with what V8 has learnt about it, but with variables of its own.
 */
import { runInThisContext } from "node:vm";
import type { GraphNode, Ref } from "./graph.ts";
import type { ClosureSpec } from "./spec.ts";

/** What revived functions can reach outside themselves. */
export interface ReviveHost {
  broadcast(id: number): unknown;
  accumulator(id: number): unknown;
}

type Fill = (values: readonly unknown[]) => void;

export function reviveFunction({ env: { graph } }: ClosureSpec, host: ReviveHost): Function {
  const made: unknown[] = new Array(graph.nodes.length);
  const state = new Uint8Array(graph.nodes.length);
  const fills: (() => void)[] = [];

  const resolve = (ref: Ref): unknown => {
    if (!("node" in ref)) return ref.value;
    const at = ref.node;
    if (state[at] === 0) {
      state[at] = 1;
      make(at, graph.nodes[at]);
    }
    return made[at];
  };

  const make = (at: number, node: GraphNode): void => {
    switch (node.kind) {
      case "function": {
        const [fn, fill] = compile(node);
        if (fn === null) {
          // A class that extends a captured one needs its variables when it is evaluated.
          made[at] = compileLate(
            node,
            node.variables.map(([, ref]) => resolve(ref)),
          );
          return;
        }
        made[at] = fn;
        fills.push(() => {
          fill(node.variables.map(([, ref]) => resolve(ref)));
          for (const [key, ref] of node.properties) (fn as Record<string, unknown>)[key] = resolve(ref);
        });
        return;
      }
      case "array": {
        const array: unknown[] = [];
        made[at] = array;
        for (const item of node.items) array.push(resolve(item));
        return;
      }
      case "object": {
        const maker = node.prototype === null ? null : (resolve(node.prototype) as Function);
        const object = (maker === null ? {} : Object.create(maker.prototype as object)) as Record<
          string,
          unknown
        >;
        made[at] = object;
        for (const [key, ref] of node.entries) object[key] = resolve(ref);
        return;
      }
      case "map": {
        const map = new Map<unknown, unknown>();
        made[at] = map;
        for (const [key, value] of node.entries) map.set(resolve(key), resolve(value));
        return;
      }
      case "set": {
        const set = new Set<unknown>();
        made[at] = set;
        for (const item of node.items) set.add(resolve(item));
        return;
      }
      case "clone":
        made[at] = node.value;
        return;
      case "global":
        made[at] = node.path.reduce<unknown>(
          (object, name) => (object as Record<string, unknown>)[name],
          globalThis,
        );
        return;
      case "module": {
        const module = process.getBuiltinModule(node.name) as Record<string, unknown>;
        if (node.member === "*") made[at] = { ...module, default: module };
        else made[at] = node.member === null ? module : module[node.member];
        return;
      }
      case "handle":
        made[at] = node.handle === "broadcast" ? host.broadcast(node.id) : host.accumulator(node.id);
    }
  };

  const root = resolve({ node: graph.root });
  for (let i = 0; i < fills.length; i++) fills[i]();
  return root as Function;
}

type FunctionNode = GraphNode & { readonly kind: "function" };

function compile(node: FunctionNode): [unknown, Fill] {
  if (/^\(\s*class\b[^{]*\bextends\b/.test(node.source)) return [null, () => {}];
  const names = node.variables.map(([name]) => name).join(", ");
  const head =
    names === "" ? '(() => { "use strict"; return [' : `(() => { "use strict"; let ${names}; return [`;
  const set = names === "" ? "() => {}" : `($) => { [${names}] = $; }`;
  return wrapper(node, head, `, ${set}]; })`)() as [unknown, Fill];
}

function compileLate(node: FunctionNode, values: readonly unknown[]): unknown {
  const names = node.variables.map(([name]) => name).join(", ");
  return wrapper(node, `((${names}) => { "use strict"; return `, "; })")(...values);
}

type Wrapper = (...values: readonly unknown[]) => unknown;

const MOST_WRAPPERS = 1000;
const wrappers = new Map<string, Wrapper>();

function wrapper(node: FunctionNode, head: string, tail: string): Wrapper {
  const code = `${head}${node.source}${tail}`;
  const key = `${node.file}:${node.line}:${node.column}:${code}`;
  let known = wrappers.get(key);
  if (known === undefined) {
    if (wrappers.size === MOST_WRAPPERS) wrappers.clear();
    known = runInThisContext(code, {
      filename: node.file,
      lineOffset: node.line,
      // The opening parenthesis before the source counts too.
      columnOffset: node.column - head.length - 1,
    }) as Wrapper;
    wrappers.set(key, known);
  }
  return known;
}
