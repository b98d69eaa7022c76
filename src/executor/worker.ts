/**
 * The entry of a worker thread: opens the shared heap, then takes stages and task sets as messages. It does not wait for the driver, unless
 * memory is short.
 */
import { parentPort, workerData } from "node:worker_threads";
import { createCompute } from "../kernels/create-compute.ts";
import { SharedHeap } from "../memory/shared-heap.ts";
import { taskShare } from "../memory/task-share.ts";
import { DiskFiles } from "../storage/disk-files.ts";
import { MemoryLine } from "./memory-line.ts";
import { tryMove } from "./moves.ts";
import { type FromWorker, heapOwner, type ToWorker, type WorkerSetup } from "./protocol.ts";
import { TaskRunner } from "./task-runner.ts";

const port = parentPort!;
const setup = workerData as WorkerSetup;
const { worker, line } = setup;
const heap = SharedHeap.open(setup.share);
const post = (message: FromWorker): void => port.postMessage(message);
const files = new DiskFiles(setup.spillDirectory, heapOwner(worker), () => post({ type: "spilling" }));
const compute = createCompute(heap, setup.backend);
const words = new Int32Array(line.words);
const runner = new TaskRunner({
  compute,
  files,
  share: taskShare(heap, setup.executors),
  worker,
  storage: new MemoryLine(heap, compute, files, line, post),
});

port.on("message", (message: ToWorker) => {
  if (message.type === "move")
    post({ type: "moved", id: message.id, result: tryMove(compute, files, message.move) });
  else if (message.type === "dropBroadcast") {
    runner.dropBroadcast(message.id);
    post({ type: "broadcastDropped", id: message.id });
  } else if (message.type !== "tasks") runner.handle(message);
  else {
    Atomics.store(words, 1, 1);
    for (const report of runner.run(message.set)) post(report);
    Atomics.store(words, 1, 0);
  }
});
post({ type: "ready" });
