/**
 * How a row reads as a line of text: strings as they are, tuples as Scala prints them, `(a,b)`, plain objects as JSON, everything else by
 * `String`.
 */
export function textLine(row: unknown): string {
  if (typeof row === "string") return row;
  if (Array.isArray(row)) return `(${row.map(textLine).join(",")})`;
  if (typeof row === "object" && row !== null && Object.getPrototypeOf(row) === Object.prototype)
    return JSON.stringify(row);
  return String(row);
}
