/** How operations make the plan nodes of new RDDs from those they have. Nothing runs here. */
import { captureFunction } from "../closure/capture.ts";
import { recognizeByKey, recognizeCombiner } from "../closure/recognize.ts";
import type { BuiltinArg, FunctionSpec } from "../closure/spec.ts";
import { GnistaError } from "../errors.ts";
import { type JoinKind, narrow, type Operator, PlanNode, shuffle } from "../plan/node.ts";
import { HashPartitioner, type Partitioner } from "../plan/partitioner.ts";
import { type CallSite, callSite } from "./call-site.ts";
import { combineNode, defaultPartitioner, joinNode, pairDependency } from "./pair-nodes.ts";
import type { RDD } from "./rdd.ts";
import type { RDDBase } from "./rdd-base.ts";

/** One of gnista's own partition functions (`executor/builtins`), with its arguments. */
export function builtin(
  name: string,
  ...args: readonly (FunctionSpec | { readonly value: unknown })[]
): FunctionSpec {
  return {
    kind: "builtin",
    name,
    args: args.map((arg): BuiltinArg => ("kind" in arg ? arg : { kind: "value", value: arg.value })),
  };
}

export function capture(f: Function, site: CallSite): FunctionSpec {
  return captureFunction(f, {
    operation: site.operation,
    ...(site.source === null ? {} : { source: site.source }),
  });
}

export function indices(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

/** A node over parents that are read where they are. */
export function narrowRDD<U>(
  rdd: RDDBase,
  options: {
    readonly operator: Operator;
    readonly label: string;
    readonly site: CallSite;
    readonly parents?: readonly RDDBase[];
    readonly numPartitions?: () => number;
    readonly partitioner?: Partitioner | null;
    readonly prepare?: (signal: AbortSignal) => Promise<void>;
  },
): RDD<U> {
  const { operator, label, site, parents = [rdd], partitioner = null, prepare } = options;
  return rdd.derive<U>(
    new PlanNode({
      operator,
      label,
      callSite: site.text,
      dependencies: parents.map((parent) => narrow(parent.node)),
      numPartitions: options.numPartitions ?? rdd.node,
      partitioner,
      ...(prepare === undefined ? {} : { prepare }),
    }),
  );
}

/** An operation row by row, which the executor can fuse with its neighbours. */
export function stepRDD<U>(
  rdd: RDDBase,
  kind: "map" | "filter" | "flatMap" | "mapValues" | "flatMapValues" | "keyBy",
  f: Function,
  keepsPartitioner: boolean,
  site: CallSite = callSite(kind),
): RDD<U> {
  return narrowRDD(rdd, {
    operator: { kind, fn: capture(f, site) },
    label: "MapPartitionsRDD",
    site,
    partitioner: keepsPartitioner ? rdd.partitioner : null,
  });
}

/** An operation on whole partitions: `fn` is (index, rows) => iterable. */
export function partitionsRDD<U>(
  rdd: RDDBase,
  site: CallSite,
  fn: FunctionSpec,
  keepsPartitioner: boolean,
): RDD<U> {
  return narrowRDD(rdd, {
    operator: { kind: "mapPartitions", fn },
    label: "MapPartitionsRDD",
    site,
    partitioner: keepsPartitioner ? rdd.partitioner : null,
  });
}

/** An operation on the partitions of several RDDs side by side: `fn` is (index, iterators) => iterable. */
export function zippedRDD<U>(
  rdd: RDDBase,
  others: readonly RDDBase[],
  site: CallSite,
  fn: FunctionSpec,
  keepsPartitioner: boolean,
): RDD<U> {
  const n = rdd.getNumPartitions();
  for (const other of others)
    if (other.getNumPartitions() !== n)
      throw new GnistaError(
        "INVALID_ARGUMENT",
        `${site.operation}: can't zip RDDs with unequal numbers of partitions: ${n} and ${other.getNumPartitions()}; repartition one of them`,
        { operation: site.text },
      );
  return narrowRDD(rdd, {
    operator: { kind: "zipPartitions", fn },
    label: "ZippedPartitionsRDD",
    site,
    parents: [rdd, ...others],
    partitioner: keepsPartitioner ? rdd.partitioner : null,
  });
}

/** Evenly into `numPartitions`, whatever the rows are. */
export function roundRobinRDD<T>(rdd: RDDBase, numPartitions: number, site: CallSite): RDD<T> {
  checkPartitions(numPartitions, site.operation);
  return rdd.derive<T>(
    new PlanNode({
      operator: { kind: "exchange" },
      label: "ShuffledRDD",
      callSite: site.text,
      dependencies: [
        shuffle(rdd.node, new HashPartitioner(numPartitions), { kind: "roundRobin" }, site.text),
      ],
      numPartitions,
    }),
  );
}

/** The partitioner asked for, or Spark's choice for these inputs. */
export function choosePartitioner(
  inputs: readonly RDDBase[],
  wanted: number | Partitioner | undefined,
  operation: string,
): Partitioner {
  if (typeof wanted === "number") return new HashPartitioner(checkPartitions(wanted, operation));
  return (
    wanted ??
    defaultPartitioner(
      inputs.map((input) => input.node),
      inputs[0].context.conf("spark.default.parallelism"),
    )
  );
}

/** An operation on pairs that lie where `partitioner` wants them; what does not yet is shuffled. */
export function keyedRDD<U>(
  inputs: readonly RDDBase[],
  operator: Operator,
  label: string,
  site: CallSite,
  partitioner: Partitioner,
): RDD<U> {
  return inputs[0].derive<U>(
    new PlanNode({
      operator,
      label,
      callSite: site.text,
      partitioner,
      numPartitions: partitioner.numPartitions,
      dependencies: inputs.map((input) =>
        pairDependency(input.node, partitioner, site.text, operator.kind === "sort" ? "toSort" : "byKey"),
      ),
    }),
  );
}

export function combinedRDD<K, V, C>(
  rdd: RDDBase,
  site: CallSite,
  createCombiner: (value: V) => C,
  mergeValue: (combined: C, value: V) => C,
  mergeCombiners: (a: C, b: C) => C,
  wanted: number | Partitioner | undefined,
  mapSideCombine = true,
): RDD<[K, C]> {
  const create = capture(createCombiner, site);
  const merge = capture(mergeValue, site);
  const mergeAll = (mergeCombiners as unknown) === mergeValue ? merge : capture(mergeCombiners, site);
  return rdd.derive(
    combineNode(
      rdd.node,
      {
        createCombiner: create,
        mergeValue: merge,
        mergeCombiners: mergeAll,
        // A value is a combiner of one.
        kind: mergeAll === merge && recognizeCombiner(create) === "first" ? recognizeByKey(merge) : null,
      },
      choosePartitioner([rdd], wanted, site.operation),
      mapSideCombine,
      site.text,
    ),
  );
}

export function joinedRDD<R>(
  left: RDDBase,
  right: RDDBase,
  how: JoinKind,
  site: CallSite,
  wanted: number | Partitioner | undefined,
): RDD<R> {
  return left.derive(
    joinNode(how, left.node, right.node, choosePartitioner([left, right], wanted, site.operation), site.text),
  );
}

export function checkPartitions(n: number, operation: string): number {
  if (!Number.isInteger(n) || n < 1)
    throw new GnistaError("INVALID_ARGUMENT", `${operation} needs at least 1 partition, got ${n}`);
  return n;
}
