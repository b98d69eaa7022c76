/**
 * What this machine can do at best: bytes read and copied a second in shared memory, by one thread and by all, and the time from
 * waking a worker to hearing from it. A workload's floor is what it must move at these speeds.
 */
import { Worker } from "node:worker_threads";
import { COMMAND, type FloorThread } from "./command.ts";

export interface Floors {
  /** Bytes a second; a copied byte counts twice, as it is read and written. */
  readonly readOne: number;
  readonly readAll: number;
  readonly copyOne: number;
  readonly copyAll: number;
  /** Milliseconds to wake a sleeping worker and to hear that it is awake. */
  readonly wake: number;
}

const PAGE = 65536;

export async function measureFloors(threads: number, smoke: boolean): Promise<Floors> {
  const total = (smoke ? 16 : 1024) << 20;
  const part = Math.floor(total / threads / PAGE) * PAGE;
  const pages = (part * threads) / PAGE;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  new Uint8Array(memory.buffer).fill(1);
  const control = new Int32Array(new SharedArrayBuffer(16));
  const workers = Array.from({ length: threads }, (_, index) => {
    const workerData: FloorThread = { memory, control, index, from: part * index, to: part * (index + 1) };
    return new Worker(new URL("./worker.ts", import.meta.url), { workerData });
  });
  await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once("online", resolve))));

  /** Milliseconds until the first `count` threads have done it. */
  const command = (what: number, count: number): number => {
    const start = performance.now();
    Atomics.store(control, 3, 0);
    Atomics.store(control, 1, what);
    Atomics.store(control, 2, count);
    Atomics.add(control, 0, 1);
    Atomics.notify(control, 0);
    if (what === COMMAND.end) return 0;
    for (let done = 0; done < count; done = Atomics.load(control, 3)) Atomics.wait(control, 3, done);
    return performance.now() - start;
  };
  const best = (what: number, count: number, times: number): number => {
    let least = Infinity;
    for (let i = 0; i < times; i++) least = Math.min(least, command(what, count));
    return least;
  };
  const rounds = smoke ? 2 : 10;
  command(COMMAND.nothing, threads);
  const floors: Floors = {
    readOne: (part * 1000) / best(COMMAND.read, 1, rounds),
    readAll: (part * threads * 1000) / best(COMMAND.read, threads, rounds),
    copyOne: (part * 1000) / best(COMMAND.copy, 1, rounds),
    copyAll: (part * threads * 1000) / best(COMMAND.copy, threads, rounds),
    wake: best(COMMAND.nothing, 1, smoke ? 10 : 1000),
  };
  command(COMMAND.end, 0);
  await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once("exit", resolve))));
  return floors;
}
