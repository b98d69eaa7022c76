/**
 * What the driver knows of the rows of a plan node before anything runs: the column type, where the source says it and every function on
 * the way is compiled; else why not. For explain() only: workers look at the columns they have.
 */
import type { FunctionSpec } from "../closure/spec.ts";
import { buildColumn } from "../column/builder.ts";
import { type DataType, pairType } from "../column/type.ts";
import { columnFromTypedArray, type TypedArray } from "../column/typed-array.ts";
import type { Step } from "../expr/compose.ts";
import { compileSteps } from "../expr/fuse.ts";
import { combinedType } from "../kernels/aggregate-fields.ts";
import { SharedHeap } from "../memory/shared-heap.ts";
import type { CollectionSlices, PlanNode } from "../plan/node.ts";

/** `null` is unknown: JavaScript rows, or columns whose type shows when the job runs. */
export type RowType = DataType | null;

const SAMPLE = 100;

export class RowTypes {
  readonly #known = new Map<PlanNode, RowType>();

  of(node: PlanNode): RowType {
    // Parents first, without recursion: lineages can be thousands of steps long.
    const stack = [node];
    for (let at = stack[stack.length - 1]; at !== undefined; at = stack[stack.length - 1]) {
      const missing = this.#known.has(at) ? [] : at.dependencies.filter((d) => !this.#known.has(d.node));
      for (const dependency of missing) stack.push(dependency.node);
      if (missing.length > 0) continue;
      if (!this.#known.has(at)) this.#known.set(at, this.#typeOf(at));
      stack.pop();
    }
    return this.#known.get(node) ?? null;
  }

  /** Why a step's function does not run compiled over its input; null when it does, or when that shows only at run time. */
  obstacle(node: PlanNode): string | null {
    const step = stepOf(node);
    if ("reason" in step) return step.reason;
    const input = this.of(node.dependencies[0].node);
    if (input === null) return null;
    const compiled = compileSteps([step], input, "js");
    return "reason" in compiled ? compiled.reason : null;
  }

  #typeOf(node: PlanNode): RowType {
    const { operator } = node;
    const parents = node.dependencies.map((d) => this.#known.get(d.node) ?? null);
    switch (operator.kind) {
      case "collection":
        return collectionType(operator.slices);
      case "range":
        return { kind: "f64" };
      case "source":
        return operator.reader === "text" ? { kind: "utf8" } : null;
      case "map":
      case "filter":
      case "flatMap":
      case "mapValues":
      case "flatMapValues":
      case "keyBy": {
        const step = stepOf(node);
        if ("reason" in step || parents[0] === null) return null;
        const compiled = compileSteps([step], parents[0], "js");
        return "reason" in compiled ? null : compiled.output;
      }
      case "exchange":
      case "checkpointed":
      case "sort":
      case "coalesce":
      case "prune":
        return parents[0];
      case "combine": {
        const [pairs] = parents;
        if (pairs?.kind !== "struct" || pairs.fields.length !== 2 || operator.combiner.kind === null)
          return null;
        const [key, value] = pairs.fields;
        const combined = combinedType(key.type, value.type, operator.combiner.kind);
        return combined === null ? null : pairType(key.type, combined);
      }
      default:
        return null;
    }
  }
}

function stepOf(node: PlanNode): Step | { readonly reason: string } {
  const { operator } = node;
  if (!("fn" in operator) || operator.kind === "mapPartitions" || operator.kind === "zipPartitions")
    return { reason: "it works on whole partitions" };
  const meaning = meaningOf(operator.fn);
  return typeof meaning === "string" ? { reason: meaning } : { op: operator.kind, lambda: meaning };
}

function meaningOf(spec: FunctionSpec): Step["lambda"] | string {
  if (spec.kind === "builtin") return "it is built in";
  return spec.meaning.kind === "ir" ? spec.meaning.lambda : spec.meaning.reason;
}

/** From the first rows, or the typed arrays themselves. */
function collectionType(slices: CollectionSlices): RowType {
  if (slices.kind === "arrow") return null;
  const heap = SharedHeap.create({ limit: 16 << 20 });
  const arena = heap.arena();
  const typeOf = (rows: ArrayLike<unknown>): DataType => {
    const first = ArrayBuffer.isView(rows)
      ? columnFromTypedArray((rows as unknown as TypedArray).slice(0, 1), arena)
      : buildColumn(Array.prototype.slice.call(rows, 0, SAMPLE), arena);
    return first.type;
  };
  return slices.kind === "pairs"
    ? pairType(typeOf(slices.keys), typeOf(slices.values))
    : typeOf(slices.values);
}
