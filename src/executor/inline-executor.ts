/** The executor of master "local": tasks run on the driver's thread, one by one, between turns of the event loop. */
import type { Backend } from "../kernels/compute.ts";
import { createCompute } from "../kernels/create-compute.ts";
import type { Heap } from "../memory/heap.ts";
import { taskShare } from "../memory/task-share.ts";
import { DiskFiles } from "../storage/disk-files.ts";
import type { ExecutorEvents, Executors } from "./executors.ts";
import { heapOwner, type TaskSet, type ToWorker } from "./protocol.ts";
import { TaskRunner } from "./task-runner.ts";

export class InlineExecutor implements Executors {
  readonly size = 1;
  readonly workers = [0];
  readonly #runner: TaskRunner;
  readonly #events: ExecutorEvents;
  #queue: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(heap: Heap, backend: Backend, spillDirectory: string, events: ExecutorEvents) {
    const files = new DiskFiles(spillDirectory, heapOwner(0), () => events.spilling());
    this.#runner = new TaskRunner(
      { compute: createCompute(heap, backend), files, share: taskShare(heap, this.size) },
      0,
    );
    this.#events = events;
  }

  slotOf(): number {
    return 0;
  }

  send(_worker: number, message: ToWorker): void {
    if (message.type !== "tasks") this.#runner.handle(message);
    else this.#queue = this.#queue.then(() => this.#run(message.set));
  }

  async #run(set: TaskSet): Promise<void> {
    for (const report of this.#runner.run(set)) {
      if (this.#stopped) return;
      this.#events.report(report, 0);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  idle(): void {}

  kill(): void {}

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#queue;
  }
}
