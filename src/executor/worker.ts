/** The entry of a worker thread: opens the shared heap, then takes stages and task sets as messages. */
import { parentPort, workerData } from "node:worker_threads";
import { createCompute } from "../kernels/create-compute.ts";
import { SharedHeap } from "../memory/shared-heap.ts";
import type { FromWorker, ToWorker, WorkerSetup } from "./protocol.ts";
import { TaskRunner } from "./task-runner.ts";

const port = parentPort!;
const setup = workerData as WorkerSetup;
const heap = SharedHeap.open(setup.share);
const runner = new TaskRunner(createCompute(heap, setup.backend), setup.worker);

const post = (message: FromWorker): void => port.postMessage(message);

port.on("message", (message: ToWorker) => {
  if (message.type !== "tasks") {
    runner.handle(message);
    return;
  }
  for (const report of runner.run(message.set)) post(report);
});
post({ type: "ready" });
