/**
 * Aggregates of values that are numbers, or tuples of numbers with an aggregate a field. Fields are aggregated one after the other: the groups come
 * out the same each time, as they depend on the keys alone.
 */
import type { Column } from "../column/column.ts";
import type { DataType } from "../column/type.ts";
import type { Arena } from "../memory/arena.ts";
import type { CombineKind } from "./accumulator.ts";
import { aggregateByKey, canAggregate, type KeyedColumns, mergeKind } from "./aggregate.ts";
import type { Compute } from "./compute.ts";

/** The type of the combined values; null when these types cannot be combined without the user's function. */
export function combinedType(key: DataType, value: DataType, kind: CombineKind): DataType | null {
  if (typeof kind === "string") return canAggregate(key, value, kind) ? { kind: "f64" } : null;
  if (value.kind !== "struct" || value.form !== "tuple" || value.fields.length !== kind.length) return null;
  if (!value.fields.every(({ type }, i) => canAggregate(key, type, kind[i]))) return null;
  return { ...value, fields: value.fields.map(({ name }) => ({ name, type: { kind: "f64" } })) };
}

/** Like `aggregateByKey`. */
export function combineColumns(
  c: Compute,
  inputs: readonly KeyedColumns[],
  kind: CombineKind,
  out: Arena,
): KeyedColumns {
  if (typeof kind === "string") return aggregateByKey(c, inputs, kind, out);
  const fields = kind.map((one, i) => {
    const field = inputs.map(({ keys, values }) => ({ keys, values: values.children[i] }));
    return aggregateByKey(c, field, one, out);
  });
  const [{ keys }] = fields;
  const children = fields.map(({ values }) => values);
  const type = combinedType(keys.type, inputs[0].values.type, kind)!;
  const values: Column = { ...children[0], type, values: 0, children };
  return { keys, values };
}

/** What merges partial results of `kind`. */
export function mergeKinds(kind: CombineKind): CombineKind {
  return typeof kind === "string" ? mergeKind(kind) : kind.map(mergeKind);
}
