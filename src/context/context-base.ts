/** What every context carries: its engine, its settings, the jobs' measures, and what is persisted. */
import type { Context } from "../context.ts";
import type { PlanNode } from "../plan/node.ts";
import { RDD } from "../rdd/rdd.ts";
import type { Engine } from "../scheduler/engine.ts";
import type { EventBus } from "../scheduler/events.ts";
import type { JobMetrics } from "../scheduler/metrics.ts";
import type { ContextOptions } from "./options.ts";

export class ContextBase {
  /** The name given in the options, for logs and the event stream. */
  readonly appName: string;
  /** The master given in the options. */
  readonly master: string;
  /** @internal */
  readonly engine: Engine;
  /** @internal */
  protected readonly signal: AbortSignal | undefined;
  readonly #conf: Readonly<Record<string, string>>;
  readonly #persisted = new Map<number, RDD<unknown>>();

  /** @internal */
  constructor(engine: Engine, options: ContextOptions) {
    this.engine = engine;
    this.appName = options.appName ?? "gnista";
    this.master = options.master ?? "local[*]";
    this.#conf = options.conf ?? {};
    this.signal = options.signal;
    Object.defineProperty(this, Symbol.for("gnista.driverOnly"), { value: "Context" });
  }

  /**
   * How many partitions `parallelize` makes when it is not told: the number of workers, or the setting spark.default.parallelism.
   *
   * @example
   * sc.parallelize([1, 2, 3]).getNumPartitions() === sc.defaultParallelism // => true
   */
  get defaultParallelism(): number {
    return Number(this.#conf["spark.default.parallelism"] ?? this.engine.defaultParallelism);
  }

  /**
   * How many partitions file sources make at least when they are not told: two at most.
   *
   * @example
   * sc.defaultMinPartitions <= 2 // => true
   */
  get defaultMinPartitions(): number {
    return Math.min(this.defaultParallelism, 2);
  }

  /**
   * Everything that happens: jobs, stages, tasks, blocks, workers.
   *
   * @example
   * const seen = new Set();
   * const stop = sc.events.subscribe((event) => seen.add(event.type));
   * await sc.range(3).count();
   * stop();
   * seen.has("jobStart") && seen.has("jobEnd") // => true
   */
  get events(): EventBus {
    return this.engine.events;
  }

  /**
   * A setting given in the options.
   *
   * @example
   * sc.conf("spark.default.parallelism") // => undefined
   */
  conf(key: string): string | undefined {
    return this.#conf[key];
  }

  /**
   * What the last thousand jobs did: stages, tasks, rows and bytes read and shuffled, a record a job, oldest first.
   *
   * @example
   * await sc.parallelize([["a", 1], ["a", 2]], 1).reduceByKey((a, b) => a + b).collect();
   * sc.metrics().at(-1).totals.shuffleRowsWritten // => 1
   */
  metrics(): readonly JobMetrics[] {
    return this.engine.metrics();
  }

  /**
   * The RDDs that are marked to be kept, by id.
   *
   * @example
   * const rdd = sc.range(3).persist();
   * sc.getPersistentRDDs().has(rdd.id) // => true
   */
  getPersistentRDDs(): Map<number, RDD<unknown>> {
    return new Map(this.#persisted);
  }

  /** @internal */
  persisted(rdd: RDD<unknown>): void {
    this.#persisted.set(rdd.id, rdd);
  }

  /** @internal */
  unpersisted(rdd: RDD<unknown>): void {
    this.#persisted.delete(rdd.id);
    this.engine.unpersist(rdd.node);
  }

  /** @internal */
  rdd<T>(node: PlanNode): RDD<T> {
    return new RDD<T>(this as unknown as Context, node);
  }
}
