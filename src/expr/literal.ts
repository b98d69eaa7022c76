/**
 * What a function's source promises of its results: that they are array or object literals, made afresh, so that nobody has given them
 * other properties or another prototype. It spares a look at each row. Plain data, null where nothing is promised.
 */
export type Literal =
  | { readonly kind: "array"; readonly items: readonly (Literal | null)[] }
  | {
      readonly kind: "object";
      readonly names: readonly string[];
      readonly items: readonly (Literal | null)[];
    };

/** What both promise. */
export function commonLiteral(a: Literal | null, b: Literal | null): Literal | null {
  if (a === null || b === null || a.kind !== b.kind || a.items.length !== b.items.length) return null;
  if (a.kind === "object" && b.kind === "object" && a.names.some((name, i) => name !== b.names[i]))
    return null;
  return { ...a, items: a.items.map((item, i) => commonLiteral(item, b.items[i])) };
}
