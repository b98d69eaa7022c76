/**
 * Values that a function reaches, as the nodes of a graph: functions as their source and what their free variables hold at this moment, objects
 * by their fields. Each value is one node, so that what is shared stays shared and cycles end. What cannot travel is an error that names the
 * variable, the function and the way out.
 */
import { GnistaError } from "../errors.ts";
import type { Graph, GraphNode, Ref } from "./graph.ts";
import { type ParsedFunction, parseFunction } from "./parsed-function.ts";
import { builtinModule, isModuleNamespace, knownFunction, knownObject } from "./runtime-values.ts";
import { readScopes } from "./scopes.ts";
import { fileOf, learnFile } from "./script-files.ts";
import type { KnownFunction } from "./translate.ts";

export interface CapturePlace {
  readonly operation: string;
  /** `file:line:column` of the call, when known. */
  readonly source?: string;
}

const DRIVER_ONLY = Symbol.for("gnista.driverOnly");
const HANDLE = Symbol.for("gnista.handle");
/** How messages call the function itself; what it reaches goes by the name of its variable. */
const ROOT = "the function";

export class GraphCapture {
  readonly broadcasts = new Set<number>();
  readonly accumulators = new Set<number>();
  /** Each function of the program that was reached. */
  readonly functions = new Map<Function, KnownFunction>();
  readonly #nodes: GraphNode[] = [];
  readonly #seen = new Map<object, number>();
  readonly #place: CapturePlace;

  constructor(place: CapturePlace) {
    this.#place = place;
  }

  /** The graph whose root is this function. */
  graph(fn: Function): Graph {
    this.#reference(fn, ROOT);
    this.#copy();
    return { nodes: this.#nodes, root: 0 };
  }

  /** Dates, typed arrays and the like are copied before the program goes on to change them; what they share they still share. */
  #copy(): void {
    const found = this.#nodes.flatMap((node, at) =>
      node.kind === "clone" && !Array.isArray(node.value) ? [{ at, value: node.value }] : [],
    );
    if (found.length === 0) return;
    for (const { at, value } of structuredClone(found)) this.#nodes[at] = { kind: "clone", value };
  }

  #reference(value: unknown, path: string): Ref {
    if (typeof value === "symbol") this.#fail(path, "a symbol");
    if ((typeof value !== "object" && typeof value !== "function") || value === null) return { value };
    const known = this.#seen.get(value);
    if (known !== undefined) return { node: known };
    const at = this.#nodes.length;
    this.#seen.set(value, at);
    this.#nodes.push({ kind: "clone", value: null });
    this.#nodes[at] = typeof value === "function" ? this.#function(value, path) : this.#object(value, path);
    return { node: at };
  }

  #function(fn: Function, path: string): GraphNode {
    const known = knownFunction(fn);
    if (known !== null) return known;
    const { expression, node, free } = this.#parse(fn, path);
    const names = [...free.names].filter((name) => name !== "undefined");
    const { values, line, column, scriptId } = readScopes(fn, names);
    this.functions.set(fn, { node, captured: values });
    if (path === ROOT && scriptId !== null && line !== null && fn.name === "")
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
          : this.#reference(value, path === ROOT ? name : `${path} > ${name}`),
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
    const node = this.#nodes.length;
    this.#nodes.push({ kind: "clone", value: null });
    if (builtin !== null) this.#nodes[node] = { kind: "module", name: builtin, member: "*" };
    else {
      const entries = [...used].map((name): [string, Ref] => [
        name,
        this.#reference((module as Record<string, unknown>)[name], `${path}.${name}`),
      ]);
      this.#nodes[node] = { kind: "object", prototype: null, entries };
    }
    return { node };
  }

  #parse(fn: Function, path: string): ParsedFunction {
    const parsed = parseFunction(fn);
    if ("what" in parsed) this.#fail(path, parsed.what, parsed.wayOut);
    return parsed;
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
    if (Array.isArray(value))
      return value.every(isPrimitive)
        ? { kind: "clone", value: [...value] }
        : { kind: "array", items: Array.from(value, (item, i) => this.#reference(item, `${path}[${i}]`)) };
    if (value instanceof Map)
      return {
        kind: "map",
        entries: [...value].map(
          ([k, v]) =>
            [this.#reference(k, `${path} (key)`), this.#reference(v, `${path}.get(${String(k)})`)] as const,
        ),
      };
    if (value instanceof Set)
      return { kind: "set", items: [...value].map((item) => this.#reference(item, `${path} (item)`)) };
    if (isCloneable(value)) return { kind: "clone", value };
    const known = knownObject(value);
    if (known !== null) return known;
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
      prototype: this.#reference(maker, `${path}.constructor`),
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
      this.#reference((value as Record<string, unknown>)[key], `${path}.${key}`),
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
