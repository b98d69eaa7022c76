/**
 * Equality and order of arbitrary values: what makes two keys the same key, and what sortBy, top and max go by.
 */
import { Buffer } from "node:buffer";

/**
 * What a JavaScript Map should be keyed by, so that structurally equal keys meet: primitives are themselves (NaN equals NaN,
 * -0 equals 0); arrays, dates and objects become a canonical string that no other value has.
 */
export function keyOf(value: unknown): unknown {
  return typeof value === "object" && value !== null
    ? `\u0000${canonical(value)}`
    : typeof value === "string" && value.startsWith("\u0000")
      ? `\u0000s${value}`
      : value;
}

function canonical(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "bigint":
      return `${value}n`;
    case "object":
      break;
    default:
      return Object.is(value, -0) ? "0" : String(value);
  }
  if (value === null) return "null";
  if (value instanceof Date) return `D${value.getTime()}`;
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (ArrayBuffer.isView(value)) {
    if (value instanceof DataView || Buffer.isBuffer(value))
      return `B${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64")}`;
    return `${value.constructor.name}[${Array.from(value as unknown as ArrayLike<unknown>, canonical).join(",")}]`;
  }
  if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer)
    return `A${Buffer.from(value).toString("base64")}`;
  if (value instanceof RegExp) return `R${value}`;
  if (value instanceof Error) return `E${JSON.stringify([value.name, value.message])}`;
  if (value instanceof Map)
    return `M{${[...value]
      .map(([k, v]) => `${canonical(k)}:${canonical(v)}`)
      .sort()
      .join(",")}}`;
  if (value instanceof Set) return `S{${[...value].map(canonical).sort().join(",")}}`;
  const record = value as Readonly<Record<string, unknown>>;
  return `{${Object.keys(record)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(record[key])}`)
    .join(",")}}`;
}

export function valuesEqual(a: unknown, b: unknown): boolean {
  return a === b || keyOf(a) === keyOf(b) || (a !== a && b !== b);
}

/** undefined and null first, then booleans, numbers and bigints, strings, dates, arrays, the rest. */
function rank(value: unknown): number {
  switch (typeof value) {
    case "undefined":
      return 0;
    case "boolean":
      return 2;
    case "number":
    case "bigint":
      return 3;
    case "string":
      return 4;
    default:
      return value === null
        ? 1
        : value instanceof Date
          ? 5
          : Array.isArray(value) || ArrayBuffer.isView(value)
            ? 6
            : 7;
  }
}

/**
 * The natural order: numbers by value (NaN above all, -0 equal to 0), strings by UTF-16 code units, arrays element by element. Values of
 * different kinds are ordered by kind.
 */
export function compareValues(a: unknown, b: unknown): number {
  if (typeof a === "number" && typeof b === "number")
    return a < b ? -1 : a > b ? 1 : a === b ? 0 : a !== a ? (b !== b ? 0 : 1) : -1;
  if (typeof a === "string" && typeof b === "string") return a < b ? -1 : a > b ? 1 : 0;
  const kind = rank(a);
  const other = rank(b);
  if (kind !== other) return kind - other;
  switch (kind) {
    case 2:
      return Number(a) - Number(b);
    case 3:
      if (a !== a) return 1;
      if (b !== b) return -1;
      return (a as number) < (b as number) ? -1 : (a as number) > (b as number) ? 1 : 0;
    case 5:
      return compareValues((a as Date).getTime(), (b as Date).getTime());
    case 6: {
      const left = a as ArrayLike<unknown>;
      const right = b as ArrayLike<unknown>;
      for (let i = 0; i < left.length && i < right.length; i++) {
        const order = compareValues(left[i], right[i]);
        if (order !== 0) return order;
      }
      return left.length - right.length;
    }
    case 7: {
      const left = canonical(a);
      const right = canonical(b);
      return left < right ? -1 : left > right ? 1 : 0;
    }
    default:
      return 0;
  }
}
