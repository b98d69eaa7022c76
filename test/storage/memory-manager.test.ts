/** Spark's unified memory: the cases of its UnifiedMemoryManagerSuite and MemoryStoreSuite that have a meaning here. */
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Region } from "../../src/memory/heap.ts";
import { SharedHeap } from "../../src/memory/shared-heap.ts";
import { storageLimit } from "../../src/memory/task-share.ts";
import type { NodeId } from "../../src/plan/node.ts";
import { StorageLevel } from "../../src/plan/storage-level.ts";
import { BlockManager, type CopyMove } from "../../src/storage/block-manager.ts";
import { MemoryManager, type MemoryNeed, type MemoryReply } from "../../src/storage/memory-manager.ts";
import type { StoredCopy } from "../../src/storage/stored-copy.ts";

const UNIT = 1024;

let heap: SharedHeap;
let blocks: BlockManager;
let manager: MemoryManager<CopyMove, StoredCopy>;
let replies: [worker: number, reply: string][];
let moves: CopyMove[];
let dropped: string[];
let busy: number[];
/** What tasks hold, by worker. */
let held: Map<number, number>;

beforeEach(() => {
  heap = SharedHeap.create({ limit: 1000 * UNIT });
  [replies, moves, dropped, busy, held] = [[], [], [], [1], new Map()];
  blocks = new BlockManager(
    { heap, removeFiles: async () => {}, copy: () => Promise.resolve(null) },
    { stored: () => {}, dropped: (node, partition) => dropped.push(`${node} ${partition}`) },
  );
  manager = new MemoryManager(heap, 0.5, [blocks], {
    busy: () => busy,
    heldBy: (worker) => held.get(worker) ?? 0,
    holders: () => ({
      task: 0,
      otherTasks: 0,
      cached: blocks.storageBytes,
      largestCached: null,
      mapOutputs: 0,
      notWritten: null,
      collections: 0,
    }),
    reply: (worker, reply: MemoryReply<CopyMove>) => {
      if (reply.kind === "move") moves.push(reply.move);
      replies.push([worker, reply.kind]);
    },
  });
});

function store(node: number, partition: number, units: number, level = StorageLevel.MEMORY_ONLY): void {
  const region = heap.allocate(units * UNIT);
  blocks.persist(node as NodeId, level);
  blocks.register(
    node as NodeId,
    partition,
    level,
    { kind: "columns", chunks: [], rows: 1, bytes: region.bytes, regions: [region] },
    0,
  );
}

const execution = (units: number, patient = true): MemoryNeed => ({
  kind: "execution",
  bytes: units * UNIT,
  segment: null,
  tries: 0,
  patient,
});
const storage = (units: number, dataset: number): MemoryNeed => ({
  kind: "storage",
  bytes: units * UNIT,
  dataset,
});
function take(worker: number, units: number): Region {
  held.set(worker, (held.get(worker) ?? 0) + units * UNIT);
  return heap.allocate(units * UNIT);
}

describe("execution", () => {
  it("gets what is free", () => {
    manager.request(1, execution(1000));
    expect(replies).toEqual([[1, "granted"]]);
  });

  it("evicts just as much storage as it needs, used least recently first", () => {
    for (let partition = 0; partition < 7; partition++) store(0, partition, 100);
    manager.request(1, execution(500));
    expect(replies).toEqual([[1, "granted"]]);
    expect(dropped).toEqual(["0 0", "0 1"]);
    expect(blocks.storageBytes).toBe(500 * UNIT);
  });

  it("evicts nothing of the part that is protected", () => {
    for (let partition = 0; partition < 5; partition++) store(0, partition, 100);
    manager.request(1, execution(600));
    expect(replies).toEqual([[1, "refused"]]);
    expect(dropped).toEqual([]);
  });

  it("evicts what it can of storage when others hold memory too", () => {
    take(2, 200);
    for (let partition = 0; partition < 8; partition++) store(0, partition, 100);
    manager.request(1, execution(100));
    expect(replies).toEqual([[1, "granted"]]);
    expect(dropped).toEqual(["0 0"]);
  });

  it("never evicts what a stage reads", () => {
    store(0, 0, 400);
    store(1, 0, 400);
    const read = blocks.pin(0 as NodeId);
    manager.request(1, execution(300));
    expect(dropped).toEqual(["1 0"]);
    manager.request(1, execution(700));
    expect(replies).toEqual([
      [1, "granted"],
      [1, "refused"],
    ]);
    blocks.unpin(read);
  });

  it("has what has a disk written there by the worker that asks", () => {
    for (let node = 0; node < 4; node++) store(node, 0, 200, StorageLevel.MEMORY_AND_DISK);
    manager.request(1, execution(400));
    expect(replies).toEqual([[1, "move"]]);
    expect(dropped).toEqual([]);
    const { from } = moves[0];
    manager.request(1, {
      kind: "moved",
      result: { kind: "disk", file: "f", frames: [], rows: from.rows, bytes: 9 },
    });
    expect(replies).toEqual([
      [1, "move"],
      [1, "granted"],
    ]);
    expect(blocks.usage(0 as NodeId)).toEqual({ partitions: 1, memory: 0, disk: 9 });
    expect(heap.used).toBe(600 * UNIT);
  });

  it("drops what cannot be written, and keeps what a worker that died was to write", () => {
    for (let node = 0; node < 4; node++) store(node, 0, 200, StorageLevel.MEMORY_AND_DISK);
    manager.request(1, execution(400));
    manager.workerLost(1);
    expect(blocks.usage(0 as NodeId).partitions).toBe(1);
    manager.request(2, execution(400));
    manager.request(2, { kind: "moved", result: { kind: "notMoved", reason: "full" } });
    expect(replies.at(-1)).toEqual([2, "granted"]);
    expect(blocks.usage(0 as NodeId).partitions).toBe(0);
  });

  it("evicts once more when what is free is in pieces", () => {
    store(0, 0, 600);
    manager.request(1, { ...execution(100), tries: 1 } as MemoryNeed);
    expect(replies).toEqual([[1, "granted"]]);
    expect(dropped).toEqual(["0 0"]);
  });
});

describe("a task that finds no memory", () => {
  it("waits for others that hold enough, and goes on when they have given it back", async () => {
    busy = [1, 2];
    const other = take(2, 900);
    manager.request(1, execution(500));
    expect(replies).toEqual([]);
    heap.free(other);
    await vi.waitFor(() => expect(replies).toEqual([[1, "granted"]]));
  });

  it("does not wait when others do not hold enough, or may wait for it", () => {
    busy = [1, 2];
    take(1, 800);
    take(2, 100);
    manager.request(1, execution(500));
    manager.request(2, execution(500, false));
    expect(replies).toEqual([
      [1, "refused"],
      [2, "refused"],
    ]);
  });

  it("is refused when all wait: the last to ask, so that the others go on", async () => {
    busy = [1, 2, 3];
    const regions = [1, 2, 3].map((worker) => take(worker, 300));
    for (const worker of [1, 2, 3]) manager.request(worker, execution(200));
    expect(replies).toEqual([[3, "refused"]]);
    heap.free(regions[2]);
    held.delete(3);
    await vi.waitFor(() => expect(replies.length).toBeGreaterThan(1));
    expect(replies[1]).toEqual([1, "granted"]);
  });

  it("waits for what another one writes to disk, even if it waits for no task", () => {
    busy = [1, 2];
    take(3, 400);
    store(0, 0, 600, StorageLevel.MEMORY_AND_DISK);
    manager.request(1, execution(100));
    manager.request(2, execution(100, false));
    expect(replies).toEqual([[1, "move"]]);
    manager.request(1, { kind: "moved", result: { kind: "notMoved", reason: "full" } });
    expect(replies).toEqual([
      [1, "move"],
      [1, "granted"],
      [2, "granted"],
    ]);
  });

  it("may stop waiting, and is told so once", () => {
    busy = [1, 2];
    take(2, 900);
    manager.request(1, execution(500));
    manager.request(1, { kind: "withdraw" });
    manager.request(1, { kind: "withdraw" });
    expect(replies).toEqual([[1, "refused"]]);
  });

  it("does not wait for memory that is there no more", async () => {
    busy = [1, 2];
    take(2, 900);
    manager.request(1, execution(500));
    manager.stop();
    heap.close();
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(replies).toEqual([]);
  });

  it("does not wait for a worker that has died", () => {
    busy = [1, 2];
    take(2, 900);
    manager.request(1, execution(500));
    busy = [1];
    manager.workerLost(2);
    expect(replies).toEqual([[1, "refused"]]);
  });
});

describe("storage", () => {
  it("takes what is free but for a reserve", () => {
    const most = Math.floor(storageLimit(heap) / UNIT);
    manager.request(1, storage(most, 0));
    manager.request(1, storage(most + 1, 0));
    expect(replies).toEqual([
      [1, "granted"],
      [1, "refused"],
    ]);
  });

  it("never pushes out partitions of its own dataset", () => {
    for (let partition = 0; partition < 4; partition++) store(0, partition, 200);
    manager.request(1, storage(200, 0));
    expect(replies).toEqual([[1, "refused"]]);
    expect(dropped).toEqual([]);
  });

  it("pushes out those of others, used least recently first, and only if that is enough", () => {
    store(0, 0, 200);
    store(1, 0, 200);
    store(2, 0, 400);
    blocks.unpin(blocks.pin(0 as NodeId));
    manager.request(1, storage(500, 2));
    expect(dropped).toEqual([]);
    manager.request(1, storage(200, 2));
    expect(dropped).toEqual(["1 0"]);
    expect(replies).toEqual([
      [1, "refused"],
      [1, "granted"],
    ]);
  });

  it("never takes what execution holds", () => {
    take(2, 800);
    store(1, 0, 30);
    manager.request(1, storage(200, 0));
    expect(replies).toEqual([[1, "refused"]]);
    expect(dropped).toEqual([]);
  });
});
