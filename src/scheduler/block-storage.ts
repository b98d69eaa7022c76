/** What is stored, and the memory that it shares with execution: the register of blocks, who moves them, and who decides what gives memory back. */
import type { ExecutorEvents, Executors } from "../executor/executors.ts";
import { filesOfMoved, type Move, type Moved, regionsOfMoved } from "../executor/moves.ts";
import { heapOwner } from "../executor/protocol.ts";
import type { Heap } from "../memory/heap.ts";
import type { NodeId, PlanNode } from "../plan/node.ts";
import { type StorageLevel, storageLevelString } from "../plan/storage-level.ts";
import { BlockManager, type DropReason } from "../storage/block-manager.ts";
import type { CollectionStore } from "../storage/collection-store.ts";
import type { MemoryHolders } from "../storage/memory-holders.ts";
import { MemoryManager } from "../storage/memory-manager.ts";
import type { SpillDirectory } from "../storage/spill-directory.ts";
import type { StoredCopy } from "../storage/stored-copy.ts";
import type { EventBus } from "./events.ts";
import { MoveRequests } from "./move-requests.ts";
import type { ShuffleRegistry } from "./shuffle-registry.ts";

export class BlockStorage {
  readonly blocks: BlockManager;
  readonly #heap: Heap;
  readonly #spills: SpillDirectory;
  readonly #shuffles: ShuffleRegistry;
  readonly #collections: CollectionStore;
  /** Of what is persisted: its name, or where it was made. */
  readonly #names = new Map<NodeId, string>();
  readonly #memory: MemoryManager<Move, Moved>;
  readonly #moves: MoveRequests;

  constructor(
    heap: Heap,
    spills: SpillDirectory,
    events: EventBus,
    shuffles: ShuffleRegistry,
    collections: CollectionStore,
    storageFraction: number,
    executors: () => Executors,
  ) {
    this.#heap = heap;
    this.#spills = spills;
    this.#shuffles = shuffles;
    this.#collections = collections;
    this.#moves = new MoveRequests(executors);
    this.blocks = new BlockManager(
      {
        heap,
        removeFiles: (names) => spills.free(names),
        copy: async (move, maker) => {
          const result = await this.#moves.move(move, maker);
          return result.kind === "notMoved" || result.kind === "output" ? null : result;
        },
      },
      {
        stored: (node, partition, level, copy) =>
          events.publish({ type: "blockStored", ...about(node, partition, level, copy), rows: copy.rows }),
        dropped: (node, partition, level, copy, reason: DropReason) =>
          events.publish({ type: "blockDropped", ...about(node, partition, level, copy), reason }),
      },
    );
    this.#memory = new MemoryManager<Move, Moved>(heap, storageFraction, [this.blocks, shuffles], {
      busy: () => executors().busy(),
      heldBy: (worker) => heap.heldBy(heapOwner(worker)),
      reply: (worker, reply) => executors().reply(worker, reply),
      holders: (worker) => this.#holders(worker, executors().busy()),
    });
  }

  persist({ id, storageLevel, name, callSite }: PlanNode): void {
    this.blocks.persist(id, storageLevel);
    this.#names.set(id, name ?? callSite);
  }

  unpersist(node: NodeId): Promise<void> {
    this.#names.delete(node);
    return this.blocks.unpersist(node);
  }

  /** What workers say of it. */
  get hooks(): Pick<ExecutorEvents, "memory" | "makeRoom" | "copyLost" | "moved"> {
    return {
      memory: (request, worker) => {
        if (request.kind === "moved" && request.result.kind !== "notMoved") this.#takeOver(request.result);
        this.#memory.request(worker, request);
      },
      makeRoom: (need, perform) =>
        this.#memory.makeRoom(need, (move) => {
          const result = perform(move);
          if (result.kind !== "notMoved") this.#takeOver(result);
          return result;
        }),
      copyLost: (node, partition, identity) => this.blocks.loseCopy(node, partition, identity),
      moved: (id, result) => {
        if (result.kind !== "notMoved") this.#takeOver(result);
        if (this.#moves.moved(id, result) || result.kind === "notMoved") return;
        for (const region of regionsOfMoved(result)) this.#heap.free(region);
        void this.#spills.free(filesOfMoved(result));
      },
    };
  }

  /** Comes after its memory has been freed, and its replacement has been started. */
  workerLost(worker: number): void {
    this.#moves.workerLost(worker);
    this.#memory.workerLost(worker);
  }

  /** There are no workers any more. */
  clear(): void {
    this.#memory.stop();
    this.blocks.clear();
  }

  /** Drops all that can be dropped; for when a task has failed for want of memory. */
  evictAll(): Promise<void> {
    this.#shuffles.retry();
    return this.#memory.evictAll((move) => this.#moves.move(move));
  }

  #holders(worker: number | null, busy: readonly number[]): MemoryHolders {
    const held = (id: number): number => this.#heap.heldBy(heapOwner(id));
    const largest = this.blocks.largest();
    return {
      task: worker === null ? null : held(worker),
      otherTasks: busy.reduce((sum, id) => (id === worker ? sum : sum + held(id)), 0),
      cached: this.blocks.storageBytes,
      largestCached: largest === null ? null : (this.#names.get(largest) ?? null),
      mapOutputs: this.#shuffles.bytes,
      notWritten: this.#shuffles.notMoved,
      collections: this.#collections.bytes,
    };
  }

  #takeOver(moved: Moved): void {
    this.#heap.takeOver(regionsOfMoved(moved));
    this.#spills.adopt(filesOfMoved(moved));
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
