/** A file in shared memory: what is appended at once lies in one region of just its size. Who wrote it hands its pieces over, or frees them. */
import type { Heap, Region } from "../memory/heap.ts";
import { corruptBlock } from "./disk-files.ts";
import type { FrameSink, FrameSource } from "./frame.ts";

export interface HeapPiece {
  readonly region: Region;
  /** The region may be a little longer. */
  readonly bytes: number;
}

export class HeapFile implements FrameSink, FrameSource {
  readonly path = "memory";
  readonly #heap: Heap;
  #pieces: HeapPiece[];
  /** Where each piece begins, and the end of the last. */
  #starts: number[] = [0];

  constructor(heap: Heap, pieces: readonly HeapPiece[] = []) {
    this.#heap = heap;
    this.#pieces = [...pieces];
    for (const { bytes } of pieces) this.#starts.push(this.bytes + bytes);
  }

  get bytes(): number {
    return this.#starts[this.#starts.length - 1];
  }

  append(views: readonly Uint8Array[]): void {
    const bytes = views.reduce((sum, view) => sum + view.length, 0);
    if (bytes === 0) return;
    const region = this.#heap.allocate(bytes);
    const { u8 } = this.#heap.segment(region.segment);
    let at = region.ptr;
    for (const view of views) {
      u8.set(view, at);
      at += view.length;
    }
    this.#starts.push(this.bytes + bytes);
    this.#pieces.push({ region, bytes });
  }

  read(at: number, views: readonly Uint8Array[]): void {
    let piece = this.#pieceAt(at);
    let position = at;
    for (const view of views)
      for (let done = 0; done < view.length; ) {
        if (position === this.#starts[piece + 1]) piece++;
        if (piece >= this.#pieces.length) throw corruptBlock(this.path, position, "it ends too early");
        const part = this.#view(piece).subarray(position - this.#starts[piece]);
        const bytes = Math.min(part.length, view.length - done);
        view.set(part.subarray(0, bytes), done);
        done += bytes;
        position += bytes;
      }
  }

  close(): void {}

  /** What it holds, piece by piece. */
  views(): Uint8Array[] {
    return this.#pieces.map((_, i) => this.#view(i));
  }

  /** Hands over its memory; it is empty afterwards. */
  detach(): HeapPiece[] {
    this.#starts = [0];
    return this.#pieces.splice(0);
  }

  /** Frees what was not handed over. */
  end(): void {
    for (const { region } of this.detach()) this.#heap.free(region);
  }

  #view(piece: number): Uint8Array {
    const { region, bytes } = this.#pieces[piece];
    return this.#heap.segment(region.segment).u8.subarray(region.ptr, region.ptr + bytes);
  }

  /** The piece that the byte lies in. */
  #pieceAt(at: number): number {
    let [from, to] = [0, this.#pieces.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (this.#starts[middle + 1] <= at) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
