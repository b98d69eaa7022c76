/**
 * What every RDD carries: the context it belongs to and its node of the plan. The families of operations build on it, one class a file,
 * each extending the one before; `RDD` (rdd.ts) is the last of the chain and the only one that users see.
 */
import type { Context } from "../context.ts";
import type { PlanNode } from "../plan/node.ts";
import type { Partitioner } from "../plan/partitioner.ts";
import { debugString, explainString } from "./explain.ts";
import type { RDD } from "./rdd.ts";

type RDDClass = new <U>(context: Context, node: PlanNode) => RDD<U>;

export class RDDBase {
  /** The context that made this RDD. */
  readonly context: Context;
  /** @internal */
  readonly node: PlanNode;

  /** @internal */
  constructor(context: Context, node: PlanNode) {
    this.context = context;
    this.node = node;
    Object.defineProperty(this, Symbol.for("gnista.driverOnly"), { value: "RDD" });
  }

  /**
   * The context that made this RDD, by Spark's other name.
   *
   * @example
   * sc.range(3).sparkContext === sc // => true
   */
  get sparkContext(): Context {
    return this.context;
  }

  /** An RDD of the same context over another node. @internal */
  derive<U>(node: PlanNode): RDD<U> {
    return new (this.constructor as unknown as RDDClass)<U>(this.context, node);
  }

  /**
   * A number that no other RDD of the process has.
   *
   * @example
   * sc.range(3).id < sc.range(3).id // => true
   */
  get id(): number {
    return this.node.id;
  }

  /**
   * How keys map to partitions, when that is known: after a shuffle by key, and after what keeps the keys where they are (`filter`,
   * `mapValues`, `flatMapValues`, `sample`).
   *
   * @example
   * const pairs = sc.parallelize([["a", 1], ["b", 2]]);
   * pairs.partitioner // => null
   * pairs.partitionBy(4).mapValues((n) => n + 1).partitioner?.numPartitions // => 4
   */
  get partitioner(): Partitioner | null {
    return this.node.partitioner;
  }

  /**
   * How many partitions there are. Lists the files when the RDD reads some.
   *
   * @example
   * sc.parallelize([1, 2, 3, 4], 2).getNumPartitions() // => 2
   */
  getNumPartitions(): number {
    return this.node.numPartitions;
  }

  /**
   * The name given with `setName`.
   *
   * @example
   * sc.range(3).name() // => null
   */
  name(): string | null {
    return this.node.name;
  }

  /**
   * Names the RDD in `toDebugString` and in events.
   *
   * @example
   * sc.range(3).setName("numbers").name() // => "numbers"
   */
  setName(name: string): this {
    this.node.name = name;
    return this;
  }

  /**
   * The lineage as Spark prints it: partitions in parentheses, a line an RDD, indented at each shuffle, the storage level in brackets and what
   * is stored on a line of its own.
   *
   * @example
   * const sums = sc.parallelize([["a", 1]], 2).reduceByKey((a, b) => a + b, 1);
   * sums.toDebugString().split("\n").map((line) => line.replace(/\[.*$/, "")) // => ["(1) ShuffledRDD", "   +-(2) ParallelCollectionRDD"]
   */
  toDebugString(): string {
    return debugString(this.node, (node) => this.context.engine.storage(node));
  }

  /**
   * What the RDD is, its id and where it was made.
   *
   * @example
   * String(sc.range(3).map((x) => x + 1)).replace(/\d.*$/, "") // => "MapPartitionsRDD["
   */
  toString(): string {
    return `${this.node.name ?? this.node.label}[${this.node.id}] at ${this.node.callSite}`;
  }

  /**
   * For each operation of the lineage, last first: whether its function was compiled, and if not, why.
   *
   * @example
   * sc.range(3).map((x) => x * 2).explain().includes("compiled") // => true
   */
  explain(): string {
    return explainString(this.node);
  }
}
