/**
 * Rows of structs from the values of their fields. The loop is generated, so that each row is made by a literal, at once and with the shape that
 * all rows have; one loop a list of names.
 */
type MakeRows = (fields: readonly (readonly unknown[])[], length: number) => unknown[];

const MOST = 1000;
const known = new Map<string, MakeRows>();

/** Tuples when there are no names. */
export function structRows(
  names: readonly string[] | null,
  fields: readonly (readonly unknown[])[],
  length: number,
): unknown[] {
  const key = names === null ? String(fields.length) : JSON.stringify(names);
  let make = known.get(key);
  if (make === undefined) {
    if (known.size === MOST) known.clear();
    const items = fields.map((_, i) => `f${i}[i]`);
    // A computed key is a field whatever its name; __proto__ as it stands would be none.
    const row =
      names === null
        ? `[${items.join(", ")}]`
        : `{ ${names.map((name, i) => `${name === "__proto__" ? '["__proto__"]' : JSON.stringify(name)}: ${items[i]}`).join(", ")} }`;
    make = new Function(
      "fields",
      "length",
      `"use strict"; const [${fields.map((_, i) => `f${i}`).join(", ")}] = fields;
const rows = new Array(length);
for (let i = 0; i < length; i++) rows[i] = ${row};
return rows;`,
    ) as MakeRows;
    known.set(key, make);
  }
  return make(fields, length);
}
