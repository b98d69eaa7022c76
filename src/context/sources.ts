/** Where rows come from, but for files: collections of the driver, ranges, other RDDs. They are read when a job needs them. */
import type { TypedArray } from "../column/typed-array.ts";
import { GnistaError } from "../errors.ts";
import { narrow, PlanNode } from "../plan/node.ts";
import { samePartitioner } from "../plan/partitioner.ts";
import { callSite } from "../rdd/call-site.ts";
import { checkPartitions } from "../rdd/derive.ts";
import type { RDD } from "../rdd/rdd.ts";
import type { Row } from "../rdd/types.ts";
import { SharedVariables } from "./shared-variables.ts";

/** Typed arrays of numbers. */
export type NumberArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;
/** Typed arrays of bigints. */
export type BigIntArray = BigInt64Array | BigUint64Array;

export class Sources extends SharedVariables {
  /**
   * The rows of an array, typed array or other iterable, cut into `numSlices` even runs. An array is read when the first job needs it, and then kept in
   * shared memory; typed arrays become columns as they are. INVALID_ARGUMENT for fewer than one slice.
   *
   * @example
   * await sc.parallelize([1, 2, 3, 4, 5], 2).glom().collect() // => [[1, 2], [3, 4, 5]]
   * await sc.parallelize(new Set(["a", "b"])).collect() // => ["a", "b"]
   * await sc.parallelize(Float64Array.of(0.5, 1.5)).sum() // => 2
   */
  parallelize<T extends Row>(values: Iterable<T>, numSlices: number = this.defaultParallelism): RDD<T> {
    const site = callSite("parallelize");
    checkPartitions(numSlices, "parallelize");
    if (typeof (values as Partial<Iterable<T>> | null | undefined)?.[Symbol.iterator] !== "function")
      throw new GnistaError(
        "INVALID_ARGUMENT",
        `parallelize needs an array or another iterable, got ${typeof values}`,
      );
    const held =
      Array.isArray(values) || (ArrayBuffer.isView(values) && !(values instanceof DataView))
        ? (values as unknown as readonly unknown[])
        : [...values];
    return this.rdd(
      new PlanNode({
        operator: { kind: "collection", slices: { kind: "array", values: held } },
        numPartitions: numSlices,
        label: "ParallelCollectionRDD",
        callSite: site.text,
      }),
    );
  }

  /**
   * The Scala name of `parallelize`.
   *
   * @example
   * await sc.makeRDD([1, 2]).collect() // => [1, 2]
   */
  makeRDD<T extends Row>(values: Iterable<T>, numSlices?: number): RDD<T> {
    return this.parallelize(values, numSlices);
  }

  /**
   * Two columns of one length as pairs, copied to shared memory at once: the quick way in for typed arrays. INVALID_ARGUMENT when their
   * lengths differ.
   *
   * @example
   * const pairs = sc.parallelizePairs(Uint32Array.of(1, 2, 1), Float64Array.of(0.5, 1, 2));
   * await pairs.reduceByKey((a, b) => a + b).lookup(1) // => [2.5]
   * await sc.parallelizePairs(["a", "b"], [{ n: 1 }, { n: 2 }]).collect() // => [["a", { n: 1 }], ["b", { n: 2 }]]
   */
  parallelizePairs(keys: NumberArray, values: NumberArray, numSlices?: number): RDD<[number, number]>;
  parallelizePairs(keys: BigIntArray, values: NumberArray, numSlices?: number): RDD<[bigint, number]>;
  parallelizePairs(keys: readonly string[], values: NumberArray, numSlices?: number): RDD<[string, number]>;
  parallelizePairs<K, V>(keys: readonly K[], values: readonly V[], numSlices?: number): RDD<[K, V]>;
  parallelizePairs(
    keys: TypedArray | readonly unknown[],
    values: TypedArray | readonly unknown[],
    numSlices: number = this.defaultParallelism,
  ): RDD<[never, never]> {
    const site = callSite("parallelizePairs");
    checkPartitions(numSlices, "parallelizePairs");
    if (keys.length !== values.length)
      throw new GnistaError(
        "INVALID_ARGUMENT",
        `parallelizePairs needs as many keys as values, got ${keys.length} and ${values.length}`,
      );
    const node = new PlanNode({
      operator: {
        kind: "collection",
        slices: { kind: "pairs", keys: keys as ArrayLike<unknown>, values: values as ArrayLike<unknown> },
      },
      numPartitions: numSlices,
      label: "ParallelCollectionRDD",
      callSite: site.text,
    });
    this.engine.load(node);
    return this.rdd(node);
  }

  /**
   * The rows of a table in Arrow's IPC format, stream or file, copied to shared memory at once, buffer by buffer; cut into `numSlices` even runs. Other
   * libraries' tables come through their `tableToIPC(table)`.
   *
   * A row is an object with a key a column (or what `toArrow` was given). Integers of up to 32 bits and floats are numbers, of 64 bits bigints; dates and timestamps of
   * seconds and milliseconds are Dates, of micro- and nanoseconds bigints; fixed-size lists of floats are typed arrays if no item is null, other lists arrays; binary is
   * Uint8Arrays. Dictionaries of strings stay dictionaries.
   *
   * CORRUPT_INPUT, with the offset, for data that is damaged or cut off; UNSUPPORTED_OPERATION for types without a counterpart (decimals, times, intervals, maps,
   * unions) and big-endian data.
   *
   * @example
   * const bytes = await sc.parallelize([{ x: 1, y: "a" }, { x: 2, y: null }]).toArrow();
   * await sc.fromArrow(bytes).filter((row) => row.x > 1).collect() // => [{ x: 2, y: null }]
   * sc.fromArrow(bytes.subarray(0, 99)) // => throws CORRUPT_INPUT
   */
  fromArrow<T = Readonly<Record<string, unknown>>>(
    source: Uint8Array | ArrayBuffer,
    numSlices: number = this.defaultParallelism,
  ): RDD<T> {
    const site = callSite("fromArrow");
    checkPartitions(numSlices, "fromArrow");
    if (!(source instanceof Uint8Array || source instanceof ArrayBuffer))
      throw new GnistaError(
        "INVALID_ARGUMENT",
        "fromArrow needs the bytes of Arrow's IPC format; make them of another library's table with its tableToIPC(table)",
      );
    const node = new PlanNode({
      operator: {
        kind: "collection",
        slices: { kind: "arrow", bytes: source instanceof Uint8Array ? source : new Uint8Array(source) },
      },
      numPartitions: numSlices,
      label: "ParallelCollectionRDD",
      callSite: site.text,
    });
    this.engine.load(node);
    return this.rdd(node);
  }

  /**
   * The numbers from 0 to before `start`, or from `start` to before `end`, in steps; made where they are used, never stored. INVALID_ARGUMENT
   * for a step of 0.
   *
   * @example
   * await sc.range(4).collect() // => [0, 1, 2, 3]
   * await sc.range(10, 0, -5).collect() // => [10, 5]
   */
  range(start: number, end?: number, step = 1, numSlices: number = this.defaultParallelism): RDD<number> {
    const site = callSite("range");
    checkPartitions(numSlices, "range");
    if (step === 0) throw new GnistaError("INVALID_ARGUMENT", "range needs a step other than 0");
    const [from, to] = end === undefined ? [0, start] : [start, end];
    const length = Math.max(0, Math.ceil((to - from) / step));
    return this.rdd(
      new PlanNode({
        operator: { kind: "range", start: from, step, length },
        numPartitions: numSlices,
        label: "ParallelCollectionRDD",
        callSite: site.text,
      }),
    );
  }

  /**
   * No rows in no partitions.
   *
   * @example
   * await sc.emptyRDD().collect() // => []
   */
  emptyRDD<T>(): RDD<T> {
    return this.rdd(
      new PlanNode({
        operator: { kind: "union", aligned: false },
        numPartitions: 0,
        label: "EmptyRDD",
        callSite: callSite("emptyRDD").text,
      }),
    );
  }

  /**
   * All rows of the RDDs, duplicates kept. Narrow: partitions side by side, or merged one by one when all have the same partitioner, which
   * is then kept.
   *
   * @example
   * await sc.union([sc.parallelize([1]), sc.parallelize([2]), sc.parallelize([2])]).collect() // => [1, 2, 2]
   * await sc.union(sc.parallelize([1]), sc.parallelize([2])).collect() // => [1, 2]
   */
  union<T>(...rdds: readonly RDD<T>[] | readonly [readonly RDD<T>[]]): RDD<T> {
    const site = callSite("union");
    const nodes = rdds
      .flat()
      .map((rdd) => rdd.node)
      .filter((node) => node.partitioner !== null || node.numPartitions > 0);
    const [first] = nodes;
    if (first === undefined) return this.emptyRDD();
    const aligned = nodes.every((node) => samePartitioner(node.partitioner, first.partitioner));
    return this.rdd(
      new PlanNode({
        operator: { kind: "union", aligned },
        dependencies: nodes.map(narrow),
        numPartitions: () =>
          aligned ? first.numPartitions : nodes.reduce((sum, node) => sum + node.numPartitions, 0),
        partitioner: aligned ? first.partitioner : null,
        label: aligned ? "PartitionerAwareUnionRDD" : "UnionRDD",
        callSite: site.text,
      }),
    );
  }
}
