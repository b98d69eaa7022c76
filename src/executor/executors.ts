/**
 * The executors of a context: worker threads, or the driver's own thread (`inline-executor.ts`). Messages go to all; reports come
 * back through one callback. A worker that dies is replaced, and what it was running is reported.
 */
import { SHARE_ENV, Worker } from "node:worker_threads";
import type { Backend } from "../kernels/compute.ts";
import type { Heap } from "../memory/heap.ts";
import { type FromWorker, heapOwner, type ToWorker, type WorkerSetup } from "./protocol.ts";
import type { TaskReport } from "./task-report.ts";

export interface ExecutorEvents {
  report(report: TaskReport, worker: number): void;
  /** A worker thread ended; unless they are broken, it has been replaced by one that needs to be sent what it must know. */
  lost(worker: number, reason: string): void;
  started(worker: number): void;
  /** There are files in the spill directory. */
  spilling(): void;
  /** Worker threads end before they are ready, one after the other: there will be none. */
  broken(reason: string): void;
}

export interface Executors {
  readonly size: number;
  /** Workers that run tasks, by id; ids are never used again. */
  readonly workers: readonly number[];
  /** Which of the `size` places a worker has or had; who replaces it has the same. */
  slotOf(worker: number): number;
  send(worker: number, message: ToWorker): void;
  /** No job is under way: lets the process end although workers live. */
  idle(): void;
  /** Ends a worker that does not come back from a cancelled task; it is replaced. */
  kill(worker: number): void;
  stop(): Promise<void>;
}

/** Workers in a row that end before they are ready until no more are tried. */
const MAX_FAILED_STARTS = 4;

const WORKER_URL = new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url);

export class WorkerThreads implements Executors {
  readonly size: number;
  readonly #heap: Heap;
  readonly #backend: Backend;
  readonly #spillDirectory: string;
  readonly #events: ExecutorEvents;
  readonly #threads = new Map<number, Worker>();
  readonly #slots = new Map<number, number>();
  readonly #killed = new Set<number>();
  #nextId = 0;
  #failedStarts = 0;
  #stopping = false;

  constructor(size: number, heap: Heap, backend: Backend, spillDirectory: string, events: ExecutorEvents) {
    this.size = size;
    this.#heap = heap;
    this.#backend = backend;
    this.#spillDirectory = spillDirectory;
    this.#events = events;
    for (let i = 0; i < size; i++) this.#start(i);
  }

  get workers(): readonly number[] {
    return [...this.#threads.keys()];
  }

  slotOf(worker: number): number {
    return this.#slots.get(worker)!;
  }

  send(worker: number, message: ToWorker): void {
    const thread = this.#threads.get(worker);
    if (thread === undefined) return;
    // While a task set is under way the process must stay alive; idle workers must not keep it so.
    if (message.type === "tasks") thread.ref();
    thread.postMessage(message);
  }

  idle(): void {
    for (const thread of this.#threads.values()) thread.unref();
  }

  kill(worker: number): void {
    const thread = this.#threads.get(worker);
    if (thread === undefined) return;
    this.#killed.add(worker);
    this.#heap.condemn(heapOwner(worker));
    void thread.terminate();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const threads = [...this.#threads];
    this.#threads.clear();
    for (const [worker] of threads) this.#heap.condemn(heapOwner(worker));
    await Promise.all(threads.map(([, thread]) => thread.terminate()));
  }

  #start(slot: number): void {
    const id = this.#nextId++;
    this.#slots.set(id, slot);
    const setup: WorkerSetup = {
      share: this.#heap.share(heapOwner(id)),
      worker: id,
      executors: this.size,
      backend: this.#backend,
      spillDirectory: this.#spillDirectory,
    };
    const thread = new Worker(WORKER_URL, {
      workerData: setup,
      name: `gnista-${id}`,
      env: SHARE_ENV,
      // The program's own flags (--eval, --input-type, loaders) are not for our file; some would keep it from starting.
      execArgv: [],
    });
    let ready = false;
    let reason = "its thread ended";
    thread.on("message", (message: FromWorker) => {
      if (message.type === "ready") {
        ready = true;
        this.#failedStarts = 0;
        this.#events.started(id);
      } else if (message.type === "spilling") this.#events.spilling();
      else this.#events.report(message, id);
    });
    thread.on("error", (error: unknown) => {
      reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    });
    thread.on("exit", (code) => {
      if (this.#stopping || !this.#threads.delete(id)) return;
      const why = code === 0 ? reason : `${reason} (exit code ${code})`;
      if (!this.#killed.delete(id) && !ready) this.#failedStarts++;
      if (this.#failedStarts < MAX_FAILED_STARTS) this.#start(slot);
      else this.#events.broken(why);
      this.#events.lost(id, why);
    });
    this.#threads.set(id, thread);
    // After the listeners: the first of them keeps the process alive again.
    thread.unref();
  }
}
