/**
 * A copy of a stored partition: columns in memory, the frames of a file in memory, which are compact and have to be decoded, or the frames of a
 * file on disk. All copies of a partition have the same chunks, so that a reader can change from one to another between two of them, and
 * which one it reads changes no result. Plain data; whoever holds it frees its regions and removes its file exactly once.
 */
import type { Block } from "../column/block.ts";
import type { Region } from "../memory/heap.ts";
import type { StorageLevel } from "../plan/storage-level.ts";
import type { FrameRef } from "./frame.ts";
import type { HeapPiece } from "./heap-file.ts";

export type CopyKind = "columns" | "packed" | "disk";

interface Frames {
  readonly frames: readonly FrameRef[];
  readonly rows: number;
  /** Of all frames. */
  readonly bytes: number;
}

export interface ColumnsCopy extends Block {
  readonly kind: "columns";
}

export interface PackedCopy extends Frames {
  readonly kind: "packed";
  readonly pieces: readonly HeapPiece[];
}

export interface DiskCopy extends Frames {
  readonly kind: "disk";
  /** Its name in the spill directory. */
  readonly file: string;
}

export type StoredCopy = ColumnsCopy | PackedCopy | DiskCopy;

export function regionsOfCopy(copy: StoredCopy): readonly Region[] {
  switch (copy.kind) {
    case "columns":
      return copy.regions;
    case "packed":
      return copy.pieces.map(({ region }) => region);
    case "disk":
      return [];
  }
}

export function filesOfCopy(copy: StoredCopy): readonly string[] {
  return copy.kind === "disk" ? [copy.file] : [];
}

/** What tells a copy from all others that there are at the same time; null when nothing of it can be lost. */
export function copyIdentity(copy: StoredCopy): string | null {
  if (copy.kind === "disk") return copy.file;
  const region = regionsOfCopy(copy).at(0);
  return region === undefined ? null : `${region.segment} ${region.ptr}`;
}

/** Columns that nobody has to free with it, as those of a collection. */
export function columnsCopy(block: Block): ColumnsCopy {
  return { kind: "columns", ...block };
}

/** The kind of copy that is made first at a level. */
export function preferredKind({ useMemory, deserialized }: StorageLevel): CopyKind {
  if (!useMemory) return "disk";
  return deserialized ? "columns" : "packed";
}
