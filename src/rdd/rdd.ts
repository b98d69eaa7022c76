/**
 * The resilient distributed dataset: an immutable plan of how to compute partitioned rows, and the actions that compute them. Names,
 * argument orders and meanings are Spark's (https://spark.apache.org/docs/latest/rdd-programming-guide.html).
 */
import { captureFunction } from "../closure/capture.ts";
import { recognizeCombiner } from "../closure/recognize.ts";
import type { BuiltinArg, FunctionSpec } from "../closure/spec.ts";
import { freeBlock } from "../column/block.ts";
import type { TypedArray } from "../column/builder.ts";
import { concatColumns } from "../column/concat.ts";
import { compareValues } from "../column/equality.ts";
import { readColumn, readTyped } from "../column/reader.ts";
import type { Context } from "../context.ts";
import { GnistaError } from "../errors.ts";
import { StatCounter, type StatValues } from "../executor/builtins/stat-counter.ts";
import { abortOutput, commitOutput, setupOutput } from "../io/output-committer.ts";
import type { Action, Reduced, TaskValue } from "../plan/action.ts";
import { Lazy, narrow, type Operator, PlanNode, shuffle } from "../plan/node.ts";
import { HashPartitioner, type Partitioner, RangePartitioner, samePartitioner } from "../plan/partitioner.ts";
import { StorageLevel } from "../plan/storage-level.ts";
import { type CallSite, callSite } from "./call-site.ts";
import { debugString, explainString } from "./explain.ts";
import { combineNode, defaultPartitioner, joinNode, pairDependency } from "./pair-nodes.ts";
import { sampleBounds } from "./range-bounds.ts";

export type Pair<K, V> = readonly [K, V];

/** Literal types widen, so that `[word, 1]` is a pair of string and number. */
export type Widen<T> = T extends string
  ? string
  : T extends number
    ? number
    : T extends boolean
      ? boolean
      : T extends bigint
        ? bigint
        : T extends readonly [infer A, infer B]
          ? [Widen<A>, Widen<B>]
          : T;

export interface ActionOptions {
  readonly signal?: AbortSignal;
}

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

export class RDD<T> {
  readonly context: Context;
  /** @internal */
  readonly node: PlanNode;

  /** @internal */
  constructor(context: Context, node: PlanNode) {
    this.context = context;
    this.node = node;
    Object.defineProperty(this, Symbol.for("gnista.driverOnly"), { value: "RDD" });
  }

  get id(): number {
    return this.node.id;
  }

  get partitioner(): Partitioner | null {
    return this.node.partitioner;
  }

  getNumPartitions(): number {
    return this.node.numPartitions;
  }

  name(): string | null {
    return this.node.name;
  }

  setName(name: string): this {
    this.node.name = name;
    return this;
  }

  // ---- narrow transformations

  /** Each row through `f`. Drops the partitioner. */
  map<const U>(f: (row: T) => U): RDD<Widen<U>> {
    return this.#step("map", "map", f, false);
  }

  filter<U extends T>(f: (row: T) => row is U): RDD<U>;
  filter(f: (row: T) => boolean): RDD<T>;
  /** The rows for which `f` is true. Keeps the partitioner. */
  filter(f: (row: T) => boolean): RDD<T> {
    return this.#step("filter", "filter", f, true);
  }

  /** Each row becomes the items of the iterable that `f` returns. */
  flatMap<const U>(f: (row: T) => Iterable<U>): RDD<Widen<U>> {
    return this.#step("flatMap", "flatMap", f, false);
  }

  keyBy<K>(f: (row: T) => K): RDD<[K, T]> {
    return this.#step("keyBy", "keyBy", f, false);
  }

  /** `f` gets an iterator over the rows of a partition, once a partition, and returns an iterable of new rows. */
  mapPartitions<U>(f: (rows: IterableIterator<T>) => Iterable<U>, preservesPartitioning = false): RDD<U> {
    const site = callSite("mapPartitions");
    return this.#partitions(
      site,
      builtin("withoutIndex", this.#capture(f, site, "mapPartitions")),
      preservesPartitioning,
    );
  }

  mapPartitionsWithIndex<U>(
    f: (index: number, rows: IterableIterator<T>) => Iterable<U>,
    preservesPartitioning = false,
  ): RDD<U> {
    const site = callSite("mapPartitionsWithIndex");
    return this.#partitions(site, this.#capture(f, site, "mapPartitionsWithIndex"), preservesPartitioning);
  }

  /** Old name of mapPartitionsWithIndex. */
  mapPartitionsWithSplit<U>(
    f: (index: number, rows: IterableIterator<T>) => Iterable<U>,
    preservesPartitioning = false,
  ): RDD<U> {
    return this.mapPartitionsWithIndex(f, preservesPartitioning);
  }

  /** One array a partition, empty ones too. */
  glom(): RDD<T[]> {
    return this.#partitions(callSite("glom"), builtin("glom"), false);
  }

  union(other: RDD<T>): RDD<T> {
    return this.context.union(this, other);
  }

  /** Every pair of a row of this and a row of the other; the other is computed again for each partition of this unless cached. */
  cartesian<U>(other: RDD<U>): RDD<[T, U]> {
    return this.#make(
      { kind: "cartesian" },
      "CartesianRDD",
      callSite("cartesian"),
      [this.node, other.node],
      () => this.getNumPartitions() * other.getNumPartitions(),
      null,
    );
  }

  /** Rows side by side; both must have the same number of partitions, and of rows in each. */
  zip<U>(other: RDD<U>): RDD<[T, U]> {
    return this.#zip(callSite("zip"), [other], builtin("zip"), false);
  }

  zipPartitions<U, R>(
    other: RDD<U>,
    f: (a: IterableIterator<T>, b: IterableIterator<U>) => Iterable<R>,
    preservesPartitioning = false,
  ): RDD<R> {
    const site = callSite("zipPartitions");
    return this.#zip(
      site,
      [other],
      builtin("zipWith", this.#capture(f, site, "zipPartitions")),
      preservesPartitioning,
    );
  }

  /** [row, position]; counts the partitions before the last with a job, when there are several. */
  zipWithIndex(): RDD<[T, number]> {
    const site = callSite("zipWithIndex");
    const n = this.node;
    const starts: number[] = [0];
    return this.#make(
      { kind: "mapPartitions", fn: builtin("zipWithIndex", { value: starts }) },
      "ZippedWithIndexRDD",
      site,
      [n],
      () => n.numPartitions,
      null,
      async () => {
        if (n.numPartitions < 2) return;
        const counts = await this.#values<number>({ kind: "count" }, range(n.numPartitions - 1), site);
        starts.length = 1;
        counts.forEach((count, i) => starts.push(starts[i] + count));
      },
    );
  }

  /** [row, id]: row k of partition i of n gets k * n + i. No job. */
  zipWithUniqueId(): RDD<[T, number]> {
    return this.#partitions(
      callSite("zipWithUniqueId"),
      builtin("zipWithUniqueId", { value: this.getNumPartitions() }),
      false,
    );
  }

  /** Each row with probability `fraction`, or a Poisson number of times with replacement. Keeps the partitioner. */
  sample(withReplacement: boolean, fraction: number, seed: number = randomSeed()): RDD<T> {
    if (!(fraction >= 0))
      throw new GnistaError("INVALID_ARGUMENT", `sample needs a fraction >= 0, got ${fraction}`);
    return this.#partitions(
      callSite("sample"),
      withReplacement
        ? builtin("poisson", { value: fraction }, { value: seed })
        : builtin("bernoulli", { value: 0 }, { value: fraction }, { value: seed }),
      true,
    );
  }

  /** Splits that are disjoint and complete, by weights that are normalised. */
  randomSplit(weights: readonly number[], seed: number = randomSeed()): RDD<T>[] {
    const total = weights.reduce((sum, w) => sum + w, 0);
    if (weights.some((w) => !(w >= 0)) || !(total > 0))
      throw new GnistaError(
        "INVALID_ARGUMENT",
        `randomSplit needs weights >= 0 with a positive sum, got [${weights.join(", ")}]`,
      );
    const site = callSite("randomSplit");
    let low = 0;
    return weights.map((weight, i) => {
      const high = i === weights.length - 1 ? 1 : low + weight / total;
      const split = this.#partitions<T>(
        site,
        builtin("bernoulli", { value: low }, { value: high }, { value: seed }),
        true,
      );
      low = high;
      return split;
    });
  }

  coalesce(numPartitions: number, shuffled = false): RDD<T> {
    if (!Number.isInteger(numPartitions) || numPartitions < 1)
      throw new GnistaError("INVALID_ARGUMENT", `coalesce needs at least 1 partition, got ${numPartitions}`);
    const site = callSite("coalesce");
    if (shuffled) return this.#roundRobin(numPartitions, site);
    const parent = this.node;
    const n = (): number => Math.min(numPartitions, parent.numPartitions);
    const groups = new Lazy(() =>
      range(n()).map((i) =>
        range(parent.numPartitions).slice(
          Math.floor((i * parent.numPartitions) / n()),
          Math.floor(((i + 1) * parent.numPartitions) / n()),
        ),
      ),
    );
    return this.#make({ kind: "coalesce", groups }, "CoalescedRDD", site, [parent], n, null);
  }

  repartition(numPartitions: number): RDD<T> {
    return this.#roundRobin(numPartitions, callSite("repartition"));
  }

  /** The lines that an external command prints when it is fed the rows of a partition, a line each. */
  pipe(command: string | readonly string[], env: Readonly<Record<string, string>> = {}): RDD<string> {
    const words = typeof command === "string" ? command.trim().split(/\s+/) : command;
    return this.#partitions(callSite("pipe"), builtin("pipe", { value: words }, { value: env }), false);
  }

  barrier(): {
    mapPartitions<U>(f: (rows: IterableIterator<T>) => Iterable<U>): RDD<U>;
    mapPartitionsWithIndex<U>(f: (index: number, rows: IterableIterator<T>) => Iterable<U>): RDD<U>;
  } {
    return {
      mapPartitions: (f) => this.mapPartitions(f),
      mapPartitionsWithIndex: (f) => this.mapPartitionsWithIndex(f),
    };
  }

  // ---- wide transformations

  distinct(numPartitions?: number): RDD<T> {
    const pairs = this.#partitions<[T, null]>(callSite("distinct"), builtin("keyed"), false);
    return pairs.reduceByKey((a) => a, numPartitions).keys();
  }

  groupBy<K>(f: (row: T) => K, numPartitions?: number): RDD<[K, T[]]> {
    return this.keyBy(f).groupByKey(numPartitions);
  }

  sortBy<K>(f: (row: T) => K, ascending = true, numPartitions?: number): RDD<T> {
    return this.keyBy(f).sortByKey(ascending, numPartitions).values();
  }

  intersection(other: RDD<T>, numPartitions?: number): RDD<T> {
    const left = this.#partitions<[T, null]>(callSite("intersection"), builtin("keyed"), false);
    const right = other.#partitions<[T, null]>(callSite("intersection"), builtin("keyed"), false);
    return left
      .cogroup(right, numPartitions)
      .filter(([, [a, b]]) => a.length > 0 && b.length > 0)
      .keys();
  }

  subtract(other: RDD<T>, numPartitions?: number): RDD<T> {
    const left = this.#partitions<[T, null]>(callSite("subtract"), builtin("keyed"), false);
    const right = other.#partitions<[T, null]>(callSite("subtract"), builtin("keyed"), false);
    return left.subtractByKey(right, numPartitions ?? this.getNumPartitions()).keys();
  }

  // ---- pair transformations

  keys<K, V>(this: RDD<Pair<K, V>>): RDD<K> {
    return this.map(([key]) => key) as RDD<unknown> as RDD<K>;
  }

  values<K, V>(this: RDD<Pair<K, V>>): RDD<V> {
    return this.map(([, value]) => value) as RDD<unknown> as RDD<V>;
  }

  /** Keeps the keys and so the partitioner. */
  mapValues<K, V, const U>(this: RDD<Pair<K, V>>, f: (value: V) => U): RDD<[K, Widen<U>]> {
    return this.#step("mapValues", "mapValues", f, true);
  }

  flatMapValues<K, V, const U>(this: RDD<Pair<K, V>>, f: (value: V) => Iterable<U>): RDD<[K, Widen<U>]> {
    return this.#step("flatMapValues", "flatMapValues", f, true);
  }

  /**
   * Combines the values of each key, on the map side first unless `mapSideCombine` is false. `createCombiner` runs once a key
   * and partition.
   */
  combineByKey<K, V, C>(
    this: RDD<Pair<K, V>>,
    createCombiner: (value: V) => C,
    mergeValue: (combined: C, value: V) => C,
    mergeCombiners: (a: C, b: C) => C,
    partitioner?: number | Partitioner,
    mapSideCombine = true,
  ): RDD<[K, C]> {
    return this.#combine(
      "combineByKey",
      createCombiner,
      mergeValue,
      mergeCombiners,
      partitioner,
      mapSideCombine,
    );
  }

  reduceByKey<K, V>(
    this: RDD<Pair<K, V>>,
    f: (a: V, b: V) => V,
    partitioner?: number | Partitioner,
  ): RDD<[K, V]> {
    return this.#combine("reduceByKey", (value: V) => value, f, f, partitioner, true);
  }

  /** As reduceByKey from a neutral `zero`, which is used once a key and partition. */
  foldByKey<K, V>(
    this: RDD<Pair<K, V>>,
    zero: V,
    f: (a: V, b: V) => V,
    partitioner?: number | Partitioner,
  ): RDD<[K, V]> {
    return this.#combine("foldByKey", (value: V) => f(structuredClone(zero), value), f, f, partitioner, true);
  }

  aggregateByKey<K, V, U>(
    this: RDD<Pair<K, V>>,
    zero: U,
    seqOp: (acc: U, value: V) => U,
    combOp: (a: U, b: U) => U,
    partitioner?: number | Partitioner,
  ): RDD<[K, U]> {
    return this.#combine(
      "aggregateByKey",
      (value: V) => seqOp(structuredClone(zero), value),
      seqOp,
      combOp,
      partitioner,
      true,
    );
  }

  groupByKey<K, V>(this: RDD<Pair<K, V>>, partitioner?: number | Partitioner): RDD<[K, V[]]> {
    const chosen = this.#partitioner(partitioner);
    return this.#keyed({ kind: "group" }, "ShuffledRDD", callSite("groupByKey"), chosen, [this.node]);
  }

  partitionBy<K, V>(
    this: RDD<Pair<K, V>>,
    partitioner: number | Partitioner,
    partitionFunc?: (key: K) => number,
  ): RDD<[K, V]> {
    const chosen: Partitioner =
      typeof partitioner !== "number"
        ? partitioner
        : partitionFunc === undefined
          ? new HashPartitioner(partitioner)
          : new FunctionPartitioner(partitioner, partitionFunc as (key: unknown) => number);
    if (samePartitioner(this.partitioner, chosen)) return this as RDD<unknown> as RDD<[K, V]>;
    return this.#keyed({ kind: "exchange" }, "ShuffledRDD", callSite("partitionBy"), chosen, [this.node]);
  }

  /** Rows in the order of their keys, over range partitions whose bounds are sampled by a job before the first that needs them. */
  sortByKey<K, V>(
    this: RDD<Pair<K, V>>,
    ascending = true,
    numPartitions: number = this.getNumPartitions(),
  ): RDD<[K, V]> {
    const site = callSite("sortByKey");
    const partitioner = new RangePartitioner({ numPartitions: Math.max(1, numPartitions) }, ascending);
    const prepare = async (): Promise<void> => {
      if (partitioner.numPartitions > 1 && partitioner.bounds === null)
        partitioner.resolve(
          await sampleBounds(
            this as RDD<unknown> as RDD<[unknown, unknown]>,
            partitioner.numPartitions,
            site,
          ),
        );
    };
    return this.#keyed({ kind: "sort", ascending }, "ShuffledRDD", site, partitioner, [this.node], prepare);
  }

  repartitionAndSortWithinPartitions<K, V>(
    this: RDD<Pair<K, V>>,
    partitioner: number | Partitioner = this.getNumPartitions(),
    partitionFunc?: ((key: K) => number) | boolean,
    ascending = true,
  ): RDD<[K, V]> {
    const chosen =
      typeof partitioner !== "number"
        ? partitioner
        : typeof partitionFunc === "function"
          ? new FunctionPartitioner(partitioner, partitionFunc as (key: unknown) => number)
          : new HashPartitioner(partitioner);
    return this.#keyed(
      { kind: "sort", ascending: typeof partitionFunc === "boolean" ? partitionFunc : ascending },
      "ShuffledRDD",
      callSite("repartitionAndSortWithinPartitions"),
      chosen,
      [this.node],
    );
  }

  /** Pairs whose key lies in [low, high]; reads only the partitions that can hold such keys when range-partitioned. */
  filterByRange<K, V>(this: RDD<Pair<K, V>>, low: K, high: K): RDD<[K, V]> {
    const inside = this.#partitions<[K, V]>(
      callSite("filterByRange"),
      builtin("inRange", { value: low }, { value: high }),
      true,
    );
    const partitioner = this.partitioner;
    if (!(partitioner instanceof RangePartitioner)) return inside;
    const keep = new Lazy(() => {
      if (partitioner.bounds === null) return range(partitioner.numPartitions);
      const ends = [partitioner.getPartition(low), partitioner.getPartition(high)].sort((a, b) => a - b);
      return range(partitioner.numPartitions).filter((i) => i >= ends[0] && i <= ends[1]);
    });
    // The bounds may not be known yet, so the number of partitions stays; those out of range are left empty by the filter.
    return partitioner.bounds === null
      ? inside
      : inside.#make(
          { kind: "prune", keep },
          "PartitionPruningRDD",
          callSite("filterByRange"),
          [inside.node],
          () => keep.get().length,
          null,
        );
  }

  join<K, V, W>(
    this: RDD<Pair<K, V>>,
    other: RDD<Pair<K, W>>,
    partitioner?: number | Partitioner,
  ): RDD<[K, [V, W]]> {
    return this.#join("join", "inner", other, partitioner);
  }

  leftOuterJoin<K, V, W>(
    this: RDD<Pair<K, V>>,
    other: RDD<Pair<K, W>>,
    partitioner?: number | Partitioner,
  ): RDD<[K, [V, W | null]]> {
    return this.#join("leftOuterJoin", "left", other, partitioner);
  }

  rightOuterJoin<K, V, W>(
    this: RDD<Pair<K, V>>,
    other: RDD<Pair<K, W>>,
    partitioner?: number | Partitioner,
  ): RDD<[K, [V | null, W]]> {
    return this.#join("rightOuterJoin", "right", other, partitioner);
  }

  fullOuterJoin<K, V, W>(
    this: RDD<Pair<K, V>>,
    other: RDD<Pair<K, W>>,
    partitioner?: number | Partitioner,
  ): RDD<[K, [V | null, W | null]]> {
    return this.#join("fullOuterJoin", "full", other, partitioner);
  }

  cogroup<K, V, W>(
    this: RDD<Pair<K, V>>,
    other: RDD<Pair<K, W>>,
    partitioner?: number | Partitioner,
  ): RDD<[K, [V[], W[]]]> {
    return this.#cogroup([other as RDD<unknown>], partitioner);
  }

  groupWith<K, V, Ws extends readonly unknown[]>(
    this: RDD<Pair<K, V>>,
    ...others: { [I in keyof Ws]: RDD<Pair<K, Ws[I]>> }
  ): RDD<[K, [V[], ...{ [I in keyof Ws]: Ws[I][] }]]> {
    return this.#cogroup(others as unknown as RDD<unknown>[]);
  }

  subtractByKey<K, V, W>(
    this: RDD<Pair<K, V>>,
    other: RDD<Pair<K, W>>,
    partitioner?: number | Partitioner,
  ): RDD<[K, V]> {
    return this.cogroup(other, partitioner ?? this.partitioner ?? this.getNumPartitions())
      .filter(([, [, found]]) => found.length === 0)
      .flatMapValues(([own]) => own) as RDD<unknown> as RDD<[K, V]>;
  }

  sampleByKey<K, V>(
    this: RDD<Pair<K, V>>,
    withReplacement: boolean,
    fractions: ReadonlyMap<K, number>,
    seed: number = randomSeed(),
  ): RDD<[K, V]> {
    return this.#partitions(
      callSite("sampleByKey"),
      builtin(withReplacement ? "poissonByKey" : "bernoulliByKey", { value: fractions }, { value: seed }),
      true,
    );
  }

  // ---- persistence

  /** Keeps the partitions, once computed, for later jobs. */
  persist(level: StorageLevel = StorageLevel.MEMORY_ONLY): this {
    const current = this.node.storageLevel;
    if (current !== StorageLevel.NONE && current !== level)
      throw new GnistaError(
        "UNSUPPORTED_OPERATION",
        "the storage level of a persisted RDD cannot be changed; unpersist() it first",
      );
    this.node.storageLevel = level;
    this.context.persisted(this);
    return this;
  }

  cache(): this {
    return this.persist(StorageLevel.MEMORY_ONLY);
  }

  unpersist(_blocking = false): this {
    this.node.storageLevel = StorageLevel.NONE;
    this.context.unpersisted(this);
    return this;
  }

  get isCached(): boolean {
    return this.node.storageLevel !== StorageLevel.NONE;
  }

  getStorageLevel(): StorageLevel {
    return this.node.storageLevel;
  }

  get isCheckpointed(): boolean {
    return false;
  }

  isLocallyCheckpointed(): boolean {
    return false;
  }

  // ---- actions

  /** All rows, in partition order. */
  async collect(options: ActionOptions = {}): Promise<T[]> {
    return this.#collect(range(this.getNumPartitions()), callSite("collect"), options);
  }

  /** One typed array (or array of strings or values) a column: one for plain rows, two for pairs. */
  async collectColumns(options: ActionOptions = {}): Promise<(TypedArray | unknown[])[]> {
    const site = callSite("collectColumns");
    const values = await this.#run({ kind: "collect" }, range(this.getNumPartitions()), site, options);
    const { heap } = this.context.engine;
    const blocks = values.map((value) => (value as TaskValue & { kind: "block" }).block);
    try {
      const chunks = blocks.flatMap((block) => block.chunks);
      if (chunks.length === 0) return [];
      const arena = heap.arena(chunks[0].segment);
      try {
        const column = chunks.length === 1 ? chunks[0] : concatColumns(heap, chunks, arena);
        return (column.type.kind === "struct" ? column.children : [column]).map((child) =>
          readTyped(heap, child),
        );
      } finally {
        arena.release();
      }
    } finally {
      for (const block of blocks) freeBlock(heap, block);
    }
  }

  async count(options: ActionOptions = {}): Promise<number> {
    const counts = await this.#values<number>(
      { kind: "count" },
      range(this.getNumPartitions()),
      callSite("count"),
      options,
    );
    return counts.reduce((sum, n) => sum + n, 0);
  }

  async isEmpty(): Promise<boolean> {
    return this.getNumPartitions() === 0 || (await this.take(1)).length === 0;
  }

  async first(): Promise<T> {
    const rows = await this.take(1);
    if (rows.length === 0) throw empty("first");
    return rows[0];
  }

  /** The first `n` rows; scans one partition, then as many more as it seems to take. */
  async take(n: number, options: ActionOptions = {}): Promise<T[]> {
    const site = callSite("take");
    const total = this.getNumPartitions();
    const rows: T[] = [];
    for (let scanned = 0; rows.length < n && scanned < total; ) {
      let next = 1;
      if (scanned > 0)
        next =
          rows.length === 0
            ? scanned * 4
            : Math.max(
                1,
                Math.min(Math.ceil((1.5 * (n - rows.length) * scanned) / rows.length), scanned * 4),
              );
      const values = await this.#run(
        { kind: "take", limit: n - rows.length },
        range(Math.min(next, total - scanned)).map((i) => scanned + i),
        site,
        options,
      );
      for (const row of this.#rows(values)) if (rows.length < n) rows.push(row);
      scanned += next;
    }
    return rows;
  }

  async reduce(f: (a: T, b: T) => T, options: ActionOptions = {}): Promise<T> {
    const site = callSite("reduce");
    const fn = this.#capture(f, site, "reduce");
    const parts = await this.#values<Reduced>(
      { kind: "reduce", fn, combine: recognizeCombiner(fn) },
      range(this.getNumPartitions()),
      site,
      options,
    );
    const found = parts.filter((part) => part.rows > 0).map((part) => part.value as T);
    if (found.length === 0) throw empty("reduce");
    return found.reduce((a, b) => f(a, b));
  }

  /** `zero` is used once a partition, and once more at the end. */
  async fold(zero: T, f: (a: T, b: T) => T): Promise<T> {
    return this.#aggregate(callSite("fold"), zero, f, f);
  }

  async aggregate<U>(zero: U, seqOp: (acc: U, row: T) => U, combOp: (a: U, b: U) => U): Promise<U> {
    return this.#aggregate(callSite("aggregate"), zero, seqOp, combOp);
  }

  async treeAggregate<U>(
    zero: U,
    seqOp: (acc: U, row: T) => U,
    combOp: (a: U, b: U) => U,
    depth = 2,
  ): Promise<U> {
    if (depth < 1)
      throw new GnistaError("INVALID_ARGUMENT", `treeAggregate needs a depth of at least 1, got ${depth}`);
    const site = callSite("treeAggregate");
    const n = this.getNumPartitions();
    const scale = Math.max(Math.ceil(n ** (1 / depth)), 2);
    if (depth === 1 || n <= scale + Math.ceil(n / scale)) return this.#aggregate(site, zero, seqOp, combOp);
    const leaves = this.#partitions<[number, U]>(
      site,
      builtin("treeLeaf", { value: zero }, this.#capture(seqOp, site, "treeAggregate"), {
        value: Math.ceil(n / scale),
      }),
      false,
    );
    return leaves
      .reduceByKey(combOp, Math.ceil(n / scale))
      .values()
      .#aggregate(site, zero, combOp as (acc: U, row: unknown) => U, combOp);
  }

  async treeReduce(f: (a: T, b: T) => T, _depth = 2): Promise<T> {
    return this.reduce(f);
  }

  async foreach(f: (row: T) => void, options: ActionOptions = {}): Promise<void> {
    const site = callSite("foreach");
    await this.#values(
      { kind: "call", fn: builtin("foreach", this.#capture(f, site, "foreach")) },
      range(this.getNumPartitions()),
      site,
      options,
    );
  }

  async foreachPartition(f: (rows: IterableIterator<T>) => void, options: ActionOptions = {}): Promise<void> {
    const site = callSite("foreachPartition");
    await this.#values(
      { kind: "call", fn: builtin("consume", this.#capture(f, site, "foreachPartition")) },
      range(this.getNumPartitions()),
      site,
      options,
    );
  }

  /** The greatest by natural order, or by a key function. */
  async max(key?: (row: T) => unknown): Promise<T> {
    return this.#extreme("max", key, 1);
  }

  async min(key?: (row: T) => unknown): Promise<T> {
    return this.#extreme("min", key, -1);
  }

  async sum(this: RDD<number>, options: ActionOptions = {}): Promise<number> {
    const sums = await this.#values<number>(
      { kind: "sum" },
      range(this.getNumPartitions()),
      callSite("sum"),
      options,
    );
    return sums.reduce((a, b) => a + b, 0);
  }

  async stats(this: RDD<number>): Promise<StatCounter> {
    const parts = await this.#values<StatValues>(
      { kind: "call", fn: builtin("stats") },
      range(this.getNumPartitions()),
      callSite("stats"),
    );
    return parts.reduce<StatCounter>((all, part) => all.merge(part), new StatCounter());
  }

  async mean(this: RDD<number>): Promise<number> {
    const stats = await this.stats();
    return stats.count === 0 ? Number.NaN : stats.mean;
  }

  async variance(this: RDD<number>): Promise<number> {
    return (await this.stats()).variance();
  }

  async popVariance(this: RDD<number>): Promise<number> {
    return (await this.stats()).variance();
  }

  async stdev(this: RDD<number>): Promise<number> {
    return (await this.stats()).stdev();
  }

  async popStdev(this: RDD<number>): Promise<number> {
    return (await this.stats()).stdev();
  }

  async sampleVariance(this: RDD<number>): Promise<number> {
    return (await this.stats()).sampleVariance();
  }

  async sampleStdev(this: RDD<number>): Promise<number> {
    return (await this.stats()).sampleStdev();
  }

  /** [buckets, counts]: `buckets` even ones between the extremes, or the given sorted bounds. The last bucket is closed. */
  async histogram(
    this: RDD<number>,
    buckets: number | readonly number[],
    evenBuckets = false,
  ): Promise<[number[], number[]]> {
    const site = callSite("histogram");
    let bounds: number[];
    let even = evenBuckets;
    if (typeof buckets === "number") {
      if (!Number.isInteger(buckets) || buckets < 1)
        throw new GnistaError("INVALID_ARGUMENT", `histogram needs at least 1 bucket, got ${buckets}`);
      const { min, max, count } = await this.stats();
      if (count === 0 || !Number.isFinite(min) || !Number.isFinite(max))
        throw new GnistaError(
          "UNSUPPORTED_OPERATION",
          "histogram on either an empty RDD or an RDD containing +/-infinity or NaN",
        );
      bounds =
        min === max
          ? [min, max]
          : Array.from({ length: buckets + 1 }, (_, i) =>
              i === buckets ? max : min + (i * (max - min)) / buckets,
            );
      even = min !== max;
    } else {
      bounds = [...buckets];
      if (bounds.length < 2)
        throw new GnistaError("INVALID_ARGUMENT", "histogram needs at least two bucket bounds");
      if (bounds.some((b, i) => i > 0 && !(b > bounds[i - 1])))
        throw new GnistaError("INVALID_ARGUMENT", "histogram needs sorted bucket bounds without duplicates");
    }
    const parts = await this.#values<number[]>(
      { kind: "call", fn: builtin("histogram", { value: bounds }, { value: even }) },
      range(this.getNumPartitions()),
      site,
    );
    return [
      bounds,
      parts.reduce((a, b) => a.map((x, i) => x + b[i]), new Array<number>(bounds.length - 1).fill(0)),
    ];
  }

  /** The `n` greatest, greatest first, by natural order or a key function. */
  async top(n: number, key?: (row: T) => unknown): Promise<T[]> {
    return this.#ordered(callSite("top"), n, key, true);
  }

  /** The `n` least, least first, by natural order or a key function. */
  async takeOrdered(n: number, key?: (row: T) => unknown): Promise<T[]> {
    return this.#ordered(callSite("takeOrdered"), n, key, false);
  }

  async takeSample(withReplacement: boolean, n: number, seed: number = randomSeed()): Promise<T[]> {
    if (n < 0) throw new GnistaError("INVALID_ARGUMENT", `takeSample needs a number >= 0, got ${n}`);
    const count = await this.count();
    if (n === 0 || count === 0) return [];
    const shuffleRows = (rows: T[]): T[] => {
      let state = seed | 0 || 1;
      for (let i = rows.length - 1; i > 0; i--) {
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
        const j = (state >>> 0) % (i + 1);
        [rows[i], rows[j]] = [rows[j], rows[i]];
      }
      return rows;
    };
    if (!withReplacement && n >= count) return shuffleRows(await this.collect());
    for (let tries = 0; ; tries++) {
      const fraction = Math.min(
        withReplacement ? Number.POSITIVE_INFINITY : 1,
        ((n + 5 * Math.sqrt(n) + 10) / count) * 1.2 ** tries,
      );
      const rows = await this.sample(withReplacement, fraction, seed + tries).collect();
      if (rows.length >= n) return shuffleRows(rows).slice(0, n);
    }
  }

  async countByValue(): Promise<Map<T, number>> {
    const parts = await this.#values<Map<T, number>>(
      { kind: "call", fn: builtin("countByValue") },
      range(this.getNumPartitions()),
      callSite("countByValue"),
    );
    return mergeMaps(parts, (a, b) => a + b);
  }

  async countByKey<K, V>(this: RDD<Pair<K, V>>): Promise<Map<K, number>> {
    return this.keys().countByValue();
  }

  async collectAsMap<K, V>(this: RDD<Pair<K, V>>): Promise<Map<K, V>> {
    return new Map((await this.collect()) as [K, V][]);
  }

  async reduceByKeyLocally<K, V>(this: RDD<Pair<K, V>>, f: (a: V, b: V) => V): Promise<Map<K, V>> {
    return this.reduceByKey(f).collectAsMap();
  }

  /** The values of a key; reads one partition when the partitioner says which. */
  async lookup<K, V>(this: RDD<Pair<K, V>>, key: K): Promise<V[]> {
    const site = callSite("lookup");
    const found = this.#partitions<[K, V]>(site, builtin("inRange", { value: key }, { value: key }), true);
    await found.node.prepare();
    for (const ancestor of [this.node]) await ancestor.prepare();
    const partitions =
      this.partitioner === null ? range(this.getNumPartitions()) : [this.partitioner.getPartition(key)];
    return (await found.#collect(partitions, site)).map(([, value]) => value);
  }

  async *toLocalIterator(): AsyncGenerator<T> {
    const site = callSite("toLocalIterator");
    for (let i = 0; i < this.getNumPartitions(); i++) yield* await this.#collect([i], site);
  }

  async countApprox(timeout: number, _confidence = 0.95): Promise<number> {
    return this.#approximately<number>(
      timeout,
      { kind: "count" },
      (counts, part) => counts.reduce((a, b) => a + b, 0) / part,
    );
  }

  async sumApprox(this: RDD<number>, timeout: number, _confidence = 0.95): Promise<number> {
    return this.#approximately<number>(
      timeout,
      { kind: "sum" },
      (sums, part) => sums.reduce((a, b) => a + b, 0) / part,
    );
  }

  async meanApprox(this: RDD<number>, timeout: number, _confidence = 0.95): Promise<number> {
    return this.#approximately<StatValues>(
      timeout,
      { kind: "call", fn: builtin("stats") },
      (parts) => parts.reduce<StatCounter>((all, p) => all.merge(p), new StatCounter()).mean,
    );
  }

  /** HyperLogLog with a relative standard deviation of about `relativeSD`. */
  async countApproxDistinct(relativeSD = 0.05): Promise<number> {
    const p = Math.min(16, Math.ceil(2 * Math.log2(1.054 / relativeSD)));
    if (!(relativeSD > 0) || p < 4)
      throw new GnistaError(
        "INVALID_ARGUMENT",
        `countApproxDistinct needs a relative standard deviation between 0.004 and 0.26, got ${relativeSD}`,
      );
    const parts = await this.#values<Uint8Array>(
      { kind: "call", fn: builtin("hyperLogLog", { value: p }) },
      range(this.getNumPartitions()),
      callSite("countApproxDistinct"),
    );
    const m = 2 ** p;
    const registers = new Uint8Array(m);
    for (const part of parts) for (let i = 0; i < m; i++) registers[i] = Math.max(registers[i], part[i]);
    let inverse = 0;
    let zeros = 0;
    for (const rank of registers) {
      inverse += 2 ** -rank;
      if (rank === 0) zeros++;
    }
    const estimate = ((0.7213 / (1 + 1.079 / m)) * m * m) / inverse;
    return Math.round(estimate <= 2.5 * m && zeros > 0 ? m * Math.log(m / zeros) : estimate);
  }

  async saveAsTextFile(path: string, codec: "none" | "gzip" = "none"): Promise<void> {
    await this.#save(path, callSite("saveAsTextFile"), (attempt) =>
      builtin("saveText", { value: path }, { value: attempt }, { value: codec }),
    );
  }

  async saveAsObjectFile(path: string): Promise<void> {
    await this.#save(path, callSite("saveAsObjectFile"), (attempt) =>
      builtin("saveObjects", { value: path }, { value: attempt }),
    );
  }

  /** The lineage, as Spark prints it: partitions, class and call site, indented at each shuffle. */
  toDebugString(): string {
    return debugString(this.node);
  }

  /** For every function of the lineage: whether it was compiled, and if not, why. */
  explain(): string {
    return explainString(this.node);
  }

  // ---- inside

  #capture(f: Function, site: CallSite, operation: string): FunctionSpec {
    return captureFunction(f, { operation, ...(site.source === null ? {} : { source: site.source }) });
  }

  #make<U>(
    operator: Operator,
    label: string,
    site: CallSite,
    parents: readonly PlanNode[],
    numPartitions: () => number,
    partitioner: Partitioner | null,
    prepare?: () => Promise<void>,
  ): RDD<U> {
    return new RDD<U>(
      this.context,
      new PlanNode({
        operator,
        label,
        callSite: site.text,
        dependencies: parents.map(narrow),
        numPartitions,
        partitioner,
        ...(prepare === undefined ? {} : { prepare }),
      }),
    );
  }

  #step<U>(
    kind: "map" | "filter" | "flatMap" | "mapValues" | "flatMapValues" | "keyBy",
    operation: string,
    f: Function,
    keeps: boolean,
  ): RDD<U> {
    const site = callSite(operation);
    const parent = this.node;
    return this.#make(
      { kind, fn: this.#capture(f, site, operation) },
      "MapPartitionsRDD",
      site,
      [parent],
      () => parent.numPartitions,
      keeps ? this.partitioner : null,
    );
  }

  #partitions<U>(site: CallSite, fn: FunctionSpec, keeps: boolean): RDD<U> {
    const parent = this.node;
    return this.#make(
      { kind: "mapPartitions", fn },
      "MapPartitionsRDD",
      site,
      [parent],
      () => parent.numPartitions,
      keeps ? this.partitioner : null,
    );
  }

  #zip<R>(site: CallSite, others: readonly RDD<unknown>[], fn: FunctionSpec, keeps: boolean): RDD<R> {
    const n = this.getNumPartitions();
    for (const other of others)
      if (other.getNumPartitions() !== n)
        throw new GnistaError(
          "INVALID_ARGUMENT",
          `can't zip RDDs with unequal numbers of partitions: ${n} and ${other.getNumPartitions()}`,
        );
    return this.#make(
      { kind: "zipPartitions", fn },
      "ZippedPartitionsRDD",
      site,
      [this.node, ...others.map((o) => o.node)],
      () => n,
      keeps ? this.partitioner : null,
    );
  }

  #roundRobin(numPartitions: number, site: CallSite): RDD<T> {
    if (!Number.isInteger(numPartitions) || numPartitions < 1)
      throw new GnistaError(
        "INVALID_ARGUMENT",
        `repartition needs at least 1 partition, got ${numPartitions}`,
      );
    const dependency = shuffle(this.node, new HashPartitioner(numPartitions), { kind: "roundRobin" });
    return new RDD<T>(
      this.context,
      new PlanNode({
        operator: { kind: "exchange" },
        label: "ShuffledRDD",
        callSite: site.text,
        dependencies: [dependency],
        numPartitions,
      }),
    );
  }

  #partitioner(wanted: number | Partitioner | undefined, others: readonly RDD<unknown>[] = []): Partitioner {
    if (typeof wanted === "number") return new HashPartitioner(wanted);
    return (
      wanted ??
      defaultPartitioner(
        [this.node, ...others.map((o) => o.node)],
        this.context.conf("spark.default.parallelism"),
      )
    );
  }

  #keyed<U>(
    operator: Operator,
    label: string,
    site: CallSite,
    partitioner: Partitioner,
    nodes: readonly PlanNode[],
    prepare?: () => Promise<void>,
  ): RDD<U> {
    return new RDD<U>(
      this.context,
      new PlanNode({
        operator,
        label,
        callSite: site.text,
        partitioner,
        numPartitions: partitioner.numPartitions,
        dependencies: nodes.map((node) => pairDependency(node, partitioner)),
        ...(prepare === undefined ? {} : { prepare }),
      }),
    );
  }

  #combine<K, V, C>(
    operation: string,
    create: (value: V) => C,
    mergeValue: (c: C, v: V) => C,
    mergeCombiners: (a: C, b: C) => C,
    wanted: number | Partitioner | undefined,
    mapSide: boolean,
  ): RDD<[K, C]> {
    const site = callSite(operation);
    const functions = [create, mergeValue, mergeCombiners].map((f) => this.#capture(f, site, operation));
    const recognized = operation === "reduceByKey" ? recognizeCombiner(functions[1]) : null;
    return new RDD(
      this.context,
      combineNode(
        this.node,
        {
          createCombiner: functions[0],
          mergeValue: functions[1],
          mergeCombiners: functions[2],
          kind: recognized,
        },
        this.#partitioner(wanted),
        mapSide,
        site.text,
      ),
    );
  }

  #join<R>(
    operation: string,
    how: "inner" | "left" | "right" | "full",
    other: RDD<unknown>,
    wanted: number | Partitioner | undefined,
  ): RDD<R> {
    const site = callSite(operation);
    return new RDD(
      this.context,
      joinNode(how, this.node, other.node, this.#partitioner(wanted, [other]), site.text),
    );
  }

  #cogroup<R>(others: readonly RDD<unknown>[], wanted?: number | Partitioner): RDD<R> {
    return this.#keyed(
      { kind: "cogroup" },
      "CoGroupedRDD",
      callSite("cogroup"),
      this.#partitioner(wanted, others),
      [this.node, ...others.map((o) => o.node)],
    );
  }

  async #run(
    action: Action,
    partitions: readonly number[],
    site: CallSite,
    options: ActionOptions = {},
  ): Promise<readonly TaskValue[]> {
    return this.context.runAction(this.node, action, partitions, site.text, options.signal);
  }

  /** @internal */
  async runValues<U>(action: Action, partitions: readonly number[], site: CallSite): Promise<U[]> {
    return this.#values(action, partitions, site);
  }

  async #values<U>(
    action: Action,
    partitions: readonly number[],
    site: CallSite,
    options: ActionOptions = {},
  ): Promise<U[]> {
    const values = await this.#run(action, partitions, site, options);
    return values.map((value) => (value as TaskValue & { kind: "value" }).value as U);
  }

  async #collect(partitions: readonly number[], site: CallSite, options: ActionOptions = {}): Promise<T[]> {
    return this.#rows(await this.#run({ kind: "collect" }, partitions, site, options));
  }

  /** Reads and frees result blocks. */
  #rows(values: readonly TaskValue[]): T[] {
    const { heap } = this.context.engine;
    const rows: T[] = [];
    for (const value of values) {
      const { block } = value as TaskValue & { kind: "block" };
      for (const chunk of block.chunks) for (const row of readColumn(heap, chunk)) rows.push(row as T);
      freeBlock(heap, block);
    }
    return rows;
  }

  async #aggregate<U>(
    site: CallSite,
    zero: U,
    seqOp: (acc: U, row: T) => U,
    combOp: (a: U, b: U) => U,
  ): Promise<U> {
    const parts = await this.#values<U>(
      { kind: "call", fn: builtin("aggregate", { value: zero }, this.#capture(seqOp, site, "aggregate")) },
      range(this.getNumPartitions()),
      site,
    );
    return parts.reduce((a, b) => combOp(a, b), structuredClone(zero));
  }

  async #ordered(
    site: CallSite,
    n: number,
    key: ((row: T) => unknown) | undefined,
    descending: boolean,
  ): Promise<T[]> {
    if (n <= 0) return [];
    const fn = key === undefined ? { value: null } : this.#capture(key, site, "takeOrdered");
    const parts = await this.#values<[unknown, T][]>(
      { kind: "call", fn: builtin("takeOrdered", { value: n }, fn, { value: descending }) },
      range(this.getNumPartitions()),
      site,
    );
    const all = parts.flat();
    all.sort((a, b) => (descending ? compareValues(b[0], a[0]) : compareValues(a[0], b[0])));
    return all.slice(0, n).map(([, row]) => row);
  }

  async #extreme(operation: string, key: ((row: T) => unknown) | undefined, direction: number): Promise<T> {
    const rows = await this.#ordered(callSite(operation), 1, key, direction > 0);
    if (rows.length === 0) throw empty(operation);
    return rows[0];
  }

  async #approximately<V>(
    timeout: number,
    action: Action,
    estimate: (values: V[], part: number) => number,
  ): Promise<number> {
    const n = this.getNumPartitions();
    const values: V[] = [];
    const job = this.context.startAction(this.node, action, range(n), callSite("approx").text, (value) =>
      values.push((value as TaskValue & { kind: "value" }).value as V),
    );
    await Promise.race([job.result, new Promise((resolve) => setTimeout(resolve, timeout).unref())]);
    job.result.catch(() => {});
    return values.length === 0 ? 0 : estimate(values, values.length / n);
  }

  async #save(path: string, site: CallSite, fn: (attempt: string) => FunctionSpec): Promise<void> {
    setupOutput(path);
    try {
      commitOutput(
        path,
        await this.#values<string>(
          { kind: "call", fn: fn(String(Date.now())) },
          range(this.getNumPartitions()),
          site,
        ),
      );
    } catch (error) {
      abortOutput(path);
      throw error;
    }
  }
}

/** Partitions keys by a function, as PySpark's partitionBy(n, f). */
class FunctionPartitioner implements Partitioner {
  readonly numPartitions: number;
  /** Not private: it travels to the workers with the instance. */
  readonly f: (key: unknown) => number;

  constructor(numPartitions: number, f: (key: unknown) => number) {
    this.numPartitions = numPartitions;
    this.f = f;
  }

  getPartition(key: unknown): number {
    const at = this.f(key) % this.numPartitions;
    return at < 0 ? at + this.numPartitions : at;
  }
}

function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

function randomSeed(): number {
  return Math.floor(Math.random() * 2 ** 31);
}

function empty(operation: string): GnistaError {
  return new GnistaError("EMPTY_COLLECTION", `${operation}: empty collection; the RDD has no rows`, {
    operation,
  });
}

function mergeMaps<K, V>(parts: readonly Map<K, V>[], merge: (a: V, b: V) => V): Map<K, V> {
  const all = new Map<K, V>();
  for (const part of parts)
    for (const [key, value] of part) all.set(key, all.has(key) ? merge(all.get(key) as V, value) : value);
  return all;
}
