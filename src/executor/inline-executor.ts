/** The executor of master "local": tasks run on the driver's thread, one by one, between turns of the event loop. */
import type { Backend, Compute } from "../kernels/compute.ts";
import { createCompute } from "../kernels/create-compute.ts";
import type { SharedHeap } from "../memory/shared-heap.ts";
import { storageLimit, taskShare } from "../memory/task-share.ts";
import { DiskFiles } from "../storage/disk-files.ts";
import type { MemoryHolders } from "../storage/memory-holders.ts";
import type { MemoryNeed } from "../storage/memory-manager.ts";
import type { ExecutorEvents, Executors } from "./executors.ts";
import { tryMove } from "./moves.ts";
import { outOfMemory } from "./out-of-memory.ts";
import { heapOwner, type TaskSet, type ToWorker } from "./protocol.ts";
import type { CurrentTask, StorageLink } from "./stage-runtime.ts";
import { TaskRunner } from "./task-runner.ts";

export class InlineExecutor implements Executors {
  readonly size = 1;
  readonly workers = [0];
  readonly #compute: Compute;
  readonly #files: DiskFiles;
  readonly #runner: TaskRunner;
  readonly #events: ExecutorEvents;
  #queue: Promise<void> = Promise.resolve();
  #task: CurrentTask | null = null;
  #stopped = false;

  constructor(heap: SharedHeap, backend: Backend, spillDirectory: string, events: ExecutorEvents) {
    this.#compute = createCompute(heap, backend);
    this.#files = new DiskFiles(spillDirectory, heapOwner(0), () => events.spilling());
    this.#events = events;
    this.#runner = new TaskRunner({
      compute: this.#compute,
      files: this.#files,
      share: taskShare(heap, this.size),
      worker: 0,
      storage: this.#storage(),
    });
    heap.onShortage((bytes, segment, tries) => {
      const room = this.#makeRoom({ kind: "execution", bytes, segment, tries, patient: false });
      if (room === true) return true;
      return this.#task === null ? null : outOfMemory(bytes, heap, room, this.#task);
    });
  }

  slotOf(): number {
    return 0;
  }

  send(_worker: number, message: ToWorker): void {
    if (message.type === "move")
      this.#events.moved(message.id, tryMove(this.#compute, this.#files, message.move));
    else if (message.type === "dropBroadcast") {
      this.#runner.dropBroadcast(message.id);
      this.#events.broadcastDropped(message.id, 0);
    } else if (message.type !== "tasks") this.#runner.handle(message);
    else this.#queue = this.#queue.then(() => this.#run(message.set));
  }

  async #run(set: TaskSet): Promise<void> {
    for (const report of this.#runner.run(set)) {
      if (this.#stopped) return;
      this.#events.report(report, 0);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  reply(): void {}

  busy(): readonly number[] {
    return [];
  }

  idle(): void {}

  kill(): void {}

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#queue;
  }

  #makeRoom(need: MemoryNeed): true | MemoryHolders {
    return this.#events.makeRoom(need, (move) => tryMove(this.#compute, this.#files, move));
  }

  #storage(): StorageLink {
    return {
      enter: (task) => {
        this.#task = task;
      },
      mayStore: (node, bytes) =>
        this.#compute.heap.used + bytes <= storageLimit(this.#compute.heap) ||
        this.#makeRoom({ kind: "storage", bytes, dataset: node }) === true,
      copyLost: (node, partition, identity) => this.#events.copyLost(node, partition, identity),
    };
  }
}
