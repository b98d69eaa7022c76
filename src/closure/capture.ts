/**
 * A user's function becomes plain data: its source, and the values of its free variables at this moment, recursively for the functions
 * that it reaches. What cannot travel is an error that names the variable, the function and the way out.
 */
import { builtinModules } from "node:module";
import { type AnyNode, parseExpressionAt } from "acorn";
import { GnistaError } from "../errors.ts";
import { type FreeVariables, freeVariables } from "./free-variables.ts";
import type { Graph, GraphNode, Ref } from "./graph.ts";
import { returnedLiteral } from "./returned-literal.ts";
import { readScopes } from "./scopes.ts";
import { fileOf, learnFile } from "./script-files.ts";
import type { FunctionSpec } from "./spec.ts";
import { type KnownFunction, translate } from "./translate.ts";

export interface CapturePlace {
  readonly operation: string;
  /** `file:line:column` of the call, when known. */
  readonly source?: string;
}

interface ParsedFunction {
  /** An expression whose value is the function. */
  readonly expression: string;
  readonly node: AnyNode;
  readonly free: FreeVariables;
}

const DRIVER_ONLY = Symbol.for("gnista.driverOnly");
const HANDLE = Symbol.for("gnista.handle");
const parsed = new WeakMap<object, ParsedFunction>();

export function captureFunction(fn: Function, place: CapturePlace): FunctionSpec {
  if (typeof fn !== "function")
    throw new GnistaError("INVALID_ARGUMENT", `${place.operation} needs a function, got ${typeof fn}`);
  const capture = new Capture(place);
  const root = capture.reference(fn, "the function");
  capture.copy();
  const graph: Graph = { nodes: capture.nodes, root: (root as { readonly node: number }).node };
  const node = graph.nodes[graph.root];
  const { async = false } = (parsed.get(fn)?.node ?? {}) as { readonly async?: boolean };
  if (async)
    throw new GnistaError(
      "INVALID_ARGUMENT",
      `the function given to ${place.operation} is async, but tasks do not wait: await before, on the driver, and pass what came of it`,
      { operation: place.operation, ...(place.source === undefined ? {} : { source: place.source }) },
    );
  const text = node.kind === "function" ? node.source : fn.name;
  return {
    kind: "closure",
    source: text,
    location:
      node.kind === "function" ? `${node.file}:${node.line + 1}:${node.column + 1}` : (place.source ?? ""),
    env: { graph, broadcasts: [...capture.broadcasts], accumulators: [...capture.accumulators] },
    meaning:
      node.kind === "function"
        ? translate(parsed.get(fn)!.node, capture.scopes.get(fn)!, (called) => capture.known(called))
        : { kind: "javascript", reason: `${fn.name || "it"} is a function of the runtime` },
    returns: node.kind === "function" ? returnedLiteral(parsed.get(fn)!.node) : null,
  };
}

class Capture {
  readonly nodes: GraphNode[] = [];
  readonly broadcasts = new Set<number>();
  readonly accumulators = new Set<number>();
  /** The captured variables of each function that was reached. */
  readonly scopes = new Map<Function, ReadonlyMap<string, unknown>>();
  readonly #seen = new Map<object, number>();
  readonly #place: CapturePlace;

  constructor(place: CapturePlace) {
    this.#place = place;
  }

  /** A function that was reached, as its source and its variables. */
  known(fn: Function): KnownFunction | null {
    const captured = this.scopes.get(fn);
    return captured === undefined ? null : { node: parsed.get(fn)!.node, captured };
  }

  /** Dates, typed arrays and the like are copied before the program goes on to change them; what they share they still share. */
  copy(): void {
    const found = this.nodes.flatMap((node, at) =>
      node.kind === "clone" && !Array.isArray(node.value) ? [{ at, value: node.value }] : [],
    );
    if (found.length === 0) return;
    for (const { at, value } of structuredClone(found)) this.nodes[at] = { kind: "clone", value };
  }

  reference(value: unknown, path: string): Ref {
    if (typeof value === "symbol") this.#fail(path, "a symbol");
    if ((typeof value !== "object" && typeof value !== "function") || value === null) return { value };
    const known = this.#seen.get(value);
    if (known !== undefined) return { node: known };
    const at = this.nodes.length;
    this.#seen.set(value, at);
    this.nodes.push({ kind: "clone", value: null });
    this.nodes[at] = typeof value === "function" ? this.#function(value, path) : this.#object(value, path);
    return { node: at };
  }

  #function(fn: Function, path: string): GraphNode {
    const known = knownFunction(fn);
    if (known !== null) return known;
    const { expression, node, free } = this.#parse(fn, path);
    const names = [...free.names].filter((name) => name !== "undefined");
    const { values, line, column, scriptId } = readScopes(fn, names);
    this.scopes.set(fn, values);
    if (path === "the function" && scriptId !== null && line !== null && fn.name === "")
      this.#learnFile(scriptId, line);
    if (free.usesThis && node.type === "ArrowFunctionExpression")
      this.#fail(
        path,
        "an arrow function that uses `this`, which belongs to where it was written",
        "copy what it needs into a const before, and use that",
      );
    // What a class extends is not kept in a scope by V8 when nothing else uses it.
    const superclass =
      node.type === "ClassExpression" && node.superClass?.type === "Identifier" ? node.superClass.name : null;
    const variables: [string, Ref][] = [];
    for (const name of names) {
      if (!values.has(name) && name !== superclass) continue;
      const value = values.has(name) ? values.get(name) : (Object.getPrototypeOf(fn) as unknown);
      const used = free.members.get(name);
      variables.push([
        name,
        used !== undefined && isModuleNamespace(value)
          ? this.#members(value, used, name)
          : this.reference(value, path === "the function" ? name : `${path} > ${name}`),
      ]);
    }
    return {
      kind: "function",
      source: expression,
      variables,
      // A class makes its static members itself.
      properties: node.type === "ClassExpression" ? [] : this.#entries(fn, path),
      file: scriptId === null ? "user-function.js" : fileOf(scriptId),
      line: line ?? 0,
      column: column ?? 0,
    };
  }

  /** A function without a name that begins on the line of the call, or soon after, was written there. */
  #learnFile(scriptId: string, line: number): void {
    const call = /^(.*):(\d+):\d+$/.exec(this.#place.source ?? "");
    if (call !== null && line + 1 >= Number(call[2]) && line + 1 <= Number(call[2]) + 3)
      learnFile(scriptId, call[1]);
  }

  /** Only the members of a module that are used, so that an import does not drag the whole module along. */
  #members(module: object, used: ReadonlySet<string>, path: string): Ref {
    const builtin = builtinModule(module);
    const node = this.nodes.length;
    this.nodes.push({ kind: "clone", value: null });
    if (builtin !== null) this.nodes[node] = { kind: "module", name: builtin, member: "*" };
    else {
      const entries = [...used].map((name): [string, Ref] => [
        name,
        this.reference((module as Record<string, unknown>)[name], `${path}.${name}`),
      ]);
      this.nodes[node] = { kind: "object", prototype: null, entries };
    }
    return { node };
  }

  #parse(fn: Function, path: string): ParsedFunction {
    const known = parsed.get(fn);
    if (known !== undefined) return known;
    const text = Function.prototype.toString.call(fn);
    if (/\{\s*\[native code\]\s*\}$/.test(text))
      this.#fail(
        path,
        "a function whose source cannot be read (native, or made by bind)",
        "wrap it in an arrow function: (x) => f(x)",
      );
    for (const expression of [
      `(${text})`,
      `({ ${text} })[${JSON.stringify(fn.name.replace(/^(get|set) /, ""))}]`,
    ]) {
      let node: AnyNode;
      try {
        node = parseExpressionAt(expression, 0, { ecmaVersion: "latest" }) as AnyNode;
      } catch {
        continue;
      }
      const result: ParsedFunction = { expression, node, free: freeVariables(node) };
      parsed.set(fn, result);
      return result;
    }
    return this.#fail(path, "a function whose source cannot be parsed");
  }

  #object(value: object, path: string): GraphNode {
    const driverOnly = (value as Record<symbol, unknown>)[DRIVER_ONLY];
    if (driverOnly !== undefined)
      this.#fail(
        path,
        `${String(driverOnly) === "Context" ? "the Context" : "an RDD"}, which lives on the driver only`,
        "RDD operations cannot be used inside functions of other RDDs (SPARK-5063): collect or broadcast the data, or join the RDDs",
      );
    const handle = (value as Record<symbol, { kind: "broadcast" | "accumulator"; id: number } | undefined>)[
      HANDLE
    ];
    if (handle !== undefined) {
      (handle.kind === "broadcast" ? this.broadcasts : this.accumulators).add(handle.id);
      return { kind: "handle", handle: handle.kind, id: handle.id };
    }
    const builtin = builtinModule(value);
    if (builtin !== null)
      return { kind: "module", name: builtin, member: isModuleNamespace(value) ? "*" : null };
    const global = knownGlobal(value);
    if (global !== null) return global;
    if (Array.isArray(value))
      return value.every(isPrimitive)
        ? { kind: "clone", value: [...value] }
        : { kind: "array", items: Array.from(value, (item, i) => this.reference(item, `${path}[${i}]`)) };
    if (value instanceof Map)
      return {
        kind: "map",
        entries: [...value].map(
          ([k, v]) =>
            [this.reference(k, `${path} (key)`), this.reference(v, `${path}.get(${String(k)})`)] as const,
        ),
      };
    if (value instanceof Set)
      return { kind: "set", items: [...value].map((item) => this.reference(item, `${path} (item)`)) };
    if (isCloneable(value)) return { kind: "clone", value };
    const prototype = Object.getPrototypeOf(value) as object | null;
    if (prototype !== null && prototype !== Object.prototype && !isModuleNamespace(value))
      return this.#instance(value, prototype, path);
    return { kind: "object", prototype: null, entries: this.#entries(value, path) };
  }

  #instance(value: object, prototype: object, path: string): GraphNode {
    const { constructor: maker } = prototype as { readonly constructor?: Function };
    if (maker === undefined || Object.getOwnPropertyNames(maker).includes("kHandle") || hasNativeState(value))
      this.#fail(path, `a ${maker?.name ?? "native"} object, which belongs to this thread`);
    this.#checkPrivate(prototype, path);
    return {
      kind: "object",
      prototype: this.reference(maker, `${path}.constructor`),
      entries: this.#entries(value, path),
    };
  }

  /** Private fields are in no way visible from outside, so an instance that has some cannot be copied. */
  #checkPrivate(prototype: object, path: string): void {
    for (
      let at: object | null = prototype;
      at !== null && at !== Object.prototype;
      at = Object.getPrototypeOf(at)
    ) {
      const maker = (at as { readonly constructor?: Function }).constructor;
      if (maker === undefined || knownFunction(maker) !== null) continue;
      const { node } = this.#parse(maker, path);
      if (node.type !== "ClassExpression") continue;
      const hidden = node.body.body.find(
        (member) => "key" in member && !member.static && member.key.type === "PrivateIdentifier",
      );
      if (hidden !== undefined && "key" in hidden && hidden.key.type === "PrivateIdentifier")
        this.#fail(path, `an instance of ${maker.name}, whose private #${hidden.key.name} cannot be copied`);
    }
  }

  #entries(value: object, path: string): [string, Ref][] {
    return Object.keys(value).map((key) => [
      key,
      this.reference((value as Record<string, unknown>)[key], `${path}.${key}`),
    ]);
  }

  #fail(
    path: string,
    what: string,
    wayOut = "build it inside the function (or once a partition with mapPartitions), or pass plain data",
  ): never {
    throw new GnistaError(
      "TASK_NOT_SERIALIZABLE",
      `the function given to ${this.#place.operation} cannot be sent to the workers: ${path} is ${what}; ${wayOut}`,
      {
        operation: this.#place.operation,
        ...(this.#place.source === undefined ? {} : { source: this.#place.source }),
      },
    );
  }
}

function isPrimitive(value: unknown): boolean {
  return (
    (typeof value !== "object" && typeof value !== "function" && typeof value !== "symbol") || value === null
  );
}

function isModuleNamespace(value: unknown): value is object {
  return (
    typeof value === "object" &&
    value !== null &&
    (value as Record<symbol, unknown>)[Symbol.toStringTag] === "Module"
  );
}

function isCloneable(value: object): boolean {
  return (
    value instanceof Date ||
    value instanceof RegExp ||
    value instanceof Error ||
    ArrayBuffer.isView(value) ||
    value instanceof ArrayBuffer ||
    value instanceof SharedArrayBuffer
  );
}

/** Objects that hold something outside the JavaScript heap. */
function hasNativeState(value: object): boolean {
  return (
    value instanceof Promise ||
    value instanceof WeakMap ||
    value instanceof WeakSet ||
    value instanceof WeakRef ||
    "_handle" in value ||
    Object.getOwnPropertySymbols(value).some((s) => /handle|async_id/i.test(String(s)))
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

function builtinModule(value: object): string | null {
  if (value === process || isPlain(value)) return null;
  const subject = isModuleNamespace(value) && "default" in value ? value.default : value;
  const node = knownBuiltins().get(subject);
  return node?.kind === "module" && node.member === null ? node.name : null;
}

function isPlain(value: object): boolean {
  return Array.isArray(value) || value instanceof Map || value instanceof Set || isCloneable(value);
}

let globals: Map<unknown, GraphNode> | null = null;

/** Functions and objects of the language and the runtime, by their path from the global object. */
function knownGlobals(): Map<unknown, GraphNode> {
  if (globals !== null) return globals;
  globals = new Map();
  const known = globals;
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
  return globals;
}

const NAMESPACES: ReadonlySet<string> = new Set([
  "Math",
  "JSON",
  "Reflect",
  "Atomics",
  "Intl",
  "console",
  "process",
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

function knownGlobal(value: object): GraphNode | null {
  return knownGlobals().get(value) ?? (value === process ? { kind: "global", path: ["process"] } : null);
}

function knownFunction(fn: Function): GraphNode | null {
  return knownGlobals().get(fn) ?? knownBuiltins().get(fn) ?? null;
}
