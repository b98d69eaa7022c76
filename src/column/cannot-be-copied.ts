/**
 * Instances of classes with `#private` fields cannot be copied from outside: their public fields travel, their private ones would silently be
 * lost. So they are looked for, by the source of their classes (once a class).
 */
import { Script } from "node:vm";

interface PrivateState {
  readonly className: string;
  /** With its `#`. */
  readonly field: string;
}

/** A private field or method of an instance; static ones do not count. */
const PRIVATE = /(static\s+)?(?:(?:get|set|async)\s+|\*\s*)?(?<=[;{}\s*])(#[A-Za-z_$][\w$]*)\s*(?=[=;(}\n])/g;
const DRIVER_ONLY = Symbol.for("gnista.driverOnly");
const known = new WeakMap<Function, PrivateState | null>();

/** The first private field of a class or of those it extends. */
function privateFieldOf(maker: Function): PrivateState | null {
  let found = known.get(maker);
  if (found !== undefined) return found;
  const source = Function.prototype.toString.call(maker);
  const own = /^class\b/.test(source)
    ? [...source.matchAll(PRIVATE)].find(
        ([, isStatic, field]) => isStatic === undefined && declares(source, field),
      )
    : undefined;
  const parent = Object.getPrototypeOf(maker) as unknown;
  found =
    own !== undefined
      ? { className: maker.name || "an anonymous class", field: own[2] }
      : typeof parent === "function" && parent !== Function.prototype
        ? privateFieldOf(parent)
        : null;
  known.set(maker, found);
  return found;
}

/** What looks like a field may stand in a comment or a string: then it is unknown to the class, and a use of it an error. */
function declares(source: string, field: string): boolean {
  return compiles(`${source.slice(0, -1)}; static { ${field} in {}; } }`) || !compiles(source);
}

function compiles(source: string): boolean {
  try {
    new Script(`(${source})`);
    return true;
  } catch {
    return false;
  }
}

/** What structured clone would refuse or mutilate in a value, however deep, in words; null when it can be copied whole. */
export function cannotBeCopied(value: unknown, seen = new Set<object>()): string | null {
  if (typeof value === "function") return "a function";
  if (typeof value === "symbol") return "a symbol";
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value) || seen.has(value))
    return null;
  const driverOnly = (value as Readonly<Record<symbol, unknown>>)[DRIVER_ONLY];
  if (driverOnly !== undefined)
    return driverOnly === "Context" ? "the Context" : "an RDD (collect it, and use its rows)";
  if (value instanceof Promise) return "a promise (functions of RDDs are not async)";
  seen.add(value);
  const prototype = Object.getPrototypeOf(value) as { readonly constructor?: unknown } | null;
  if (prototype !== null && prototype !== Object.prototype && typeof prototype.constructor === "function") {
    const found = privateFieldOf(prototype.constructor);
    if (found !== null) return `an instance of ${found.className} with the private field ${found.field}`;
  }
  const inner =
    value instanceof Map ? [...value].flat() : value instanceof Set ? [...value] : Object.values(value);
  for (const item of inner) {
    const found = cannotBeCopied(item, seen);
    if (found !== null) return found;
  }
  return null;
}
