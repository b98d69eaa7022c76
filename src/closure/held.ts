/** Captured arrays, objects, broadcasts and functions, whose parts are constants wherever a function's source says which part it reads. */
export interface Held {
  readonly kind: "held";
  /** As the source says it, such as `centres[0]`. */
  readonly name: string;
  readonly value: object;
}

/** An item or a field as it travels to the workers; undefined when there is none, or reading it could do something. */
export function partOf(held: Held, key: number | string): unknown {
  const { value } = held;
  if (key === "value" && isBroadcast(value)) return broadcastValue(value);
  if (isList(held)) {
    if (key === "length") return held.value.length;
    if (typeof key === "string") return undefined;
  } else {
    const prototype = Object.getPrototypeOf(value) as unknown;
    if (prototype !== null && prototype !== Object.prototype) return undefined;
  }
  const property = Object.getOwnPropertyDescriptor(value, key);
  return property?.enumerable === true ? (property.value as unknown) : undefined;
}

const HANDLE = Symbol.for("gnista.handle");

function isBroadcast(value: object): value is { readonly value: unknown } {
  return (value as Record<symbol, { readonly kind: string } | undefined>)[HANDLE]?.kind === "broadcast";
}

/** A broadcast is not changed once it is made; one that was destroyed fails the job that uses it. */
function broadcastValue(broadcast: { readonly value: unknown }): unknown {
  try {
    return broadcast.value;
  } catch {
    return undefined;
  }
}

/** Arrays and typed arrays. */
export function isList(held: Held): held is Held & { readonly value: ArrayLike<unknown> } {
  const { value } = held;
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

export function describeHeld({ value }: Held): string {
  return Array.isArray(value) ? "an array" : typeof value === "function" ? "a function" : "an object";
}
