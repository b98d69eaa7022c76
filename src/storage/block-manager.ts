/**
 * The driver's register of stored partitions: of each its copies, in memory and on disk. A copy is freed when it is dropped and no running stage
 * reads it any more. What is lost is made again from another copy; what is dropped to give memory back goes to disk first if its level says so.
 */
import type { Heap, Region } from "../memory/heap.ts";
import { storageLimit } from "../memory/task-share.ts";
import type { NodeId } from "../plan/node.ts";
import type { StorageLevel } from "../plan/storage-level.ts";
import { type Candidate, type Evictable, nextUse } from "./evictable.ts";
import {
  type CopyKind,
  copyIdentity,
  filesOfCopy,
  preferredKind,
  regionsOfCopy,
  type StoredCopy,
} from "./stored-copy.ts";

/** Another copy, of this kind. */
export interface CopyMove {
  readonly kind: "copy";
  readonly from: StoredCopy;
  readonly to: CopyKind;
}

/** Why a copy is not there any more; "lost" is what could not be read. */
export type DropReason = "evicted" | "unpersisted" | "lost";

export interface BlockEvents {
  stored(node: NodeId, partition: number, level: StorageLevel, copy: StoredCopy): void;
  dropped(node: NodeId, partition: number, level: StorageLevel, copy: StoredCopy, reason: DropReason): void;
}

/** What a copy takes, and who carries moves out. */
export interface BlockResources {
  readonly heap: Heap;
  /** Removes files of the spill directory. */
  removeFiles(names: readonly string[]): Promise<void>;
  /** Has a copy made, by another worker than the one that made the first where there is one; null when it cannot be. */
  copy(move: CopyMove, maker: number): Promise<StoredCopy | null>;
}

export interface Usage {
  readonly partitions: number;
  /** Bytes. */
  readonly memory: number;
  readonly disk: number;
}

interface Held {
  readonly copy: StoredCopy;
  readonly bytes: number;
  /** Stages that read it, and moves from it. */
  pins: number;
  dropped: boolean;
  /** Called when it is freed. */
  readonly freed: (() => void)[];
}

interface Entry {
  readonly node: NodeId;
  readonly partition: number;
  level: StorageLevel;
  /** The worker that computed it. */
  readonly maker: number;
  readonly copies: Held[];
  lastUse: number;
}

interface Dataset {
  level: StorageLevel;
  readonly entries: Map<number, Entry>;
}

const ORDER: readonly CopyKind[] = ["columns", "packed", "disk"];

export class BlockManager implements Evictable<CopyMove, StoredCopy> {
  readonly #resources: BlockResources;
  readonly #events: BlockEvents;
  readonly #datasets = new Map<NodeId, Dataset>();
  /** All copies that are not freed yet, dropped ones too. */
  readonly #held = new Map<StoredCopy, Held>();
  readonly #copying = new Set<Promise<void>>();
  #memory = 0;

  constructor(resources: BlockResources, events: BlockEvents) {
    this.#resources = resources;
    this.#events = events;
  }

  get storageBytes(): number {
    return this.#memory;
  }

  /** From now on partitions of the node are kept, at this level; those that are there stay as they are until they have to move. */
  persist(node: NodeId, level: StorageLevel): void {
    const dataset = this.#datasets.get(node);
    if (dataset === undefined) this.#datasets.set(node, { level, entries: new Map() });
    else for (const held of [dataset, ...dataset.entries.values()]) held.level = level;
  }

  /** Takes over a copy that a worker has made, or frees it when the partition is there already or not wanted any more. */
  register(node: NodeId, partition: number, level: StorageLevel, copy: StoredCopy, maker: number): boolean {
    const dataset = this.#datasets.get(node);
    if (dataset === undefined || dataset.entries.has(partition) || !sameLevel(dataset.level, level)) {
      void this.#free(copy);
      return false;
    }
    const entry: Entry = { node, partition, level: dataset.level, maker, copies: [], lastUse: nextUse() };
    dataset.entries.set(partition, entry);
    this.#add(entry, copy);
    this.#replicate(entry);
    return true;
  }

  /** The copies of the stored partitions of a node, the quickest to read first; pinned until `unpin` is called with the same map. */
  pin(node: NodeId): ReadonlyMap<number, readonly StoredCopy[]> {
    const found = new Map<number, readonly StoredCopy[]>();
    for (const [partition, entry] of this.#datasets.get(node)?.entries ?? []) {
      entry.lastUse = nextUse();
      for (const held of entry.copies) held.pins++;
      found.set(
        partition,
        ORDER.flatMap((kind) => entry.copies.flatMap(({ copy }) => (copy.kind === kind ? [copy] : []))),
      );
    }
    return found;
  }

  unpin(pinned: ReadonlyMap<number, readonly StoredCopy[]>): void {
    for (const copies of pinned.values()) for (const copy of copies) this.#unpin(this.#held.get(copy));
  }

  has(node: NodeId, numPartitions: number): boolean {
    return (this.#datasets.get(node)?.entries.size ?? 0) >= numPartitions;
  }

  missing(node: NodeId, numPartitions: number): number[] {
    const entries = this.#datasets.get(node)?.entries;
    return Array.from({ length: numPartitions }, (_, i) => i).filter((i) => entries?.has(i) !== true);
  }

  usage(node: NodeId): Usage {
    let [memory, disk] = [0, 0];
    const entries = this.#datasets.get(node)?.entries;
    for (const { copies } of entries?.values() ?? [])
      for (const { copy, bytes } of copies)
        if (copy.kind === "disk") disk += bytes;
        else memory += bytes;
    return { partitions: entries?.size ?? 0, memory, disk };
  }

  /** The node that has most in memory. */
  largest(): NodeId | null {
    const nodes = [...this.#datasets.keys()].map((node) => [this.usage(node).memory, node] as const);
    const [most] = nodes.sort(([a], [b]) => b - a);
    return most === undefined || most[0] === 0 ? null : most[1];
  }

  /** Resolves when all is freed, which is when the stages that read it have ended. */
  async unpersist(node: NodeId): Promise<void> {
    const entries = [...(this.#datasets.get(node)?.entries.values() ?? [])];
    this.#datasets.delete(node);
    const freed: Promise<void>[] = [];
    for (const entry of entries)
      for (const held of [...entry.copies]) {
        freed.push(new Promise((resolve) => held.freed.push(resolve)));
        this.#drop(entry, held, "unpersisted");
      }
    await Promise.all(freed);
  }

  /** A partition cannot be read any more: it is computed again when it is needed next. */
  lose(node: NodeId, partition: number): void {
    const entry = this.#datasets.get(node)?.entries.get(partition);
    for (const held of [...(entry?.copies ?? [])]) this.#drop(entry!, held, "lost");
  }

  /** One copy cannot be read any more: it is made again from another. */
  loseCopy(node: NodeId, partition: number, identity: string): void {
    const entry = this.#datasets.get(node)?.entries.get(partition);
    const held = entry?.copies.find(({ copy }) => copyIdentity(copy) === identity);
    if (entry === undefined || held === undefined) return;
    this.#drop(entry, held, "lost");
    this.#replicate(entry);
  }

  *candidates(): Generator<Candidate<CopyMove, StoredCopy>> {
    for (const { entries } of this.#datasets.values())
      for (const entry of entries.values())
        for (const held of entry.copies)
          if (held.copy.kind !== "disk" && held.pins === 0) yield this.#candidate(entry, held);
  }

  /** Resolves when no copy is being made any more. */
  async settled(): Promise<void> {
    while (this.#copying.size > 0) await Promise.all(this.#copying);
  }

  clear(): void {
    for (const node of [...this.#datasets.keys()]) void this.unpersist(node);
    for (const held of [...this.#held.values()]) this.#release(held);
  }

  #candidate(entry: Entry, held: Held): Candidate<CopyMove, StoredCopy> {
    const { copy, bytes } = held;
    return {
      regions: regionsOfCopy(copy),
      bytes,
      lastUse: entry.lastUse,
      dataset: entry.node,
      evict: () => {
        if (entry.level.useDisk && entry.copies.length === 1) {
          held.pins++;
          return { kind: "copy", from: copy, to: "disk" };
        }
        this.#drop(entry, held, "evicted");
        return null;
      },
      moved: (result) => {
        if (result.kind !== "notMoved") this.#adopt(entry, result);
        if (!held.dropped) this.#drop(entry, held, "evicted");
        this.#unpin(held);
      },
      stayed: () => this.#unpin(held),
    };
  }

  /** Has copies made until there are as many as the level wants. */
  #replicate(entry: Entry): void {
    const source = entry.copies.at(0);
    if (source === undefined || entry.copies.length >= entry.level.replication) return;
    const { heap } = this.#resources;
    const { copy: from, bytes } = source;
    const inMemory = from.kind !== "disk" && heap.used + bytes <= storageLimit(heap);
    if (!inMemory && !entry.level.useDisk) return;
    const to = inMemory ? preferredKind(entry.level) : "disk";
    source.pins++;
    const copying = this.#resources.copy({ kind: "copy", from, to }, entry.maker).then((copy) => {
      this.#unpin(source);
      this.#copying.delete(copying);
      if (copy === null) return;
      this.#adopt(entry, copy);
      this.#replicate(entry);
    });
    this.#copying.add(copying);
  }

  /** Takes over another copy of a partition, unless that was dropped meanwhile. */
  #adopt(entry: Entry, copy: StoredCopy): void {
    if (this.#datasets.get(entry.node)?.entries.get(entry.partition) === entry) this.#add(entry, copy);
    else void this.#free(copy);
  }

  #add(entry: Entry, copy: StoredCopy): void {
    const bytes =
      copy.kind === "disk" ? copy.bytes : regionsOfCopy(copy).reduce((sum, r: Region) => sum + r.bytes, 0);
    const held: Held = { copy, bytes, pins: 0, dropped: false, freed: [] };
    entry.copies.push(held);
    this.#held.set(copy, held);
    if (copy.kind !== "disk") this.#memory += bytes;
    this.#events.stored(entry.node, entry.partition, entry.level, copy);
  }

  #drop(entry: Entry, held: Held, reason: DropReason): void {
    const { node, partition, level, copies } = entry;
    held.dropped = true;
    copies.splice(copies.indexOf(held), 1);
    const entries = this.#datasets.get(node)?.entries;
    if (copies.length === 0 && entries?.get(partition) === entry) entries.delete(partition);
    if (held.copy.kind !== "disk") this.#memory -= held.bytes;
    this.#events.dropped(node, partition, level, held.copy, reason);
    if (held.pins === 0) this.#release(held);
  }

  #unpin(held: Held | undefined): void {
    if (held === undefined) return;
    held.pins--;
    if (held.pins === 0 && held.dropped) this.#release(held);
  }

  #release({ copy, freed }: Held): void {
    this.#held.delete(copy);
    void this.#free(copy).then(() => {
      for (const listener of freed) listener();
    });
  }

  #free(copy: StoredCopy): Promise<void> {
    for (const region of regionsOfCopy(copy)) this.#resources.heap.free(region);
    return this.#resources.removeFiles(filesOfCopy(copy));
  }
}

function sameLevel(a: StorageLevel, b: StorageLevel): boolean {
  return (
    a.useDisk === b.useDisk &&
    a.useMemory === b.useMemory &&
    a.useOffHeap === b.useOffHeap &&
    a.deserialized === b.deserialized &&
    a.replication === b.replication
  );
}
