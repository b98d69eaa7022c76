/**
 * A partition on its way into storage, chunk by chunk, so that it is computed once whatever becomes of it. What is gathered in memory goes to disk
 * when there is no more room, if the level has a disk. When it cannot be stored at all, what was gathered can be taken back.
 */
import type { Column } from "../column/column.ts";
import { passingDictionaries } from "../column/own-dictionaries.ts";
import { GnistaError } from "../errors.ts";
import type { Arena } from "../memory/arena.ts";
import type { SegmentId } from "../memory/segment.ts";
import type { StorageLevel } from "../plan/storage-level.ts";
import { cutColumn } from "../storage/cut-column.ts";
import type { FileWriter } from "../storage/disk-files.ts";
import { FrameReader, type FrameRef, FrameWriter } from "../storage/frame.ts";
import { HeapFile } from "../storage/heap-file.ts";
import type { Keeper } from "../storage/keeper.ts";
import { preferredKind, type StoredCopy } from "../storage/stored-copy.ts";
import type { TaskRuntime } from "./task-runtime.ts";

/** Where frames are written to. */
type Frames =
  | { readonly kind: "packed"; readonly file: HeapFile; readonly writer: FrameWriter }
  | { readonly kind: "disk"; readonly file: FileWriter; readonly writer: FrameWriter };

interface Gathered {
  /** Of a column, those that are in no frame. */
  readonly chunks: Column[];
  /** How many arenas came to the keeper with it. */
  readonly arenas: number;
}

export class Storing {
  readonly #task: TaskRuntime;
  readonly #level: StorageLevel;
  /** Where the chunks that come lie. */
  readonly #keeper: Keeper;
  /** Whether so many bytes more may be stored in memory. */
  readonly #room: (bytes: number) => boolean;
  #frames: Frames | null = null;
  readonly #refs: FrameRef[] = [];
  #columns: Gathered[] = [];
  #rows = 0;
  /** How many arenas the keeper had then. */
  #arenas = 0;
  /** What was gathered when the last column had been taken. */
  #before = 0;

  constructor(task: TaskRuntime, level: StorageLevel, keeper: Keeper, room: (bytes: number) => boolean) {
    this.#task = task;
    this.#level = level;
    this.#keeper = keeper;
    this.#room = room;
    if (preferredKind(level) === "packed") this.#frames = this.#packed();
  }

  /** Takes a column, which lies in the keeper. False when it cannot be stored: nothing more is taken then. */
  add(column: Column): boolean {
    const chunks = [...cutColumn(this.#task.heap, column, () => this.#keeper.arena(column.segment))];
    // What the rows were made of is not stored with them.
    this.#keeper.releaseUnused(this.#arenas, chunks);
    this.#columns.push({ chunks, arenas: this.#keeper.arenas - this.#arenas });
    this.#arenas = this.#keeper.arenas;
    this.#rows += column.length;
    try {
      // Not before, as that may fail; nothing needs no file.
      if (this.#frames === null && preferredKind(this.#level) === "disk") this.#frames = this.#disk();
      this.#write();
      // As much again as has just come must fit, so that the next does.
      const grown = this.#bytes - this.#before;
      this.#before += grown;
      if (this.#frames?.kind === "disk" || this.#room(Math.max(0, grown))) return true;
      if (!this.#level.useDisk) return false;
      this.#toDisk();
      return true;
    } catch (error) {
      if (GnistaError.is(error, "DISK_FAILED")) return false;
      // Memory for frames, which lie beside what they are made of.
      if (!GnistaError.is(error, "OUT_OF_MEMORY") || this.#frames?.kind !== "packed") throw error;
      return this.#level.useDisk && this.#toDisk();
    }
  }

  /** What is stored. */
  finish(): StoredCopy {
    const rows = this.#rows;
    const frames = this.#frames;
    if (frames === null)
      return { kind: "columns", ...this.#keeper.toBlock(this.#columns.flatMap(({ chunks }) => chunks)) };
    this.#keeper.end();
    const { bytes } = frames.file;
    if (frames.kind === "packed")
      return { kind: "packed", pieces: frames.file.detach(), frames: this.#refs, rows, bytes };
    frames.file.close();
    this.#task.files.handOver(frames.file.name);
    return { kind: "disk", file: frames.file.name, frames: this.#refs, rows, bytes };
  }

  /** What was gathered: chunks in frames, into memory of `holder`, then the others, column by column with its arenas in the keeper. */
  *takeBack(
    holder: Keeper,
    shared: (segment: SegmentId) => Arena,
  ): Generator<{ readonly chunks: readonly Column[]; readonly arenas: number }> {
    const frames = this.#frames;
    if (frames !== null) {
      const { compute, files } = this.#task;
      const reader =
        frames.kind === "packed"
          ? new FrameReader(compute, { open: () => frames.file }, "", shared)
          : new FrameReader(compute, files, frames.file.name, shared);
      for (const ref of this.#refs) yield { chunks: [reader.read(ref, holder.arena())], arenas: 0 };
      if (frames.kind === "packed") frames.file.end();
      else files.remove(frames.file.name);
    }
    yield* this.#columns;
    this.#columns = [];
  }

  get #bytes(): number {
    return this.#frames === null ? this.#keeper.bytes : this.#frames.file.bytes;
  }

  #packed(): Frames {
    const file = this.#task.track(new HeapFile(this.#task.heap));
    return { kind: "packed", file, writer: new FrameWriter(this.#task.compute, file) };
  }

  #disk(): Frames {
    const file = this.#task.files.create();
    return { kind: "disk", file, writer: new FrameWriter(this.#task.compute, file) };
  }

  /** Writes what is in no frame yet, if frames are what is stored, and frees the memory that it lay in. */
  #write(): void {
    if (this.#frames === null) return;
    const { writer } = this.#frames;
    let passing = false;
    for (const { chunks } of this.#columns)
      for (let chunk = chunks.at(0); chunk !== undefined; chunk = chunks.at(0)) {
        this.#task.checkCancelled();
        this.#refs.push(writer.write(chunk));
        passing ||= passingDictionaries(chunk).some((dictionary) => this.#keeper.frees(dictionary));
        chunks.shift();
      }
    if (passing) writer.forgetDictionaries();
    this.#keeper.release();
    this.#columns = [];
    this.#arenas = 0;
  }

  #toDisk(): true {
    const packed = this.#frames;
    const disk = this.#disk();
    if (packed?.kind === "packed") {
      disk.file.append(packed.file.views());
      packed.file.end();
    }
    this.#frames = disk;
    this.#write();
    return true;
  }
}
