/**
 * Driver-side collections as columns in shared memory, by node: made when the first job needs them (so a mutation before that
 * is seen, as in Spark), freed when the node is no longer reachable or the context stops.
 */

import { readArrowTable } from "../arrow/read-table.ts";
import type { Block } from "../column/block.ts";
import { buildColumn } from "../column/builder.ts";
import type { Column } from "../column/column.ts";
import { dictionaryFromStrings } from "../column/dictionary.ts";
import { pairColumn } from "../column/pair.ts";
import { sliceColumn } from "../column/slice.ts";
import { columnFromTypedArray } from "../column/typed-array.ts";
import { createCompute } from "../kernels/create-compute.ts";
import type { Arena } from "../memory/arena.ts";
import type { Heap, Region } from "../memory/heap.ts";
import type { CollectionSlices, NodeId, PlanNode } from "../plan/node.ts";

interface Stored {
  readonly blocks: ReadonlyMap<number, Block>;
  readonly regions: readonly Region[];
}

export class CollectionStore {
  readonly #heap: Heap;
  readonly #nodes = new Map<NodeId, Stored>();
  /** Frees a collection that no plan reaches any more. */
  readonly #cleaner = new FinalizationRegistry<NodeId>((node) => this.free(node));
  readonly #added: (bytes: number) => void;

  /** `added` is told of all memory that will live as long as a plan. */
  constructor(heap: Heap, added: (bytes: number) => void) {
    this.#heap = heap;
    this.#added = added;
  }

  blocks(node: PlanNode): ReadonlyMap<number, Block> {
    const known = this.#nodes.get(node.id);
    if (known !== undefined) return known.blocks;
    if (node.operator.kind !== "collection") throw new Error("gnista bug: not a collection node");
    const stored = this.#store(node.operator.slices, node.numPartitions);
    this.#nodes.set(node.id, stored);
    this.#cleaner.register(node, node.id);
    this.#added(stored.regions.reduce((sum, region) => sum + region.bytes, 0));
    return stored.blocks;
  }

  /** Of memory. */
  get bytes(): number {
    let bytes = 0;
    for (const { regions } of this.#nodes.values()) for (const region of regions) bytes += region.bytes;
    return bytes;
  }

  free(node: NodeId): void {
    for (const region of this.#nodes.get(node)?.regions ?? []) this.#heap.free(region);
    this.#nodes.delete(node);
  }

  clear(): void {
    for (const node of [...this.#nodes.keys()]) this.free(node);
  }

  #store(slices: CollectionSlices, n: number): Stored {
    const arena = this.#heap.arena();
    try {
      if (slices.kind === "arrow") return this.#storeArrow(slices.bytes, n, arena);
      const { length } = slices.values;
      const blocks = new Map<number, Block>();
      if (slices.kind === "array" && Array.isArray(slices.values))
        for (let i = 0; i < n; i++) {
          const rows = slices.values.slice(bound(i, length, n), bound(i + 1, length, n));
          blocks.set(i, blockOf([buildColumn(rows, arena)]));
        }
      else {
        const column = slices.kind === "pairs" ? pairsOf(slices, arena) : oneColumn(slices.values, arena);
        for (let i = 0; i < n; i++)
          blocks.set(i, blockOf([this.#rows(column, bound(i, length, n), bound(i + 1, length, n), arena)]));
      }
      return { blocks, regions: arena.detach() };
    } catch (error) {
      arena.release();
      throw error;
    }
  }

  /** Every partition has its part of the record batches, at no copy. */
  #storeArrow(bytes: Uint8Array, n: number, arena: Arena): Stored {
    const { columns, regions } = readArrowTable(createCompute(this.#heap, "js"), bytes);
    const bitmaps = new Map([[arena.segment.id, arena]]);
    try {
      const length = columns.reduce((sum, column) => sum + column.length, 0);
      const blocks = new Map<number, Block>();
      for (let i = 0; i < n; i++) {
        const [from, to] = [bound(i, length, n), bound(i + 1, length, n)];
        const parts: Column[] = [];
        let start = 0;
        for (const column of columns) {
          const [first, last] = [Math.max(from, start), Math.min(to, start + column.length)];
          let beside = bitmaps.get(column.segment);
          if (beside === undefined) bitmaps.set(column.segment, (beside = this.#heap.arena(column.segment)));
          if (first < last) parts.push(this.#rows(column, first - start, last - start, beside));
          start += column.length;
        }
        blocks.set(i, blockOf(parts));
      }
      return { blocks, regions: [...regions, ...[...bitmaps.values()].flatMap((own) => own.detach())] };
    } catch (error) {
      for (const region of regions) this.#heap.free(region);
      for (const own of bitmaps.values()) own.release();
      throw error;
    }
  }

  #rows(column: Column, from: number, to: number, arena: Arena): Column {
    return sliceColumn(this.#heap, column, from, to, arena);
  }
}

function bound(i: number, length: number, n: number): number {
  return Math.floor((i * length) / n);
}

function pairsOf({ keys, values }: CollectionSlices & { readonly kind: "pairs" }, arena: Arena): Column {
  return pairColumn({ keys: oneColumn(keys, arena), values: oneColumn(values, arena) });
}

function oneColumn(values: ArrayLike<unknown>, arena: Arena): Column {
  if (!Array.isArray(values)) return columnFromTypedArray(values as Float64Array, arena);
  return typeof values[0] === "string" && values.every((v) => typeof v === "string")
    ? dictionaryFromStrings(values as string[], arena)
    : buildColumn(values, arena);
}

function blockOf(columns: readonly Column[]): Block {
  const chunks = columns.filter(({ length }) => length > 0);
  return { chunks, rows: chunks.reduce((sum, { length }) => sum + length, 0), bytes: 0, regions: [] };
}
