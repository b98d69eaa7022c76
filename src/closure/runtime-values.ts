/**
 * What every thread has by itself: objects and functions of the language, of the runtime and of its modules. They travel as names. The
 * tables are made once, when the first function is captured; a look-up is one of a Map.
 */
import { builtinModules } from "node:module";
import type { GraphNode } from "./graph.ts";

export function knownFunction(fn: Function): GraphNode | null {
  return knownGlobals().get(fn) ?? knownBuiltins().get(fn) ?? null;
}

export function knownObject(value: object): GraphNode | null {
  const global = knownGlobals().get(value);
  if (global !== undefined) return global;
  const name = builtinModule(value);
  return name === null ? null : { kind: "module", name, member: isModuleNamespace(value) ? "*" : null };
}

/** The name of the runtime's module that this is, as its namespace or its default. */
export function builtinModule(value: object): string | null {
  const subject = isModuleNamespace(value) && "default" in value ? value.default : value;
  const node = knownBuiltins().get(subject);
  return node?.kind === "module" && node.member === null ? node.name : null;
}

export function isModuleNamespace(value: unknown): value is object {
  return (
    typeof value === "object" &&
    value !== null &&
    (value as Record<symbol, unknown>)[Symbol.toStringTag] === "Module"
  );
}

const builtins = new Map<unknown, GraphNode>();
let modulesSeen = 0;

/**
 * The runtime's modules and their functions. Only modules that are loaded already: a value of another cannot be captured, and loading
 * them all takes longer than a small job.
 */
function knownBuiltins(): Map<unknown, GraphNode> {
  const loaded =
    (process as { readonly moduleLoadList?: readonly string[] }).moduleLoadList ?? builtinModules;
  for (; modulesSeen < loaded.length; modulesSeen++) {
    const name = loaded[modulesSeen].replace(/^NativeModule /, "");
    if (!BUILTINS.has(name)) continue;
    const module = process.getBuiltinModule(name) as unknown;
    if ((typeof module !== "object" && typeof module !== "function") || module === null) continue;
    if (!builtins.has(module)) builtins.set(module, { kind: "module", name: `node:${name}`, member: null });
    for (const [member, { value }] of Object.entries(Object.getOwnPropertyDescriptors(module)))
      if (typeof value === "function" && !builtins.has(value))
        builtins.set(value, { kind: "module", name: `node:${name}`, member });
  }
  return builtins;
}

const DEPRECATED: ReadonlySet<string> = new Set([
  "punycode",
  "sys",
  "trace_events",
  "wasi",
  "inspector",
  "inspector/promises",
]);
const BUILTINS: ReadonlySet<string> = new Set(
  builtinModules.filter((name) => !name.startsWith("_") && !DEPRECATED.has(name)),
);

let globals: Map<unknown, GraphNode> | null = null;

/** Functions and objects of the language and the runtime, by their path from the global object. */
function knownGlobals(): Map<unknown, GraphNode> {
  if (globals !== null) return globals;
  const known = new Map<unknown, GraphNode>([[process, { kind: "global", path: ["process"] }]]);
  globals = known;
  for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(globalThis))) {
    if (
      (typeof value !== "function" && typeof value !== "object") ||
      value === null ||
      name === "globalThis" ||
      name === "global"
    )
      continue;
    if (
      typeof value === "function" &&
      !/\[native code\]/.test(Function.prototype.toString.call(value)) &&
      !RUNTIME.has(name)
    )
      continue;
    if (typeof value === "object" && !NAMESPACES.has(name)) continue;
    known.set(value, { kind: "global", path: [name] });
    for (const [member, { value: inner }] of Object.entries(Object.getOwnPropertyDescriptors(value)))
      if (typeof inner === "function" && member !== "constructor" && !known.has(inner))
        known.set(inner, { kind: "global", path: [name, member] });
  }
  return known;
}

const NAMESPACES: ReadonlySet<string> = new Set([
  "Math",
  "JSON",
  "Reflect",
  "Atomics",
  "Intl",
  "console",
  "performance",
]);
const RUNTIME: ReadonlySet<string> = new Set([
  "Buffer",
  "URL",
  "URLSearchParams",
  "TextEncoder",
  "TextDecoder",
  "structuredClone",
  "atob",
  "btoa",
]);
