/** A bump allocator over chunks of the heap: 64 KiB at first, doubling to 1 MiB; what is larger gets a region of its own. */
import type { Arena } from "./arena.ts";
import type { Heap, Region } from "./heap.ts";
import type { Segment, SegmentId } from "./segment.ts";

const FIRST = 65536;
const MOST = 1 << 20;
const ALIGN = 64;
/** What is more and does not fit the chunk has a region of its own. */
const LARGE = MOST / 4;

export class TaskArena implements Arena {
  readonly #heap: Heap;
  #segment: Segment | null;
  #regions: Region[] = [];
  #at = 0;
  #end = 0;
  #last = 0;
  #next = FIRST;
  #bytes = 0;

  constructor(heap: Heap, segment?: SegmentId) {
    this.#heap = heap;
    this.#segment = segment === undefined ? null : heap.segment(segment);
  }

  get segment(): Segment {
    if (this.#segment === null) this.#grow(ALIGN);
    return this.#segment!;
  }

  get bytes(): number {
    return this.#bytes;
  }

  allocate(bytes: number): number {
    const size = Math.max(ALIGN, Math.ceil(bytes / ALIGN) * ALIGN);
    if (this.#at + size > this.#end) {
      if (size > LARGE) return this.#region(size).ptr;
      this.#grow(size);
    }
    this.#last = this.#at;
    this.#at += size;
    return this.#last;
  }

  owns(ptr: number): boolean {
    return this.#regions.some((region) => ptr >= region.ptr && ptr < region.ptr + region.bytes);
  }

  shrinkLast(ptr: number, bytes: number): void {
    if (ptr === this.#last && this.#end > 0)
      this.#at = ptr + Math.max(ALIGN, Math.ceil(bytes / ALIGN) * ALIGN);
  }

  giveBack(ptr: number, bytes: number): void {
    if (bytes <= LARGE) return;
    // A chunk begins with something smaller.
    const at = this.#regions.findIndex((region) => region.ptr === ptr);
    if (at < 0) return;
    const [region] = this.#regions.splice(at, 1);
    this.#bytes -= region.bytes;
    this.#heap.free(region);
  }

  release(): void {
    for (const region of this.detach()) this.#heap.free(region);
  }

  detach(): Region[] {
    const regions = this.#regions;
    this.#regions = [];
    this.#at = this.#end = this.#last = this.#bytes = 0;
    this.#next = FIRST;
    return regions;
  }

  #grow(size: number): void {
    const region = this.#region(Math.max(size, this.#next));
    this.#next = Math.min(MOST, this.#next * 2);
    this.#at = region.ptr;
    this.#end = region.ptr + region.bytes;
  }

  #region(bytes: number): Region {
    const region = this.#heap.allocate(bytes, this.#segment?.id);
    this.#segment ??= this.#heap.segment(region.segment);
    this.#regions.push(region);
    this.#bytes += region.bytes;
    return region;
  }
}
