/** What every context carries: its engine, its settings, the jobs' measures, and what is persisted. */
import { readFileSync } from "node:fs";
import type { Context } from "../context.ts";
import { ROOT } from "../location.ts";
import type { PlanNode } from "../plan/node.ts";
import { storageLevelString } from "../plan/storage-level.ts";
import { RDD } from "../rdd/rdd.ts";
import type { Engine } from "../scheduler/engine.ts";
import type { EventBus, Listener } from "../scheduler/events.ts";
import type { JobMetrics } from "../scheduler/metrics.ts";
import type { ContextOptions } from "./options.ts";
import { StatusTracker } from "./status-tracker.ts";

/** What `getRDDStorageInfo` says of an RDD. */
export interface RDDStorageInfo {
  readonly id: number;
  readonly name: string | null;
  readonly numPartitions: number;
  readonly numCachedPartitions: number;
  /** As `toDebugString` words it. */
  readonly storageLevel: string;
  /** Bytes in memory. */
  readonly memSize: number;
  /** Bytes on disk. */
  readonly diskSize: number;
}

export class ContextBase {
  /** The name given in the options, for logs and the event stream. */
  readonly appName: string;
  /** The master given in the options. */
  readonly master: string;
  /** A name that no other context of the machine has. */
  readonly applicationId = `local-${Date.now()}-${process.pid}`;
  /** When it was made, in milliseconds since 1970. */
  readonly startTime = Date.now();
  /** What runs now, and how the last jobs went. */
  readonly statusTracker: StatusTracker;
  /** @internal */
  readonly engine: Engine;
  /** @internal */
  protected readonly signal: AbortSignal | undefined;
  readonly #conf: Readonly<Record<string, string>>;
  /** Weakly, so that what the program lets go of is freed. */
  readonly #persisted = new Map<number, WeakRef<RDD<unknown>>>();

  /** @internal */
  constructor(engine: Engine, options: ContextOptions) {
    this.engine = engine;
    this.appName = options.appName ?? "gnista";
    this.master = options.master ?? "local[*]";
    this.#conf = options.conf ?? {};
    this.signal = options.signal;
    this.statusTracker = new StatusTracker(engine.events);
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
   * What the last thousand jobs did: outcome, time, memory, and for each stage its tasks, the rows and bytes read and shuffled, what came from
   * the cache and what was spilled; a record a job, oldest first.
   *
   * @example
   * await sc.parallelize([["a", 1], ["a", 2]], 1).reduceByKey((a, b) => a + b).collect();
   * sc.metrics().at(-1).totals.shuffleRowsWritten // => 1
   */
  metrics(): readonly JobMetrics[] {
    return this.engine.metrics();
  }

  /**
   * The version of gnista.
   *
   * @example
   * /^\d+\.\d+\.\d+/.test(sc.version) // => true
   */
  get version(): string {
    const file = new URL("../package.json", ROOT);
    return (JSON.parse(readFileSync(file, "utf8")) as { readonly version: string }).version;
  }

  /**
   * Calls `listener` for each event; returns the function that ends it. The same as `events.subscribe`.
   *
   * @example
   * let jobs = 0;
   * const stop = sc.addSparkListener((event) => { if (event.type === "jobEnd") jobs++; });
   * await sc.range(3).count();
   * stop();
   * jobs // => 1
   */
  addSparkListener(listener: Listener): () => void {
    return this.engine.events.subscribe(listener);
  }

  /**
   * What is kept of each persisted RDD: how many of its partitions, and their bytes.
   *
   * @example
   * const rdd = sc.range(3, undefined, 1, 2).setName("three").persist();
   * await rdd.count();
   * const info = sc.getRDDStorageInfo().find(({ id }) => id === rdd.id);
   * [info.name, info.numCachedPartitions, info.memSize > 0, info.diskSize] // => ["three", 2, true, 0]
   * info.storageLevel // => "Memory Deserialized 1x Replicated"
   */
  getRDDStorageInfo(): RDDStorageInfo[] {
    return [...this.getPersistentRDDs().values()].map((rdd) => {
      const { partitions, memory, disk } = this.engine.storage(rdd.node);
      return {
        id: rdd.id,
        name: rdd.name(),
        numPartitions: rdd.getNumPartitions(),
        numCachedPartitions: partitions,
        storageLevel: storageLevelString(rdd.node.storageLevel),
        memSize: memory,
        diskSize: disk,
      };
    });
  }

  /**
   * The RDDs that are marked to be kept and that the program still holds, by id.
   *
   * @example
   * const rdd = sc.range(3).persist();
   * sc.getPersistentRDDs().has(rdd.id) // => true
   */
  getPersistentRDDs(): Map<number, RDD<unknown>> {
    const persisted = new Map<number, RDD<unknown>>();
    for (const [id, held] of this.#persisted) {
      const rdd = held.deref();
      if (rdd === undefined) this.#persisted.delete(id);
      else persisted.set(id, rdd);
    }
    return persisted;
  }

  /** @internal */
  persisted(rdd: RDD<unknown>): void {
    this.#persisted.set(rdd.id, new WeakRef(rdd));
    this.engine.persist(rdd.node);
  }

  /** @internal */
  unpersisted(rdd: RDD<unknown>): Promise<void> {
    this.#persisted.delete(rdd.id);
    return this.engine.unpersist(rdd.node);
  }

  /** @internal */
  rdd<T>(node: PlanNode): RDD<T> {
    return new RDD<T>(this as unknown as Context, node);
  }
}
