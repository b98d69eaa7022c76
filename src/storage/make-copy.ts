/**
 * Another copy of a stored partition: on disk before the one in memory is dropped, or beside it in case one is lost. What is read of files is
 * checked on the way. Costs a pass over its bytes or two.
 */
import type { Column } from "../column/column.ts";
import type { Compute } from "../kernels/compute.ts";
import type { Arena } from "../memory/arena.ts";
import type { Heap } from "../memory/heap.ts";
import type { SegmentId } from "../memory/segment.ts";
import type { DiskFiles } from "./disk-files.ts";
import { type FrameRef, type FrameSink, FrameWriter } from "./frame.ts";
import { HeapFile } from "./heap-file.ts";
import { readCopy } from "./read-copy.ts";
import { type CopyKind, type PackedCopy, regionsOfCopy, type StoredCopy } from "./stored-copy.ts";

/** Throws what reading and writing throw, and keeps nothing then. In memory it lies in another segment, where there is one. */
export function makeCopy(compute: Compute, files: DiskFiles, from: StoredCopy, kind: CopyKind): StoredCopy {
  switch (kind) {
    case "disk":
      return onDisk(compute, files, from);
    case "packed":
      return packed(compute, files, from);
    case "columns": {
      // By way of frames, so that chunks share their dictionaries as they do where they come from.
      if (from.kind !== "columns") return columns(compute, files, from, elsewhere(compute.heap, from));
      const between = packed(compute, files, from);
      try {
        return columns(compute, files, between, elsewhere(compute.heap, from));
      } finally {
        for (const region of regionsOfCopy(between)) compute.heap.free(region);
      }
    }
  }
}

function onDisk(compute: Compute, files: DiskFiles, from: StoredCopy): StoredCopy {
  const file = files.create();
  try {
    let frames: readonly FrameRef[];
    if (from.kind === "packed") {
      file.append(new HeapFile(compute.heap, from.pieces).views());
      frames = from.frames;
    } else frames = writeFrames(compute, files, from, file);
    return { kind: "disk", file: file.name, frames, rows: from.rows, bytes: file.bytes };
  } catch (error) {
    files.remove(file.name);
    throw error;
  } finally {
    file.close();
  }
}

function packed(compute: Compute, files: DiskFiles, from: StoredCopy): PackedCopy {
  const file = new HeapFile(compute.heap);
  try {
    const frames = writeFrames(compute, files, from, file);
    const { bytes } = file;
    return { kind: "packed", pieces: file.detach(), frames, rows: from.rows, bytes };
  } finally {
    file.end();
  }
}

function columns(
  compute: Compute,
  files: DiskFiles,
  from: StoredCopy,
  segment: SegmentId | undefined,
): StoredCopy {
  const arena = compute.heap.arena(segment);
  try {
    const reader = readCopy(compute, files, from, () => arena);
    const chunks: Column[] = [];
    for (let i = 0; i < reader.chunks; i++) chunks.push(reader.read(i, () => arena));
    const { bytes } = arena;
    return { kind: "columns", chunks, rows: from.rows, bytes, regions: arena.detach() };
  } finally {
    arena.release();
  }
}

function writeFrames(compute: Compute, files: DiskFiles, from: StoredCopy, sink: FrameSink): FrameRef[] {
  const writer = new FrameWriter(compute, sink);
  const dictionaries = new Map<SegmentId, Arena>();
  const scratch = compute.heap.arena();
  try {
    const reader = readCopy(compute, files, from, (segment) => {
      let arena = dictionaries.get(segment);
      if (arena === undefined) dictionaries.set(segment, (arena = compute.heap.arena(segment)));
      return arena;
    });
    const frames: FrameRef[] = [];
    for (let i = 0; i < reader.chunks; i++) {
      frames.push(writer.write(reader.read(i, () => scratch)));
      scratch.release();
    }
    return frames;
  } finally {
    scratch.release();
    for (const arena of dictionaries.values()) arena.release();
  }
}

/** The emptiest segment that the copy has nothing in. */
function elsewhere(heap: Heap, copy: StoredCopy): SegmentId | undefined {
  const taken = new Set(regionsOfCopy(copy).map(({ segment }) => segment));
  return heap.segments
    .filter(({ id }) => !taken.has(id))
    .toSorted((a, b) => heap.room(b.id) - heap.room(a.id))[0]?.id;
}
