/**
 * The executors of a context: worker threads, or the driver's own thread (`inline-executor.ts`). Messages go to all; reports come
 * back through one callback. A worker that dies is replaced, and what it was running is reported.
 */
import { MessageChannel, type MessagePort, SHARE_ENV, Worker } from "node:worker_threads";
import type { Backend } from "../kernels/compute.ts";
import { EXTENSION, ROOT } from "../location.ts";
import type { Heap } from "../memory/heap.ts";
import type { NodeId } from "../plan/node.ts";
import type { NotMoved } from "../storage/evictable.ts";
import type { MemoryHolders } from "../storage/memory-holders.ts";
import type { MemoryNeed, MemoryReply, MemoryRequest } from "../storage/memory-manager.ts";
import type { Move, Moved } from "./moves.ts";
import { type FromWorker, heapOwner, type ToWorker, type WorkerSetup } from "./protocol.ts";
import type { TaskReport } from "./task-report.ts";

export interface ExecutorEvents {
  report(report: TaskReport, worker: number): void;
  /** A worker thread ended; unless they are broken, it has been replaced by one that needs to be sent what it must know. */
  lost(worker: number, reason: string): void;
  started(worker: number): void;
  /** There are files in the spill directory. */
  spilling(): void;
  /** A worker asks for memory, and waits for the reply. */
  memory(request: MemoryRequest<Moved>, worker: number): void;
  /** The driver's own thread needs memory; true when there may be room now. */
  makeRoom(need: MemoryNeed, perform: (move: Move) => Moved | NotMoved): true | MemoryHolders;
  /** A copy of a stored partition cannot be read any more. */
  copyLost(node: NodeId, partition: number, identity: string): void;
  /** A worker has dropped a broadcast, as it was told to. */
  broadcastDropped(id: number, worker: number): void;
  /** A move that was asked for is done, or could not be done. */
  moved(id: number, result: Moved | NotMoved): void;
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
  /** Answers what a worker asked for memory. */
  reply(worker: number, reply: MemoryReply<Move>): void;
  /** The workers that run tasks now. */
  busy(): readonly number[];
  /** No job is under way: lets the process end although workers live. */
  idle(): void;
  /** Ends a worker that does not come back from a cancelled task; it is replaced. */
  kill(worker: number): void;
  stop(): Promise<void>;
}

/** Workers in a row that end before they are ready until no more are tried. */
const MAX_FAILED_STARTS = 4;

/** Deep enough for a lineage of many thousands of steps that pull rows from each other; memory is only taken as it is touched. */
const STACK_MB = 64;

const WORKER_URL = new URL(`executor/worker${EXTENSION}`, ROOT);

interface Thread {
  readonly worker: Worker;
  /** As in WorkerLine. */
  readonly words: Int32Array;
  readonly replies: MessagePort;
}

export class WorkerThreads implements Executors {
  readonly size: number;
  readonly #heap: Heap;
  readonly #backend: Backend;
  readonly #spillDirectory: string;
  readonly #events: ExecutorEvents;
  readonly #threads = new Map<number, Thread>();
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
    const thread = this.#threads.get(worker)?.worker;
    if (thread === undefined) return;
    // While work is under way the process must stay alive; idle workers must not keep it so.
    if (message.type === "tasks" || message.type === "move") thread.ref();
    thread.postMessage(message);
  }

  reply(worker: number, reply: MemoryReply<Move>): void {
    const thread = this.#threads.get(worker);
    if (thread === undefined) return;
    thread.replies.postMessage(reply);
    Atomics.add(thread.words, 0, 1);
    Atomics.notify(thread.words, 0);
  }

  busy(): readonly number[] {
    return [...this.#threads].flatMap(([id, { words }]) => (Atomics.load(words, 1) === 1 ? [id] : []));
  }

  idle(): void {
    for (const { worker } of this.#threads.values()) worker.unref();
  }

  kill(worker: number): void {
    const thread = this.#threads.get(worker)?.worker;
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
    await Promise.all(threads.map(([, { worker }]) => worker.terminate()));
    for (const [, { replies }] of threads) replies.close();
  }

  #heard(message: Exclude<FromWorker, { readonly type: "ready" }>, worker: number): void {
    if (message.type === "spilling") this.#events.spilling();
    else if (message.type === "memory") this.#events.memory(message.request, worker);
    else if (message.type === "copyLost")
      this.#events.copyLost(message.node, message.partition, message.identity);
    else if (message.type === "broadcastDropped") this.#events.broadcastDropped(message.id, worker);
    else if (message.type === "moved") this.#events.moved(message.id, message.result);
    else this.#events.report(message, worker);
  }

  #start(slot: number): void {
    const id = this.#nextId++;
    this.#slots.set(id, slot);
    const words = new SharedArrayBuffer(8);
    const { port1: replies, port2 } = new MessageChannel();
    const setup: WorkerSetup = {
      share: this.#heap.share(heapOwner(id)),
      worker: id,
      executors: this.size,
      backend: this.#backend,
      spillDirectory: this.#spillDirectory,
      line: { words, replies: port2 },
    };
    const thread = new Worker(WORKER_URL, {
      workerData: setup,
      transferList: [port2],
      name: `gnista-${id}`,
      env: SHARE_ENV,
      // The program's own flags (--eval, --input-type, loaders) are not for our file; some would keep it from starting.
      execArgv: [],
      resourceLimits: { stackSizeMb: STACK_MB },
    });
    let ready = false;
    let reason = "its thread ended";
    thread.on("message", (message: FromWorker) => {
      if (message.type === "ready") {
        ready = true;
        this.#failedStarts = 0;
        this.#events.started(id);
      } else this.#heard(message, id);
    });
    thread.on("error", (error: unknown) => {
      reason = reasonOf(error);
    });
    thread.on("exit", (code) => {
      if (this.#stopping || !this.#threads.delete(id)) return;
      replies.close();
      const why = code === 0 ? reason : `${reason} (exit code ${code})`;
      if (!this.#killed.delete(id) && !ready) this.#failedStarts++;
      if (this.#failedStarts < MAX_FAILED_STARTS) this.#start(slot);
      else this.#events.broken(why);
      this.#events.lost(id, why);
    });
    this.#threads.set(id, { worker: thread, words: new Int32Array(words), replies });
    // After the listeners: the first of them keeps the process alive again.
    thread.unref();
  }
}

/** Why a thread ended, from what its Worker says. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return (error as NodeJS.ErrnoException).code === "ERR_WORKER_OUT_OF_MEMORY"
    ? "its JavaScript heap was full; use more partitions, so that a task holds less at once, or start Node with a larger --max-old-space-size"
    : `${error.name}: ${error.message}`;
}
