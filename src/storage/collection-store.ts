/**
 * Driver-side collections as columns in shared memory, by node: made when the first job needs them (so a mutation before that
 * is seen, as in Spark), freed when the node is no longer reachable or the context stops.
 */

import type { Block } from "../column/block.ts";
import { buildColumn, columnFromTypedArray } from "../column/builder.ts";
import type { Column } from "../column/column.ts";
import { dictionaryFromStrings } from "../column/dictionary.ts";
import { sliceColumn } from "../column/slice.ts";
import { pairType } from "../column/type.ts";
import { GnistaError } from "../errors.ts";
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
      const length = slices.values.length;
      const bound = (i: number): number => Math.floor((i * length) / n);
      const blocks = new Map<number, Block>();
      if (slices.kind === "pairs") {
        const pairs = pairColumns(slices, arena);
        for (let i = 0; i < n; i++) {
          const [keys, values] = pairs.map((column) =>
            sliceColumn(this.#heap, column, bound(i), bound(i + 1), arena),
          );
          blocks.set(
            i,
            blockOf({
              type: pairType(keys.type, values.type),
              length: keys.length,
              segment: keys.segment,
              validity: 0,
              nullCount: 0,
              offsets: 0,
              values: 0,
              children: [keys, values],
            }),
          );
        }
      } else if (Array.isArray(slices.values)) {
        for (let i = 0; i < n; i++)
          blocks.set(i, blockOf(buildColumn(slices.values.slice(bound(i), bound(i + 1)), arena)));
      } else {
        const column = oneColumn(slices.values, arena);
        for (let i = 0; i < n; i++)
          blocks.set(i, blockOf(sliceColumn(this.#heap, column, bound(i), bound(i + 1), arena)));
      }
      return { blocks, regions: arena.detach() };
    } catch (error) {
      arena.release();
      throw error;
    }
  }
}

function pairColumns(slices: CollectionSlices, arena: Arena): [Column, Column] {
  const { values: keys, seconds } = slices;
  if (seconds === undefined || keys.length !== seconds.length)
    throw new GnistaError(
      "INVALID_ARGUMENT",
      `parallelizePairs needs as many values as keys, got ${keys.length} keys and ${seconds?.length ?? 0} values`,
    );
  return [oneColumn(keys, arena), oneColumn(seconds, arena)];
}

function oneColumn(values: ArrayLike<unknown>, arena: Arena): Column {
  if (!Array.isArray(values)) return columnFromTypedArray(values as Float64Array, arena);
  return typeof values[0] === "string" && values.every((v) => typeof v === "string")
    ? dictionaryFromStrings(values as string[], arena)
    : buildColumn(values, arena);
}

function blockOf(column: Column): Block {
  return { chunks: column.length === 0 ? [] : [column], rows: column.length, bytes: 0, regions: [] };
}
