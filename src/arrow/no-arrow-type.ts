/** The error for values that have no Arrow type together; it names the column and some of what is in it. */
import { GnistaError } from "../errors.ts";

export function noArrowType(name: string, values: readonly unknown[]): GnistaError {
  const kinds = [...new Set(values.filter((value) => value !== null).map(kindOfValue))].slice(0, 4);
  return new GnistaError(
    "UNSUPPORTED_OPERATION",
    `the column ${JSON.stringify(name)} has values that have no Arrow type together (${kinds.join(", ")}); map the rows to values of one type (numbers, strings, dates, arrays or plain objects of such, with the same keys) first`,
  );
}

function kindOfValue(value: unknown): string {
  if (typeof value === "string") return value.isWellFormed() ? "string" : "string with a lone surrogate";
  if (typeof value === "bigint")
    return BigInt.asIntN(64, value) === value || BigInt.asUintN(64, value) === value
      ? "bigint"
      : "bigint beyond 64 bits";
  if (typeof value !== "object" || value === null) return typeof value;
  const prototype = Object.getPrototypeOf(value) as {
    readonly constructor?: { readonly name?: string };
  } | null;
  if (prototype !== Object.prototype) return prototype?.constructor?.name ?? "object";
  const missing = Object.entries(value).find(([, item]) => item === undefined);
  if (missing !== undefined) return `object with undefined under ${JSON.stringify(missing[0])}`;
  return `object with the keys ${Object.keys(value).slice(0, 8).join(", ")}`;
}
