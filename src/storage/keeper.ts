/**
 * A keeper holds the arenas of chunks that must outlive the next chunk: those of a partition that is being stored, written to a
 * shuffle, or sorted. In the end its memory becomes a block, or is given back. Who still reads a chunk in pieces holds the keeper
 * meanwhile, and what is released under a hold goes when the last hold ends.
 */

import type { Block } from "../column/block.ts";
import type { Column } from "../column/column.ts";
import { columnBytes } from "../column/concat.ts";
import { copyColumn } from "../column/copy.ts";
import type { Arena } from "../memory/arena.ts";
import type { Heap, Region } from "../memory/heap.ts";
import type { SegmentId } from "../memory/segment.ts";

interface Kept {
  readonly arena: Arena;
  /** Whose holds it is under. */
  readonly holder: Keeper;
}

export class Keeper {
  readonly #heap: Heap;
  #arenas: Kept[] = [];
  /** What all chunks to come may refer to, as to a dictionary. */
  #shared: Arena[] = [];
  #holds = 0;
  #released: Arena[] = [];

  constructor(heap: Heap) {
    this.#heap = heap;
  }

  arena(segment?: SegmentId): Arena {
    const arena = this.#heap.arena(segment);
    this.#arenas.push({ arena, holder: this });
    return arena;
  }

  /** An arena that `release` leaves as it is. */
  sharedArena(segment?: SegmentId): Arena {
    const arena = this.#heap.arena(segment);
    this.#shared.push(arena);
    return arena;
  }

  /** Whether `release` would free the column's bytes. */
  frees({ segment, offsets, values }: Column): boolean {
    return this.#arenas.some(
      ({ arena }) =>
        arena.bytes > 0 && arena.segment.id === segment && (arena.owns(offsets) || arena.owns(values)),
    );
  }

  /** With what is released but still held. */
  get bytes(): number {
    const arenas = [...this.#arenas.map(({ arena }) => arena), ...this.#shared, ...this.#released];
    return arenas.reduce((sum, arena) => sum + arena.bytes, 0);
  }

  release(): void {
    for (const { arena, holder } of this.#arenas.splice(0)) holder.#release(arena);
  }

  /** Releases those after the first `from` arenas in which nothing of the columns lies. */
  releaseUnused(from: number, columns: readonly Column[]): void {
    for (const kept of this.#arenas.splice(from))
      if (kept.arena.bytes === 0 || columns.some((column) => liesIn(kept.arena, column)))
        this.#arenas.push(kept);
      else kept.holder.#release(kept.arena);
  }

  /** How many arenas it has that `release` releases. */
  get arenas(): number {
    return this.#arenas.length;
  }

  /** Hands those that were made first to another keeper, which releases them; they stay under the holds of this one. */
  handOver(arenas: number, to: Keeper): void {
    to.#arenas.push(...this.#arenas.splice(0, arenas));
  }

  #release(arena: Arena): void {
    if (this.#holds > 0) this.#released.push(arena);
    else arena.release();
  }

  hold(): void {
    this.#holds++;
  }

  endHold(): void {
    if (--this.#holds > 0) return;
    for (const arena of this.#released) arena.release();
    this.#released = [];
  }

  /** Gives back everything, whoever holds: nobody asks for more chunks. */
  end(): void {
    this.release();
    this.#released.push(...this.#shared.splice(0));
    this.#holds = 1;
    this.endHold();
  }

  /** The columns and all the memory they lie in. What they share with other owners is copied. */
  toBlock(columns: readonly Column[]): Block {
    const owned = this.own(columns);
    const rows = owned.columns.reduce((sum, column) => sum + column.length, 0);
    return {
      chunks: owned.columns,
      rows,
      bytes: owned.regions.reduce((sum, r) => sum + r.bytes, 0),
      regions: owned.regions,
    };
  }

  own(columns: readonly Column[]): {
    readonly columns: readonly Column[];
    readonly regions: readonly Region[];
  } {
    const useful = columns.reduce((sum, column) => sum + columnBytes(this.#heap, column), 0);
    const wasteful = this.bytes > 2 * useful + 262144;
    const regions: Region[] = wasteful
      ? []
      : [...this.#arenas.map(({ arena }) => arena), ...this.#shared].flatMap((arena) => arena.detach());
    const extras = new Map<SegmentId, Arena>();
    const arenaOf = (segment: SegmentId): Arena => {
      let arena = extras.get(segment);
      if (arena === undefined) {
        arena = this.#heap.arena(segment);
        extras.set(segment, arena);
      }
      return arena;
    };
    try {
      const result = columns.map((column) => ownColumn(this.#heap, column, regions, arenaOf));
      for (const arena of extras.values()) regions.push(...arena.detach());
      return { columns: result, regions };
    } catch (error) {
      for (const region of regions) this.#heap.free(region);
      for (const arena of extras.values()) arena.release();
      throw error;
    } finally {
      this.end();
    }
  }
}

/** Whether some of the column's bytes, or of its dictionary's, do. */
function liesIn(arena: Arena, { segment, validity, offsets, values, children }: Column): boolean {
  return (
    (arena.segment.id === segment &&
      [validity, offsets, values].some((ptr) => ptr !== 0 && arena.owns(ptr))) ||
    children.some((child) => liesIn(arena, child))
  );
}

function ownColumn(
  heap: Heap,
  column: Column,
  regions: readonly Region[],
  arenaOf: (segment: SegmentId) => Arena,
): Column {
  if (column.lasting !== undefined) return column;
  const inside = (ptr: number): boolean =>
    ptr === 0 || regions.some((r) => r.segment === column.segment && ptr >= r.ptr && ptr < r.ptr + r.bytes);
  if (!inside(column.validity) || !inside(column.offsets) || !inside(column.values))
    return copyColumn(heap, column, arenaOf(column.segment));
  if (column.children.length === 0) return column;
  return { ...column, children: column.children.map((child) => ownColumn(heap, child, regions, arenaOf)) };
}
