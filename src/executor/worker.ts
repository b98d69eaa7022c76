/**
 * The entry of a worker thread: opens the shared heap, then takes stages and task sets as messages. It does not wait for the driver, unless
 * memory is short and it has handed over partitions to be stored: the driver may free what it has no room for, or other datasets.
 */
import { parentPort, workerData } from "node:worker_threads";
import { createCompute } from "../kernels/create-compute.ts";
import { SharedHeap } from "../memory/shared-heap.ts";
import { taskShare } from "../memory/task-share.ts";
import { DiskFiles } from "../storage/disk-files.ts";
import {
  type FromWorker,
  heapOwner,
  REPORT_HANDLED,
  type TaskSet,
  type ToWorker,
  type WorkerSetup,
} from "./protocol.ts";
import { TaskRunner } from "./task-runner.ts";

const LOOK_EVERY_MS = 20;

const port = parentPort!;
const setup = workerData as WorkerSetup;
const heap = SharedHeap.open(setup.share);
const post = (message: FromWorker): void => port.postMessage(message);
const files = new DiskFiles(setup.spillDirectory, heapOwner(setup.worker), () => post({ type: "spilling" }));
const runner = new TaskRunner(
  { compute: createCompute(heap, setup.backend), files, share: taskShare(heap, setup.executors) },
  setup.worker,
);

function letDriverStore({ control }: TaskSet, at: number): void {
  const words = new Int32Array(control);
  while (
    heap.used > heap.limit / 2 &&
    Atomics.load(words, 1) === 0 &&
    Atomics.load(words, 2 + at) !== REPORT_HANDLED
  )
    Atomics.wait(words, 2 + at, setup.worker + 1, LOOK_EVERY_MS);
}

port.on("message", (message: ToWorker) => {
  if (message.type !== "tasks") {
    runner.handle(message);
    return;
  }
  for (const report of runner.run(message.set)) {
    post(report);
    if (report.type === "done" && report.stored.length > 0) letDriverStore(message.set, report.at);
  }
});
post({ type: "ready" });
