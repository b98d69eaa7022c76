/**
 * The heap over shared memory: segments reserved up front, a first-fit free list of 64-byte units in each, one budget over all.
 * The free list lives in the segment itself (a free block's header holds its size and the next free block, in address
 * order, so neighbours coalesce), under a spin lock in the control buffer. Blocks are few and large (arenas
 * carve them up), so the list stays short.
 *
 * Control words (i32): [0] bytes used / 64, [1] limit / 64, then a segment each: lock owner, first free unit, its size in units.
 */
import { assert, GnistaError } from "../errors.ts";
import type { Arena } from "./arena.ts";
import type { Heap, HeapShare, Region } from "./heap.ts";
import { Segment, type SegmentId } from "./segment.ts";
import { TaskArena } from "./task-arena.ts";

const UNIT = 64;
const SEGMENT_MAX = 2 ** 32;
const HEADER = 2;
const PER_SEGMENT = 4;

export class SharedHeap implements Heap {
  #segments: readonly Segment[];
  readonly #control: Int32Array;

  constructor(segments: readonly Segment[], control: SharedArrayBuffer) {
    this.#segments = segments;
    this.#control = new Int32Array(control);
  }

  /** Reserves address space for `limit` bytes; memory is only taken as it is touched. */
  static create(options: { readonly limit: number }): SharedHeap {
    const limit = Math.ceil(options.limit / UNIT) * UNIT;
    // A little more than the limit, so that the budget and not fragmentation says no.
    const wanted = Math.ceil(limit * 1.125) + (1 << 20);
    const sizes: number[] = [];
    for (let rest = wanted; rest > 0; rest -= SEGMENT_MAX) sizes.push(Math.min(SEGMENT_MAX, rest));
    const segments = sizes.map((bytes, i) => Segment.create(i as SegmentId, bytes));
    const control = new SharedArrayBuffer(4 * (HEADER + PER_SEGMENT * segments.length));
    const heap = new SharedHeap(segments, control);
    heap.#control[1] = limit / UNIT;
    for (const segment of segments) {
      const units = Math.floor(segment.bytes / UNIT);
      segment.u32[UNIT / 4] = units - 1;
      segment.u32[UNIT / 4 + 1] = 0;
      heap.#control[HEADER + PER_SEGMENT * segment.id + 1] = 1;
    }
    return heap;
  }

  /** The same heap seen from another thread. */
  static open(share: HeapShare): SharedHeap {
    return new SharedHeap(
      share.memories.map((memory, i) => new Segment(i as SegmentId, memory)),
      share.control,
    );
  }

  get segments(): readonly Segment[] {
    return this.#segments;
  }

  segment(id: SegmentId): Segment {
    return this.#segments[id];
  }

  get used(): number {
    return Atomics.load(this.#control, 0) * UNIT;
  }

  get limit(): number {
    return this.#control[1] * UNIT;
  }

  allocate(bytes: number, segment?: SegmentId): Region {
    const units = Math.max(1, Math.ceil(bytes / UNIT));
    const used = Atomics.add(this.#control, 0, units) + units;
    if (used <= this.#control[1]) {
      if (segment !== undefined) {
        const at = this.#take(segment, units);
        if (at !== 0) return { segment, ptr: at * UNIT, bytes: units * UNIT };
      } else
        for (const { id } of this.#segments) {
          const at = this.#take(id, units);
          if (at !== 0) return { segment: id, ptr: at * UNIT, bytes: units * UNIT };
        }
    }
    Atomics.sub(this.#control, 0, units);
    throw new GnistaError(
      "OUT_OF_MEMORY",
      `${bytes} bytes more do not fit: ${this.used} of ${this.limit} are in use; give the context more with the option memory, use more partitions, or unpersist what is not needed`,
    );
  }

  free(region: Region): void {
    const units = region.bytes / UNIT;
    const start = region.ptr / UNIT;
    const { u32 } = this.#segments[region.segment];
    const head = HEADER + PER_SEGMENT * region.segment + 1;
    this.#lock(region.segment);
    let previous = 0;
    let next = this.#control[head] >>> 0;
    while (next !== 0 && next < start) {
      previous = next;
      next = u32[next * 16 + 1];
    }
    assert(next !== start, "a region was freed twice");
    let size = units;
    if (next !== 0 && start + units === next) {
      size += u32[next * 16];
      next = u32[next * 16 + 1];
    }
    if (previous !== 0 && previous + u32[previous * 16] === start) {
      u32[previous * 16] += size;
      u32[previous * 16 + 1] = next;
    } else {
      u32[start * 16] = size;
      u32[start * 16 + 1] = next;
      if (previous === 0) this.#control[head] = start;
      else u32[previous * 16 + 1] = start;
    }
    this.#unlock(region.segment);
    Atomics.sub(this.#control, 0, units);
  }

  arena(segment?: SegmentId): Arena {
    return new TaskArena(this, segment);
  }

  share(): HeapShare {
    return {
      memories: this.#segments.map((s) => s.memory),
      control: this.#control.buffer as SharedArrayBuffer,
    };
  }

  /** Drops this thread's references, so that the memory can go once every thread has. */
  close(): void {
    this.#segments = [];
  }

  /** First fit, from the low end of a free block. 0 when there is none. */
  #take(segment: SegmentId, units: number): number {
    const { u32 } = this.#segments[segment];
    const head = HEADER + PER_SEGMENT * segment + 1;
    this.#lock(segment);
    let previous = 0;
    let at = this.#control[head] >>> 0;
    while (at !== 0 && u32[at * 16] < units) {
      previous = at;
      at = u32[at * 16 + 1];
    }
    if (at !== 0) {
      const size = u32[at * 16];
      let next = u32[at * 16 + 1];
      if (size > units) {
        const rest = at + units;
        u32[rest * 16] = size - units;
        u32[rest * 16 + 1] = next;
        next = rest;
      }
      if (previous === 0) this.#control[head] = next;
      else u32[previous * 16 + 1] = next;
    }
    this.#unlock(segment);
    return at;
  }

  #lock(segment: SegmentId): void {
    const at = HEADER + PER_SEGMENT * segment;
    while (Atomics.compareExchange(this.#control, at, 0, 1) !== 0) Atomics.wait(this.#control, at, 1, 1);
  }

  #unlock(segment: SegmentId): void {
    const at = HEADER + PER_SEGMENT * segment;
    Atomics.store(this.#control, at, 0);
    Atomics.notify(this.#control, at, 1);
  }
}
