/** Puts an engine together: heap, executors, stores and scheduler, and takes them apart again. */
import { GnistaError } from "../errors.ts";
import { copyOut } from "../executor/copy-out.ts";
import { type ExecutorEvents, type Executors, WorkerThreads } from "../executor/executors.ts";
import { type AccumulatorAdd, heapOwner, type LostInput } from "../executor/protocol.ts";
import type { Copy } from "../memory/copies.ts";
import { SharedHeap } from "../memory/shared-heap.ts";
import type { Action } from "../plan/action.ts";
import type { NodeId, PlanNode } from "../plan/node.ts";
import type { Usage } from "../storage/block-manager.ts";
import { CollectionStore } from "../storage/collection-store.ts";
import { SpillDirectory } from "../storage/spill-directory.ts";
import { BlockStorage } from "./block-storage.ts";
import { DagScheduler } from "./dag-scheduler.ts";
import type { Engine, EngineOptions, JobOptions, OnValue, RunningJob } from "./engine.ts";
import { EventBus } from "./events.ts";
import { collectGarbage, GarbageWatch } from "./garbage.ts";
import { Job } from "./job.ts";
import { MetricsListener } from "./metrics.ts";
import type { AccumulatorEntry, Scarce } from "./scheduler-parts.ts";
import { ShippedBroadcasts } from "./shipped-broadcasts.ts";
import { ShuffleRegistry } from "./shuffle-registry.ts";

/** The part of the budget that may be left to unreachable plans before they are looked for. */
const GARBAGE_SHARE = 1 / 16;

type StartExecutors = (heap: SharedHeap, spillDirectory: string, events: ExecutorEvents) => Executors;

/** What runs tasks is only loaded on the driver's thread when it is to run them. */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  const { threads, backend } = options;
  if (threads > 0)
    return new LocalEngine(
      options,
      (heap, spills, events) => new WorkerThreads(threads, heap, backend, spills, events),
    );
  const { InlineExecutor } = await import("../executor/inline-executor.ts");
  return new LocalEngine(
    options,
    (heap, spills, events) => new InlineExecutor(heap, backend, spills, events),
  );
}

class LocalEngine implements Engine {
  readonly heap: SharedHeap;
  readonly events = new EventBus();
  readonly defaultParallelism: number;
  readonly #executors: Executors;
  readonly #storage: BlockStorage;
  readonly #collections: CollectionStore;
  readonly #shuffles: ShuffleRegistry;
  readonly #spills: SpillDirectory;
  readonly #garbage: GarbageWatch;
  readonly #scheduler: DagScheduler;
  readonly #metrics = new MetricsListener(this.events, () => this.heap.used);
  readonly #accumulators = new Map<number, AccumulatorEntry>();
  readonly #broadcasts: ShippedBroadcasts;
  readonly #jobs = new Map<number, Job>();
  readonly #copying = new Set<Promise<void>>();
  readonly #cleaner: FinalizationRegistry<NodeId>;
  #nextJob = 0;
  /** Why there are no workers any more. */
  #broken: string | null = null;
  #stopped = false;

  constructor(options: EngineOptions, startExecutors: StartExecutors) {
    this.heap = SharedHeap.create({ limit: options.memory });
    this.defaultParallelism = Math.max(1, options.threads);
    this.#spills = new SpillDirectory(options.localDirectory);
    this.#garbage = new GarbageWatch(options.memory * GARBAGE_SHARE);
    const added = (bytes: number): void => this.#garbage.add(bytes);
    this.#collections = new CollectionStore(this.heap, added);
    this.#shuffles = new ShuffleRegistry(this.heap, this.#spills, { events: this.events, added });
    this.#storage = new BlockStorage(
      this.heap,
      this.#spills,
      this.events,
      this.#shuffles,
      this.#collections,
      options.storageFraction,
      () => this.#executors,
    );
    this.#cleaner = new FinalizationRegistry((node) => void this.#storage.unpersist(node));
    const hooks: ExecutorEvents = {
      ...this.#storage.hooks,
      broadcastDropped: (id, worker) => this.#broadcasts.dropped(id, worker),
      report: (report, worker) => this.#scheduler.report(report, worker),
      started: (worker) => this.events.publish({ type: "workerStart", worker, time: performance.now() }),
      lost: (worker, reason) => {
        this.events.publish({ type: "workerExit", worker, time: performance.now() });
        this.#broadcasts.workerLost(worker);
        this.heap.freeAllOf(heapOwner(worker));
        void this.#spills.freeAllOf(heapOwner(worker));
        this.#storage.workerLost(worker);
        this.#scheduler.workerLost(worker, reason, this.#broadcasts.newWorkers());
        if (this.#jobs.size === 0) this.#executors.idle();
      },
      spilling: () => this.#spills.guard(),
      broken: (reason) => {
        this.#broken = reason;
        for (const job of this.#jobs.values()) job.end(noWorkers(job.options.callSite, reason));
      },
    };
    this.#executors = startExecutors(this.heap, this.#spills.path, hooks);
    this.#broadcasts = new ShippedBroadcasts(this.#executors);
    this.#scheduler = new DagScheduler({
      heap: this.heap,
      spills: this.#spills,
      events: this.events,
      executors: this.#executors,
      blocks: this.#storage.blocks,
      collections: this.#collections,
      shuffles: this.#shuffles,
      accumulators: this.#accumulators,
      settings: options.scheduling,
      shipBroadcasts: (ids) => this.#broadcasts.ship(ids),
      reclaim: (what) => this.#reclaim(what),
    });
  }

  run(
    node: PlanNode,
    action: Action,
    partitions: readonly number[],
    options: JobOptions,
    onValue?: OnValue,
  ): RunningJob {
    this.#checkRunning(options.callSite);
    if (this.#broken !== null) throw noWorkers(options.callSite, this.#broken);
    const job = new Job(this.#nextJob++, options);
    this.#jobs.set(job.id, job);
    const abort = (): void => {
      const reason: unknown = options.signal?.reason;
      job.cancel(String(reason), reason);
    };
    if (options.signal?.aborted === true) abort();
    else options.signal?.addEventListener("abort", abort, { once: true });
    const result = this.#scheduler.runJob(job, node, action, partitions, onValue).then(
      async (values) => {
        // Copies that make the job's partitions safe are part of it.
        await job.orCancelled(this.#storage.blocks.settled()).catch(() => {});
        this.#end(job, "succeeded", null, abort);
        return values;
      },
      (error: unknown) => {
        // Its other stages, if any run.
        job.cancel("the job has failed");
        this.#end(job, GnistaError.is(error, "JOB_CANCELLED") ? "cancelled" : "failed", String(error), abort);
        throw error;
      },
    );
    return { id: job.id, result, cancel: (reason = "cancelled by the program") => job.cancel(reason) };
  }

  #checkRunning(callSite: string): void {
    if (this.#stopped)
      throw new GnistaError(
        "CONTEXT_STOPPED",
        `${callSite}: the context is stopped; create a new one with Context.create()`,
      );
  }

  #end(
    job: Job,
    outcome: "succeeded" | "failed" | "cancelled",
    message: string | null,
    abort: () => void,
  ): void {
    job.options.signal?.removeEventListener("abort", abort);
    this.#jobs.delete(job.id);
    if (this.#jobs.size === 0) this.#executors.idle();
    this.events.publish({ type: "jobEnd", job: job.id, time: performance.now(), outcome, message });
    this.#garbage.afterJob();
  }

  async copyOut(copies: readonly Copy[]): Promise<void> {
    const copying = copyOut(this.heap, this.#executors, copies);
    this.#copying.add(copying);
    await copying.finally(() => this.#copying.delete(copying));
  }

  cancelAll(reason: string): void {
    for (const job of [...this.#jobs.values()]) job.cancel(reason);
  }

  cancelGroup(group: string, reason = `job group ${group} was cancelled`): void {
    for (const job of [...this.#jobs.values()]) if (job.options.group === group) job.cancel(reason);
  }

  cancelTag(tag: string, reason = `jobs with tag ${tag} were cancelled`): void {
    for (const job of [...this.#jobs.values()])
      if (job.options.tags?.includes(tag) === true) job.cancel(reason);
  }

  cancelJob(id: number, reason = "cancelled by id"): void {
    this.#jobs.get(id)?.cancel(reason);
  }

  load(node: PlanNode): void {
    this.#checkRunning(node.callSite);
    this.#collections.blocks(node);
  }

  persist(node: PlanNode): void {
    this.#storage.persist(node);
    this.#cleaner.register(node, node.id);
  }

  unpersist(node: PlanNode): Promise<void> {
    return this.#storage.unpersist(node.id);
  }

  freeShuffles(node: PlanNode): void {
    for (const dependency of node.dependencies)
      if (dependency.kind === "shuffle") this.#shuffles.drop(dependency.id);
  }

  lose(lost: LostInput): void {
    this.#scheduler.lose(lost);
  }

  missing(node: PlanNode): number[] {
    return this.#storage.blocks.missing(node.id, node.numPartitions);
  }

  storage(node: PlanNode): Usage {
    return this.#storage.blocks.usage(node.id);
  }

  broadcast(id: number, value: unknown): void {
    this.#broadcasts.set(id, value);
  }

  dropBroadcast(id: number): Promise<void> {
    return this.#broadcasts.drop(id);
  }

  onAccumulator(id: number, merge: (update: unknown) => void, add: AccumulatorAdd): void {
    this.#accumulators.set(id, { add, merge });
  }

  metrics(): ReturnType<MetricsListener["jobs"]> {
    return this.#metrics.jobs();
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.cancelAll("the context was stopped");
    await Promise.allSettled(this.#copying);
    const workers = this.#executors.workers;
    await this.#executors.stop();
    // Stopped in the middle of whatever they did.
    for (const worker of workers) this.heap.freeAllOf(heapOwner(worker));
    this.#storage.clear();
    this.#shuffles.clear();
    this.#collections.clear();
    await this.#spills.remove();
    this.heap.close();
  }

  /** Out of memory or disk in a task: let unreachable datasets go, then drop what is cached in memory. */
  async #reclaim(what: Scarce): Promise<void> {
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 10));
    if (what === "memory") await this.#storage.evictAll();
  }
}

function noWorkers(callSite: string, reason: string): GnistaError {
  return new GnistaError(
    "WORKER_LOST",
    `${callSite}: no worker thread can be started: ${reason}; mend that and create a new context, or use master "local", which needs none`,
    { operation: callSite },
  );
}
