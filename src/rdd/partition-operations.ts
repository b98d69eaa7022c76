/**
 * Operations on whole partitions: a function sees the rows of a partition as one iterator, and is called once for each, empty ones
 * included. And those that change how many partitions there are.
 *
 * https://spark.apache.org/docs/latest/rdd-programming-guide.html#transformations
 */
import type { FunctionSpec } from "../closure/spec.ts";
import { GnistaError } from "../errors.ts";
import { Lazy } from "../plan/node.ts";
import { type CallSite, callSite } from "./call-site.ts";
import {
  builtin,
  capture,
  checkPartitions,
  indices,
  narrowRDD,
  partitionsRDD,
  roundRobinRDD,
  zippedRDD,
} from "./derive.ts";
import type { PartitionEvaluatorFactory } from "./partition-evaluator.ts";
import type { RDD } from "./rdd.ts";
import { RowOperations } from "./row-operations.ts";
import type { Row, Rows } from "./types.ts";

export class PartitionOperations<T> extends RowOperations<T> {
  /**
   * The rows that `f` makes of each partition. Narrow; what is costly to set up (a parser, a connection) is set up once a partition.
   * Pass `preservesPartitioning` when `f` leaves the keys as they are.
   *
   * @example
   * const sums = sc.parallelize([1, 2, 3, 4], 2).mapPartitions((rows) => [rows.reduce((a, b) => a + b, 0)]);
   * await sums.collect() // => [3, 7]
   */
  mapPartitions<U extends Row>(f: (rows: Rows<T>) => Iterable<U>, preservesPartitioning = false): RDD<U> {
    const site = callSite("mapPartitions");
    return partitionsRDD(this, site, builtin("withoutIndex", capture(f, site)), preservesPartitioning);
  }

  /**
   * As `mapPartitions`, with the partition's index as first argument. Narrow.
   *
   * @example
   * await sc.parallelize(["a", "b"], 2).mapPartitionsWithIndex((i, rows) => rows.map((row) => row + i)).collect() // => ["a0", "b1"]
   */
  mapPartitionsWithIndex<U extends Row>(
    f: (index: number, rows: Rows<T>) => Iterable<U>,
    preservesPartitioning = false,
  ): RDD<U> {
    const site = callSite("mapPartitionsWithIndex");
    return partitionsRDD(this, site, capture(f, site), preservesPartitioning);
  }

  /**
   * The old name of `mapPartitionsWithIndex`.
   *
   * @example
   * await sc.parallelize([5, 6], 2).mapPartitionsWithSplit((i) => [i]).collect() // => [0, 1]
   */
  mapPartitionsWithSplit<U extends Row>(
    f: (index: number, rows: Rows<T>) => Iterable<U>,
    preservesPartitioning = false,
  ): RDD<U> {
    return this.mapPartitionsWithIndex(f, preservesPartitioning);
  }

  /**
   * As `mapPartitionsWithIndex`, with a factory that makes the evaluator of each partition in the worker. Narrow.
   *
   * @example
   * const adder = (n) => ({ createEvaluator: () => ({ eval: (index, rows) => rows.map((row) => row + n) }) });
   * await sc.parallelize([1, 2], 2).mapPartitionsWithEvaluator(adder(10)).collect() // => [11, 12]
   */
  mapPartitionsWithEvaluator<U extends Row>(factory: PartitionEvaluatorFactory<[T], U>): RDD<U> {
    const site = callSite("mapPartitionsWithEvaluator");
    const f = (index: number, rows: Rows<T>): Iterable<U> => factory.createEvaluator().eval(index, rows);
    return partitionsRDD(this, site, capture(f, site), false);
  }

  /**
   * The rows that `f` makes of the partitions of two to four RDDs side by side. Narrow; all must have the same number of
   * partitions (INVALID_ARGUMENT), their rows need not match.
   *
   * @example
   * const counts = sc.parallelize([1, 2, 3], 2).zipPartitions(sc.parallelize(["a", "b"], 2), (a, b) => [[a.toArray().length, b.toArray().length]]);
   * await counts.collect() // => [[1, 1], [2, 1]]
   */
  zipPartitions<A, U extends Row>(
    a: RDD<A>,
    f: (own: Rows<T>, a: Rows<A>) => Iterable<U>,
    preservesPartitioning?: boolean,
  ): RDD<U>;
  zipPartitions<A, B, U extends Row>(
    a: RDD<A>,
    b: RDD<B>,
    f: (own: Rows<T>, a: Rows<A>, b: Rows<B>) => Iterable<U>,
    preservesPartitioning?: boolean,
  ): RDD<U>;
  zipPartitions<A, B, C, U extends Row>(
    a: RDD<A>,
    b: RDD<B>,
    c: RDD<C>,
    f: (own: Rows<T>, a: Rows<A>, b: Rows<B>, c: Rows<C>) => Iterable<U>,
    preservesPartitioning?: boolean,
  ): RDD<U>;
  zipPartitions<U>(...args: readonly (RDD<unknown> | Function | boolean | undefined)[]): RDD<U> {
    const site = callSite("zipPartitions");
    const at = args.findIndex((arg) => typeof arg === "function");
    const others = args.slice(0, Math.max(0, at)) as RDD<unknown>[];
    if (others.length < 1 || others.length > 3)
      throw new GnistaError(
        "INVALID_ARGUMENT",
        "zipPartitions needs one to three other RDDs, then a function",
      );
    return zippedRDD(
      this,
      others,
      site,
      builtin("zipWith", capture(args[at] as Function, site)),
      args[at + 1] === true,
    );
  }

  /**
   * As `zipPartitions` with one other RDD, with a factory that makes the evaluator of each partition in the worker. Narrow.
   *
   * @example
   * const joiner = { createEvaluator: () => ({ eval: (index, a, b) => [a.toArray().join("") + b.toArray().join("")] }) };
   * await sc.parallelize(["a", "b"], 1).zipPartitionsWithEvaluator(sc.parallelize(["c"], 1), joiner).collect() // => ["abc"]
   */
  zipPartitionsWithEvaluator<A, U extends Row>(
    other: RDD<A>,
    factory: PartitionEvaluatorFactory<[T, A], U>,
  ): RDD<U> {
    const site = callSite("zipPartitionsWithEvaluator");
    const f = (index: number, [own, a]: [Rows<T>, Rows<A>]): Iterable<U> =>
      factory.createEvaluator().eval(index, own, a);
    return zippedRDD(this, [other], site, capture(f, site), false);
  }

  /**
   * Fewer partitions, by reading neighbouring ones together. Narrow: moves nothing, keeps the order of the rows, never adds partitions, and
   * the stage then runs at most `numPartitions` tasks at a time. With `shuffle` it is `repartition`.
   *
   * @example
   * await sc.parallelize([1, 2, 3, 4], 4).coalesce(2).glom().collect() // => [[1, 2], [3, 4]]
   * sc.parallelize([1, 2], 2).coalesce(4).getNumPartitions() // => 2
   */
  coalesce(numPartitions: number, shuffle = false): RDD<T> {
    const site = callSite("coalesce");
    checkPartitions(numPartitions, "coalesce");
    if (shuffle) return roundRobinRDD(this, numPartitions, site);
    const parent = this.node;
    const n = (): number => Math.min(numPartitions, parent.numPartitions);
    const groups = new Lazy(() =>
      indices(n()).map((i) =>
        indices(parent.numPartitions).slice(
          Math.floor((i * parent.numPartitions) / n()),
          Math.floor(((i + 1) * parent.numPartitions) / n()),
        ),
      ),
    );
    return narrowRDD(this, {
      operator: { kind: "coalesce", groups },
      label: "CoalescedRDD",
      site,
      numPartitions: n,
    });
  }

  /**
   * The rows dealt out evenly over `numPartitions` partitions, more or fewer. A shuffle of all rows; where each goes depends on the input
   * alone, never on timing.
   *
   * @example
   * await sc.parallelize([1, 2, 3, 4], 1).repartition(2).map(() => 1).glom().collect() // => [[1, 1], [1, 1]]
   */
  repartition(numPartitions: number): RDD<T> {
    return roundRobinRDD(this, numPartitions, callSite("repartition"));
  }

  /**
   * The lines that an external command prints when it is fed the rows of a partition, one a line, as `saveAsTextFile` writes them. Narrow; the
   * command runs once a partition, for empty ones too. An exit code other than 0 fails the task.
   *
   * @example
   * await sc.parallelize(["b", "a"], 1).pipe("sort").collect() // => ["a", "b"]
   * await sc.parallelize([1], 1).pipe(["sh", "-c", "cat; echo $WHO"], { WHO: "me" }).collect() // => ["1", "me"]
   */
  pipe(
    command: string | readonly string[],
    env: Readonly<Record<string, string>> = {},
    options: PipeOptions<T> = {},
  ): RDD<string> {
    const site = callSite("pipe");
    const { printPipeContext, printRDDElement, separateWorkingDir = false, encoding = "utf8" } = options;
    const words = typeof command === "string" ? command.trim().split(/\s+/) : command;
    if (words.length === 0 || words[0] === "")
      throw new GnistaError("INVALID_ARGUMENT", "pipe needs a command, got an empty one");
    return partitionsRDD(
      this,
      site,
      builtin(
        "pipe",
        { value: { words, env, encoding, separateWorkingDir } },
        printPipeContext === undefined ? { value: null } : capture(printPipeContext, site),
        printRDDElement === undefined ? { value: null } : capture(printRDDElement, site),
      ),
      false,
    );
  }

  /**
   * Partition functions whose tasks may wait for each other and talk, by `BarrierTaskContext.get()`. They succeed together: when one
   * fails, all are tried again. To wait for each other, there must be no more of them than workers.
   *
   * @example
   * await sc.parallelize([1, 2, 3], 2).barrier().mapPartitions((rows) => [rows.toArray().length]).collect() // => [1, 2]
   */
  barrier(): RDDBarrier<T> {
    const stage = <U>(
      operation: string,
      fn: (site: CallSite) => FunctionSpec,
      keepsPartitioner: boolean,
    ): RDD<U> => {
      const site = callSite(operation);
      return narrowRDD<U>(this, {
        operator: { kind: "mapPartitions", fn: fn(site), barrier: true },
        label: "MapPartitionsRDD",
        site,
        partitioner: keepsPartitioner ? this.partitioner : null,
      });
    };
    return {
      mapPartitions: (f, preservesPartitioning = false) =>
        stage("mapPartitions", (site) => builtin("withoutIndex", capture(f, site)), preservesPartitioning),
      mapPartitionsWithIndex: (f, preservesPartitioning = false) =>
        stage("mapPartitionsWithIndex", (site) => capture(f, site), preservesPartitioning),
    };
  }
}

/** How rows become lines, and where the command runs. */
export interface PipeOptions<T> {
  /** Called once a partition, before the rows: prints what the command should know first. */
  readonly printPipeContext?: (print: (line: string) => void) => void;
  /** Called for each row: prints it as any number of lines. */
  readonly printRDDElement?: (row: T, print: (line: string) => void) => void;
  /** Each partition's command runs in an empty directory of its own. */
  readonly separateWorkingDir?: boolean;
  /** Of what the command reads and prints; utf8 by default. */
  readonly encoding?: BufferEncoding;
}

export interface RDDBarrier<T> {
  mapPartitions<U extends Row>(f: (rows: Rows<T>) => Iterable<U>, preservesPartitioning?: boolean): RDD<U>;
  mapPartitionsWithIndex<U extends Row>(
    f: (index: number, rows: Rows<T>) => Iterable<U>,
    preservesPartitioning?: boolean,
  ): RDD<U>;
}
