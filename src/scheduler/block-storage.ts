/** What is stored, and the memory that it shares with execution: the register of blocks, who makes copies, and who decides what gives memory back. */
import type { ExecutorEvents, Executors } from "../executor/executors.ts";
import { heapOwner } from "../executor/protocol.ts";
import type { Heap } from "../memory/heap.ts";
import type { NodeId } from "../plan/node.ts";
import { type StorageLevel, storageLevelString } from "../plan/storage-level.ts";
import { BlockManager, type CopyMove, type DropReason } from "../storage/block-manager.ts";
import { MemoryManager } from "../storage/memory-manager.ts";
import type { SpillDirectory } from "../storage/spill-directory.ts";
import { filesOfCopy, regionsOfCopy, type StoredCopy } from "../storage/stored-copy.ts";
import { BlockCopies } from "./block-copies.ts";
import type { EventBus } from "./events.ts";

/** The part of the budget from which execution evicts nothing that is cached: Spark's spark.memory.storageFraction. */
const STORAGE_FRACTION = 0.5;

export class BlockStorage {
  readonly blocks: BlockManager;
  readonly #heap: Heap;
  readonly #spills: SpillDirectory;
  readonly #memory: MemoryManager<CopyMove, StoredCopy>;
  readonly #copies: BlockCopies;

  constructor(heap: Heap, spills: SpillDirectory, events: EventBus, executors: () => Executors) {
    this.#heap = heap;
    this.#spills = spills;
    this.#copies = new BlockCopies(executors);
    this.blocks = new BlockManager(
      {
        heap,
        removeFiles: (names) => spills.free(names),
        copy: (move, maker) => this.#copies.copy(move, maker),
      },
      {
        stored: (node, partition, level, copy) =>
          events.publish({ type: "blockStored", ...about(node, partition, level, copy), rows: copy.rows }),
        dropped: (node, partition, level, copy, reason: DropReason) =>
          events.publish({ type: "blockDropped", ...about(node, partition, level, copy), reason }),
      },
    );
    this.#memory = new MemoryManager(heap, STORAGE_FRACTION, [this.blocks], {
      busy: () => executors().busy(),
      heldBy: (worker) => heap.heldBy(heapOwner(worker)),
      reply: (worker, reply) => executors().reply(worker, reply),
    });
  }

  /** What workers say of it. */
  get hooks(): Pick<ExecutorEvents, "memory" | "makeRoom" | "copyLost" | "copied"> {
    return {
      memory: (request, worker) => {
        if (request.kind === "moved" && request.result !== null) this.#takeOver(request.result);
        this.#memory.request(worker, request);
      },
      makeRoom: (need, perform) =>
        this.#memory.makeRoom(need, (move) => {
          const result = perform(move);
          if (result !== null) this.#takeOver(result);
          return result;
        }),
      copyLost: (node, partition, identity) => this.blocks.loseCopy(node, partition, identity),
      copied: (id, copy) => {
        if (copy !== null) this.#takeOver(copy);
        if (this.#copies.copied(id, copy) || copy === null) return;
        for (const region of regionsOfCopy(copy)) this.#heap.free(region);
        void this.#spills.free(filesOfCopy(copy));
      },
    };
  }

  /** Comes after its memory has been freed, and its replacement has been started. */
  workerLost(worker: number): void {
    this.#copies.workerLost(worker);
    this.#memory.workerLost(worker);
  }

  /** Drops all that can be dropped; for when a task has failed for want of memory. */
  evictAll(): Promise<void> {
    return this.#memory.evictAll((move) => this.#copies.copy(move, -1));
  }

  #takeOver(copy: StoredCopy): void {
    this.#heap.takeOver(regionsOfCopy(copy));
    this.#spills.adopt(filesOfCopy(copy));
  }
}

function about(
  node: NodeId,
  partition: number,
  level: StorageLevel,
  copy: StoredCopy,
): {
  readonly node: NodeId;
  readonly partition: number;
  readonly level: string;
  readonly where: "memory" | "disk";
  readonly bytes: number;
  readonly time: number;
} {
  return {
    node,
    partition,
    level: storageLevelString(level),
    where: copy.kind === "disk" ? "disk" : "memory",
    bytes: copy.bytes,
    time: performance.now(),
  };
}
