/**
 * The plan: a graph of nodes, one an RDD. A node says what to compute (`operator`, plain data that is shipped to
 * workers) and from what (`dependencies`); neither changes but once, when a checkpoint takes the place of the ancestors. A maximal chain of
 * narrow dependencies runs as one stage; a shuffle dependency cuts it. Nothing runs here.
 */
import type { FunctionSpec } from "../closure/spec.ts";
import type { CombineKind } from "../kernels/accumulator.ts";
import type { Checkpoint } from "./checkpoint.ts";
import type { Partitioner } from "./partitioner.ts";
import { Preparation } from "./preparation.ts";
import { StorageLevel } from "./storage-level.ts";

export type NodeId = number & { readonly __brand: "NodeId" };
export type ShuffleId = number & { readonly __brand: "ShuffleId" };

/** The three functions of combineByKey; `kind` when all of them together are one that the kernels know. */
export interface Combiner {
  readonly createCombiner: FunctionSpec;
  readonly mergeValue: FunctionSpec;
  readonly mergeCombiners: FunctionSpec;
  readonly kind: CombineKind | null;
}

/** "semi" and "anti" keep the left pairs whose key the right side has, or has not. */
export type JoinKind = "inner" | "left" | "right" | "full" | "semi" | "anti";

/** What a reader of a source makes of one split; `executor/sources.ts` has one entry a reader. */
export type SourceReader =
  | "text"
  | "wholeText"
  | "binaryFile"
  | "records"
  | "object"
  | "sequence"
  | "arrow"
  | "checkpoint";

export type Operator =
  /** Slices of a driver-side collection; stored in shared memory when first used. */
  | { readonly kind: "collection"; readonly slices: CollectionSlices }
  /** start, start + step, ... cut into equal runs. */
  | { readonly kind: "range"; readonly start: number; readonly step: number; readonly length: number }
  | { readonly kind: "source"; readonly reader: SourceReader; readonly splits: Lazy<readonly unknown[]> }
  | {
      readonly kind: "map" | "filter" | "flatMap" | "mapValues" | "flatMapValues" | "keyBy";
      readonly fn: FunctionSpec;
    }
  /** fn: (partitionIndex, iterator) => iterable; with `barrier`, the tasks of the stage may wait for each other. */
  | { readonly kind: "mapPartitions"; readonly fn: FunctionSpec; readonly barrier?: boolean }
  /** Partition i is partition j of parent k, counted through; or, when `aligned`, partition i of every parent. */
  | { readonly kind: "union"; readonly aligned: boolean }
  | { readonly kind: "coalesce"; readonly groups: Lazy<readonly (readonly number[])[]> }
  /** fn: (partitionIndex, iterators) => iterable */
  | { readonly kind: "zipPartitions"; readonly fn: FunctionSpec }
  | { readonly kind: "cartesian" }
  | { readonly kind: "prune"; readonly keep: Lazy<readonly number[]> }
  /** Rows of the dependency as they come: partitionBy, repartition. */
  | { readonly kind: "exchange" }
  /** Rows of the dependency, which holds the checkpoint, as they come. */
  | { readonly kind: "checkpointed" }
  /** Rows that are stored as those of the node that was checkpointed, and nowhere else. */
  | { readonly kind: "localCheckpoint" }
  /** Rows sorted by key within the partition, stable; in the natural order unless a function compares keys. */
  | { readonly kind: "sort"; readonly ascending: boolean; readonly compare?: FunctionSpec }
  /** [key, combined]; the input is combiners when the map side combined, else values. */
  | { readonly kind: "combine"; readonly combiner: Combiner }
  /** [key, values[]] in map order. */
  | { readonly kind: "group" }
  /** [key, [values of dependency 0, values of dependency 1, ...]] */
  | { readonly kind: "cogroup" }
  | { readonly kind: "join"; readonly how: JoinKind };

/** A collection's rows, by partition; evaluated when the first job needs them. */
export type CollectionSlices =
  | { readonly kind: "array"; readonly values: ArrayLike<unknown> }
  /** The two columns of parallelizePairs. */
  | { readonly kind: "pairs"; readonly keys: ArrayLike<unknown>; readonly values: ArrayLike<unknown> }
  /** Arrow's IPC format. */
  | { readonly kind: "arrow"; readonly bytes: Uint8Array };

export type ShuffleWrite =
  /** By the partitioner of the first element of each pair. */
  | { readonly kind: "byKey" }
  /** The same for a reader that sorts: rows need not keep their order but for those of equal keys. */
  | { readonly kind: "toSort" }
  /** By key, after combining on the map side. */
  | { readonly kind: "combined"; readonly combiner: Combiner }
  /** Evenly, from a start that depends on the map partition only. */
  | { readonly kind: "roundRobin" };

export interface ShuffleDependency {
  readonly kind: "shuffle";
  readonly id: ShuffleId;
  readonly node: PlanNode;
  readonly partitioner: Partitioner;
  readonly write: ShuffleWrite;
  /** Of the operation that reads it. */
  readonly callSite: string;
}

export interface NarrowDependency {
  readonly kind: "narrow";
  readonly node: PlanNode;
}

export type Dependency = NarrowDependency | ShuffleDependency;

/** A value computed when first asked for (listing files, counting partitions). */
export class Lazy<T> {
  #make: (() => T) | null;
  #value: T | undefined;

  constructor(make: () => T) {
    this.#make = make;
  }

  get(): T {
    if (this.#make !== null) {
      this.#value = this.#make();
      this.#make = null;
    }
    return this.#value as T;
  }
}

let nextNode = 0;
let nextShuffle = 0;

export class PlanNode {
  readonly id = nextNode++ as NodeId;
  readonly partitioner: Partitioner | null;
  /** Spark's class name, for toDebugString: ParallelCollectionRDD, MapPartitionsRDD, ShuffledRDD, ... */
  readonly label: string;
  /** Where the user called the transformation: `map at app.ts:12:5`. */
  readonly callSite: string;
  name: string | null = null;
  storageLevel: StorageLevel = StorageLevel.NONE;
  /** The one that is asked for, or made. */
  checkpoint: Checkpoint | null = null;
  #operator: Operator;
  #dependencies: readonly Dependency[];
  #preparation: Preparation | null;
  #numPartitions: number | (() => number) | PlanNode;

  constructor(options: {
    readonly operator: Operator;
    readonly dependencies?: readonly Dependency[];
    readonly partitioner?: Partitioner | null;
    /** Or as many as another node has. */
    readonly numPartitions: number | (() => number) | PlanNode;
    readonly label: string;
    readonly callSite: string;
    readonly prepare?: (signal: AbortSignal) => Promise<void>;
  }) {
    this.#operator = options.operator;
    this.#dependencies = options.dependencies ?? [];
    this.partitioner = options.partitioner ?? null;
    this.label = options.label;
    this.callSite = options.callSite;
    this.#numPartitions = options.numPartitions;
    this.#preparation = options.prepare === undefined ? null : new Preparation(options.prepare);
  }

  get operator(): Operator {
    return this.#operator;
  }

  get dependencies(): readonly Dependency[] {
    return this.#dependencies;
  }

  /** What must be done before a job can read this node. */
  get preparation(): Preparation | null {
    return this.#preparation;
  }

  /** From now on the rows come from `source`, which has the same partitions; what they were made from is let go. */
  readFrom(source: PlanNode): void {
    this.#numPartitions = this.numPartitions;
    this.#operator = { kind: "checkpointed" };
    this.#dependencies = [narrow(source)];
    this.#preparation = null;
  }

  get numPartitions(): number {
    // Those that it depends on first, not by recursion: a lineage may be many thousands of nodes deep.
    const stack: PlanNode[] = [this];
    for (let node = stack.at(-1); node !== undefined; node = stack.at(-1)) {
      const unknown = node.#unknownBefore();
      if (unknown.length === 0) {
        const n = node.#numPartitions;
        node.#numPartitions = n instanceof PlanNode ? n.#numPartitions : typeof n === "number" ? n : n();
        stack.pop();
      } else for (const parent of unknown) stack.push(parent);
    }
    return this.#numPartitions as number;
  }

  /** The nodes whose numbers of partitions have to be known for this one's. */
  #unknownBefore(): PlanNode[] {
    const n = this.#numPartitions;
    if (typeof n === "number") return [];
    const before =
      n instanceof PlanNode
        ? [n]
        : this.dependencies.flatMap(({ kind, node }) => (kind === "narrow" ? [node] : []));
    return before.filter((node) => typeof node.#numPartitions !== "number");
  }
}

export function narrow(node: PlanNode): NarrowDependency {
  return { kind: "narrow", node };
}

export function shuffle(
  node: PlanNode,
  partitioner: Partitioner,
  write: ShuffleWrite,
  callSite: string,
): ShuffleDependency {
  return { kind: "shuffle", id: nextShuffle++ as ShuffleId, node, partitioner, write, callSite };
}
