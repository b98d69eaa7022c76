/** How deep values may nest within columns. Deeper ones, and cycles, which have no end, become object columns, whose format holds both. */

export const MAX_DEPTH = 32;

/** Whether arrays and plain objects within a value nest deeper than columns do, or within themselves. Each is looked at once. */
export function nestsTooDeep(value: unknown, path = new Set<object>(), seen = new Set<object>()): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype) return false;
  if (path.has(value) || path.size === MAX_DEPTH) return true;
  if (seen.has(value)) return false;
  seen.add(value);
  path.add(value);
  const items = Array.isArray(value) ? value : Object.values(value);
  for (let i = 0; i < items.length; i++) if (nestsTooDeep(items[i], path, seen)) return true;
  path.delete(value);
  return false;
}
