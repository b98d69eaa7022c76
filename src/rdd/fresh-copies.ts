/**
 * Zero values of folds and aggregates: a function that gives a new copy each time, so that operations may change it in place. Class instances keep
 * their class. The function itself travels to the workers with the user's.
 */
export function freshCopies<T>(zero: T): () => T {
  return typeof zero === "object" && zero !== null ? () => freshCopy(zero) : () => zero;
}

function freshCopy<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => freshCopy(item)) as T;
  if (value instanceof Map)
    return new Map([...value].map(([k, v]) => [freshCopy(k), freshCopy(v)] as const)) as T;
  if (value instanceof Set) return new Set([...value].map((item) => freshCopy(item))) as T;
  if (value instanceof Date || ArrayBuffer.isView(value) || value instanceof ArrayBuffer)
    return structuredClone(value);
  const copy = Object.create(Object.getPrototypeOf(value) as object | null) as Record<string, unknown>;
  for (const [key, inner] of Object.entries(value)) copy[key] = freshCopy(inner);
  return copy as T;
}
