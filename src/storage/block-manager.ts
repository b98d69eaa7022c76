/**
 * The driver's register of stored partitions. Blocks are dropped least recently used first when storage outgrows its share, but
 * never for another partition of the same dataset (which would only chase its own tail), and never while a running
 * stage may read them.
 */

import { type Block, freeBlock } from "../column/block.ts";
import type { Heap } from "../memory/heap.ts";
import type { NodeId } from "../plan/node.ts";

interface Entry {
  readonly block: Block;
  pins: number;
  lastUse: number;
}

/** Why a block is not stored any more; "lost" is what cannot be read. */
export type DropReason = "evicted" | "unpersisted" | "lost";

export type Dropped = (node: NodeId, partition: number, block: Block, reason: DropReason) => void;

export class BlockManager {
  readonly #heap: Heap;
  readonly #limit: number;
  readonly #dropped: Dropped;
  readonly #nodes = new Map<NodeId, Map<number, Entry>>();
  /** Blocks out of the register that a running stage still reads. */
  readonly #doomed = new Map<Block, Entry>();
  #bytes = 0;
  #clock = 0;

  constructor(heap: Heap, limit: number, dropped: Dropped) {
    this.#heap = heap;
    this.#limit = limit;
    this.#dropped = dropped;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Takes over a block, or frees it when there is no room or it is there already. */
  register(node: NodeId, partition: number, block: Block): boolean {
    const partitions = this.#nodes.get(node) ?? new Map<number, Entry>();
    if (partitions.has(partition) || !this.#makeRoom(block.bytes, node)) {
      freeBlock(this.#heap, block);
      return false;
    }
    this.#nodes.set(node, partitions);
    partitions.set(partition, { block, pins: 0, lastUse: this.#clock++ });
    this.#bytes += block.bytes;
    return true;
  }

  /** The stored partitions of a node, pinned until `unpin` is called with the same map. */
  pin(node: NodeId): ReadonlyMap<number, Block> {
    const found = new Map<number, Block>();
    for (const [partition, entry] of this.#nodes.get(node) ?? []) {
      entry.pins++;
      entry.lastUse = this.#clock++;
      found.set(partition, entry.block);
    }
    return found;
  }

  unpin(node: NodeId, blocks: ReadonlyMap<number, Block>): void {
    for (const [partition, block] of blocks) {
      const current = this.#nodes.get(node)?.get(partition);
      const entry = current?.block === block ? current : this.#doomed.get(block);
      if (entry === undefined || --entry.pins > 0 || !this.#doomed.delete(block)) continue;
      freeBlock(this.#heap, block);
    }
  }

  has(node: NodeId, numPartitions: number): boolean {
    return (this.#nodes.get(node)?.size ?? 0) >= numPartitions;
  }

  usage(node: NodeId): { readonly partitions: number; readonly bytes: number } {
    let bytes = 0;
    const entries = this.#nodes.get(node);
    for (const { block } of entries?.values() ?? []) bytes += block.bytes;
    return { partitions: entries?.size ?? 0, bytes };
  }

  unpersist(node: NodeId): void {
    for (const partition of [...(this.#nodes.get(node)?.keys() ?? [])])
      this.#drop(node, partition, "unpersisted");
    this.#nodes.delete(node);
  }

  /** One partition cannot be read any more: it is computed again when it is needed next. */
  lose(node: NodeId, partition: number): void {
    this.#drop(node, partition, "lost");
  }

  /** Drops everything that no running stage reads; for when execution has run out of memory. */
  evictAll(): void {
    for (const [node, partitions] of this.#nodes)
      for (const [partition, entry] of partitions)
        if (entry.pins === 0) this.#drop(node, partition, "evicted");
  }

  clear(): void {
    for (const node of [...this.#nodes.keys()]) this.unpersist(node);
    for (const block of this.#doomed.keys()) freeBlock(this.#heap, block);
    this.#doomed.clear();
  }

  #makeRoom(bytes: number, node: NodeId): boolean {
    if (this.#bytes + bytes <= this.#limit) return true;
    const candidates: { readonly node: NodeId; readonly partition: number; readonly entry: Entry }[] = [];
    for (const [id, partitions] of this.#nodes)
      if (id !== node)
        for (const [partition, entry] of partitions)
          if (entry.pins === 0) candidates.push({ node: id, partition, entry });
    candidates.sort((a, b) => a.entry.lastUse - b.entry.lastUse);
    const free = candidates.reduce((sum, c) => sum + c.entry.block.bytes, 0);
    if (this.#bytes - free + bytes > this.#limit) return false;
    for (const candidate of candidates) {
      if (this.#bytes + bytes <= this.#limit) break;
      this.#drop(candidate.node, candidate.partition, "evicted");
    }
    return true;
  }

  #drop(node: NodeId, partition: number, reason: DropReason): void {
    const entry = this.#nodes.get(node)?.get(partition);
    if (entry === undefined) return;
    this.#nodes.get(node)!.delete(partition);
    this.#bytes -= entry.block.bytes;
    this.#dropped(node, partition, entry.block, reason);
    if (entry.pins > 0) this.#doomed.set(entry.block, entry);
    else freeBlock(this.#heap, entry.block);
  }
}
