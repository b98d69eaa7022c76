/**
 * The map output of one task in the making. Pieces stay in shared memory until they are more than the task's share, or memory is in use for the most part
 * when the task ends; then they go to disk. Which it is changes nothing that is read.
 */
import { columnBytes } from "../column/concat.ts";
import type { Arena } from "../memory/arena.ts";
import type { SegmentId } from "../memory/segment.ts";
import type { FileWriter } from "../storage/disk-files.ts";
import { Keeper } from "../storage/keeper.ts";
import type { DiskPiece, MapOutput, MapPiece, MapTask } from "./map-output.ts";
import { spillPieces } from "./spill-pieces.ts";
import type { ShuffleTask } from "./task.ts";

/** The part of all memory that may be in use when outputs are left in it. */
const ROOM_SHARE = 0.35;

export class MapOutputBuilder {
  readonly #task: ShuffleTask;
  readonly #from: MapTask | null;
  readonly #keeper: Keeper;
  readonly #sizes: Float64Array;
  #spilled: DiskPiece[] = [];
  #pieces: MapPiece[] = [];
  #file: FileWriter | null = null;
  #rows = 0;
  #bytes = 0;

  /** `from` is the map task; null when only this task will read the output. */
  constructor(task: ShuffleTask, numPartitions: number, from: MapTask | null) {
    this.#task = task;
    this.#from = from;
    this.#keeper = new Keeper(task.heap);
    this.#sizes = new Float64Array(numPartitions);
  }

  get numPartitions(): number {
    return this.#sizes.length;
  }

  /** Memory for the next piece. */
  arena(segment?: SegmentId): Arena {
    return this.#keeper.arena(segment);
  }

  /** Adds a piece that lies in memory of the builder, and refers to `beside` bytes elsewhere. Returns whether they must stay. */
  add(piece: MapPiece, beside = 0): boolean {
    const { column, offsets } = piece;
    const bytes = columnBytes(this.#task.heap, column);
    for (let p = 0; p < this.numPartitions; p++)
      this.#sizes[p] += (bytes * (offsets[p + 1] - offsets[p])) / Math.max(1, column.length);
    this.#rows += column.length;
    this.#bytes += bytes;
    this.#pieces.push(piece);
    if (this.#keeper.bytes + beside <= this.#task.share) return true;
    this.#spill();
    return false;
  }

  finish(): MapOutput {
    const { heap } = this.#task;
    if (heap.used > heap.limit * ROOM_SHARE) this.#spill();
    this.#file?.close();
    const owned = this.#keeper.own(this.#pieces.map((piece) => piece.column));
    return {
      pieces: [...this.#spilled, ...this.#pieces.map((piece, i) => ({ ...piece, column: owned.columns[i] }))],
      regions: owned.regions,
      files: this.#file === null ? [] : [this.#file.name],
      rows: this.#rows,
      bytes: this.#bytes,
      sizes: this.#sizes,
    };
  }

  /** Gives back memory that was not handed over. */
  release(): void {
    this.#keeper.end();
  }

  #spill(): void {
    if (this.#pieces.length === 0) return;
    this.#file ??= this.#task.files.create();
    const { metrics } = this.#task;
    const before = this.#file.bytes;
    this.#spilled.push(...spillPieces(this.#task, this.#pieces, this.numPartitions, this.#from, this.#file));
    metrics.diskBytesSpilled += this.#file.bytes - before;
    for (const { column } of this.#pieces) metrics.memoryBytesSpilled += columnBytes(this.#task.heap, column);
    this.#pieces = [];
    this.#keeper.release();
  }
}
