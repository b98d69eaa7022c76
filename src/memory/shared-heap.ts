/**
 * The heap over shared memory: segments reserved up front, a first-fit free list of 64-byte units in each, one budget over all.
 * The free list lives in the segment itself (a free block's header holds its size and the next free block, in address
 * order, so neighbours coalesce), under a spin lock in the control buffer. Blocks are few and large (arenas
 * carve them up), so the list stays short. A block handed out has a unit before it that says its size and whose it is, so that what
 * a dead thread held can be found. A thread can be ended at any loop or call: whoever ends it condemns it first, and a condemned thread
 * is never inside a lock, which would stay locked.
 *
 * Control words (u32): [0] bytes used / 64, [1] limit / 64, then a segment each: lock (the holder's owner + 1, or 0), first free unit, units handed out.
 */
import { assert, GnistaError } from "../errors.ts";
import type { Arena } from "./arena.ts";
import type { Heap, HeapShare, Region } from "./heap.ts";
import { Segment, type SegmentId } from "./segment.ts";
import { TaskArena } from "./task-arena.ts";

const UNIT = 64;
const SEGMENT_MAX = 2 ** 32;
const DRIVER = 0;
const OUTSIDE = 2;
const HEADER = 2;
const PER_SEGMENT = 3;
/** What 32 bits of units can count. */
const LIMIT_MAX = (2 ** 32 - 1) * UNIT;
/** Up to this share of it all goes to the first segment, where results and inputs lie together. */
const FIRST_SHARE = 0.375;

/**
 * Makes room for so many bytes, anywhere or in a segment: true when to try again, else what to say of it, null for nothing special. `tries` counts how
 * often that was said and did not help.
 */
export type Shortage = (bytes: number, segment: SegmentId | null, tries: number) => true | string | null;

export class SharedHeap implements Heap {
  #segments: readonly Segment[];
  readonly #control: Int32Array;
  /** One word: 1 when this thread is condemned, OUTSIDE when it will never again do anything under a lock. */
  readonly #condemned: Int32Array;
  readonly #owner: number;
  #shortage: Shortage | null = null;
  /** Those of the threads that this one has shared the heap with, by owner. */
  readonly #fates = new Map<number, Int32Array>();

  private constructor(
    segments: readonly Segment[],
    control: SharedArrayBuffer,
    condemned: SharedArrayBuffer,
    owner: number,
  ) {
    this.#segments = segments;
    this.#control = new Int32Array(control);
    this.#condemned = new Int32Array(condemned);
    this.#owner = owner;
  }

  /** Reserves address space for `limit` bytes; memory is only taken as it is touched. */
  static create(options: { readonly limit: number }): SharedHeap {
    const limit = Math.min(LIMIT_MAX, Math.ceil(options.limit / UNIT) * UNIT);
    // A little more than the limit, so that the budget and not fragmentation says no.
    const wanted = Math.ceil(limit * 1.125) + (1 << 20);
    const sizes: number[] = [];
    for (let rest = wanted; rest > 0; rest -= SEGMENT_MAX) sizes.push(Math.min(SEGMENT_MAX, rest));
    const segments = sizes.map((bytes, i) => Segment.create(i as SegmentId, bytes));
    const control = new SharedArrayBuffer(4 * (HEADER + PER_SEGMENT * segments.length));
    const heap = new SharedHeap(segments, control, new SharedArrayBuffer(4), DRIVER);
    heap.#control[1] = limit / UNIT;
    for (const segment of segments) {
      segment.u32[UNIT / 4] = endOf(segment) - 1;
      segment.u32[UNIT / 4 + 1] = 0;
      heap.#control[HEADER + PER_SEGMENT * segment.id + 1] = 1;
    }
    return heap;
  }

  /** The same heap seen from another thread. */
  static open({ memories, control, condemned, owner }: HeapShare): SharedHeap {
    const segments = memories.map((memory, i) => new Segment(i as SegmentId, memory));
    return new SharedHeap(segments, control, condemned, owner);
  }

  get segments(): readonly Segment[] {
    return this.#segments;
  }

  segment(id: SegmentId): Segment {
    return this.#segments[id];
  }

  get used(): number {
    return (Atomics.load(this.#control, 0) >>> 0) * UNIT;
  }

  get limit(): number {
    return (this.#control[1] >>> 0) * UNIT;
  }

  allocate(bytes: number, segment?: SegmentId): Region {
    for (let tries = 0; ; tries++) {
      const region = this.#allocate(bytes, segment);
      if (region !== null) return region;
      const room = this.#madeRoom(bytes, segment, tries);
      if (room !== true) throw new GnistaError("OUT_OF_MEMORY", room ?? this.#noRoom(bytes));
    }
  }

  #noRoom(bytes: number): string {
    if (bytes > this.limit)
      return `${bytes} bytes in one piece are more than the whole memory of ${this.limit}; make rows or partitions smaller, or give the context more with the option memory`;
    return `${bytes} bytes more do not fit: ${this.used} of ${this.limit} are in use; give the context more with the option memory, use more partitions, or unpersist what is not needed`;
  }

  /** Calls `shortage` when this thread's allocations fail, in the middle of whatever it does. */
  onShortage(shortage: Shortage): void {
    this.#shortage = shortage;
  }

  #allocate(bytes: number, segment?: SegmentId): Region | null {
    const units = Math.max(1, Math.ceil(bytes / UNIT));
    for (const id of segment === undefined ? this.#byPreference() : [segment]) {
      const ptr = this.#take(id, units);
      if (ptr !== 0) return { segment: id, ptr, bytes: units * UNIT };
    }
    return null;
  }

  /** What makes room has only the room that there is. */
  #madeRoom(bytes: number, segment: SegmentId | undefined, tries: number): true | string | null {
    const shortage = this.#shortage;
    if (shortage === null || bytes > this.limit) return null;
    this.#shortage = null;
    try {
      return shortage(bytes, segment ?? null, tries);
    } finally {
      this.#shortage = shortage;
    }
  }

  free({ segment, ptr, bytes }: Region): void {
    const start = ptr / UNIT - 1;
    const end = start + 1 + bytes / UNIT;
    const { u32 } = this.#segments[segment];
    const head = HEADER + PER_SEGMENT * segment + 1;
    this.#lock(segment);
    let previous = 0;
    let next = this.#control[head] >>> 0;
    while (next !== 0 && next < start) {
      previous = next;
      next = u32[next * 16 + 1];
    }
    const twice = next === start;
    if (!twice) {
      let size = end - start;
      if (end === next) {
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
      Atomics.sub(this.#control, 0, bytes / UNIT);
      this.#control[head + 1] -= bytes / UNIT;
    }
    this.#unlock(segment);
    assert(!twice, "a region was freed twice");
  }

  takeOver(regions: readonly Region[]): void {
    for (const { segment, ptr } of regions)
      this.#segments[segment].u32[(ptr / UNIT - 1) * 16 + 1] = this.#owner;
  }

  condemn(owner: number): void {
    const fate = this.#fates.get(owner);
    if (fate === undefined) return;
    Atomics.store(fate, 0, 1);
    // If it is inside now, it gets to the end first; if it comes later, it sees the word.
    for (const { id } of this.#segments) {
      this.#lock(id);
      this.#unlock(id);
    }
    Atomics.store(fate, 0, OUTSIDE);
  }

  freeAllOf(owner: number): void {
    this.#breakLocksOf(owner);
    for (const { id } of this.#segments) for (const region of this.#ownedBy(owner, id)) this.free(region);
    this.#fates.delete(owner);
  }

  /** Who ends itself is not condemned first. It ends at a loop or a call: lists are whole then, but not what is counted. */
  #breakLocksOf(owner: number): void {
    const held = this.#segments.filter(({ id }) => Atomics.load(this.#control, lockOf(id)) === owner + 1);
    if (held.length === 0) return;
    for (const { id } of held) {
      let units = 0;
      for (const block of this.#blocks(id)) if (!block.isFree) units += block.units - 1;
      this.#control[lockOf(id) + 2] = units;
      this.#unlock(id);
    }
    for (const { id } of this.#segments) this.#lock(id);
    const units = this.#segments.reduce((sum, { id }) => sum + (this.#control[lockOf(id) + 2] >>> 0), 0);
    Atomics.store(this.#control, 0, units | 0);
    for (const { id } of this.#segments) this.#unlock(id);
  }

  heldBy(owner: number): number {
    let bytes = 0;
    for (const { id } of this.#segments) for (const region of this.#ownedBy(owner, id)) bytes += region.bytes;
    return bytes;
  }

  #ownedBy(owner: number, segment: SegmentId): Region[] {
    const { u32 } = this.#segments[segment];
    const owned: Region[] = [];
    this.#lock(segment);
    for (const { at, units, isFree } of this.#blocks(segment))
      if (!isFree && u32[at * 16 + 1] === owner)
        owned.push({ segment, ptr: (at + 1) * UNIT, bytes: (units - 1) * UNIT });
    this.#unlock(segment);
    return owned;
  }

  /** Free blocks and blocks handed out lie end to end. The segment must be locked. */
  *#blocks(
    segment: SegmentId,
  ): Generator<{ readonly at: number; readonly units: number; readonly isFree: boolean }> {
    const { u32 } = this.#segments[segment];
    const end = endOf(this.#segments[segment]);
    let free = this.#control[lockOf(segment) + 1] >>> 0;
    for (let at = 1; at < end; at += u32[at * 16]) {
      const isFree = at === free;
      if (isFree) free = u32[at * 16 + 1];
      yield { at, units: u32[at * 16], isFree };
    }
  }

  room(segment: SegmentId): number {
    return this.#segments[segment].bytes - this.#control[HEADER + PER_SEGMENT * segment + 2] * UNIT;
  }

  /** The first segment as long as most of it is left for what is made of its contents; then the emptiest. */
  *#byPreference(): Generator<SegmentId> {
    const [first] = this.#segments;
    if (this.room(first.id) > (1 - FIRST_SHARE) * first.bytes) yield first.id;
    for (const { id } of this.#segments.toSorted((a, b) => this.room(b.id) - this.room(a.id))) yield id;
  }

  arena(segment?: SegmentId): Arena {
    return new TaskArena(this, segment);
  }

  share(owner: number): HeapShare {
    const condemned = new SharedArrayBuffer(4);
    this.#fates.set(owner, new Int32Array(condemned));
    return {
      memories: this.#segments.map((s) => s.memory),
      control: this.#control.buffer as SharedArrayBuffer,
      condemned,
      owner,
    };
  }

  /** Drops this thread's references, so that the memory can go once every thread has. */
  close(): void {
    this.#segments = [];
  }

  /** First fit, from the low end of a free block. The pointer, or 0 when it fits no block or not the budget. */
  #take(segment: SegmentId, units: number): number {
    const { u32 } = this.#segments[segment];
    const head = HEADER + PER_SEGMENT * segment + 1;
    const wanted = units + 1;
    this.#lock(segment);
    let previous = 0;
    let at = this.#control[head] >>> 0;
    while (at !== 0 && u32[at * 16] < wanted) {
      previous = at;
      at = u32[at * 16 + 1];
    }
    // What the budget has not never counts as used, not even for a moment: threads at other segments would be refused.
    let fits = false;
    while (at !== 0 && !fits) {
      const used = Atomics.load(this.#control, 0);
      if ((used >>> 0) + units > this.#control[1] >>> 0) at = 0;
      else fits = Atomics.compareExchange(this.#control, 0, used, (used + units) | 0) === used;
    }
    if (at !== 0) {
      const size = u32[at * 16];
      let next = u32[at * 16 + 1];
      if (size > wanted) {
        const rest = at + wanted;
        u32[rest * 16] = size - wanted;
        u32[rest * 16 + 1] = next;
        next = rest;
      }
      if (previous === 0) this.#control[head] = next;
      else u32[previous * 16 + 1] = next;
      u32[at * 16] = wanted;
      u32[at * 16 + 1] = this.#owner;
      this.#control[head + 1] += units;
    }
    this.#unlock(segment);
    return at === 0 ? 0 : (at + 1) * UNIT;
  }

  #lock(segment: SegmentId): void {
    const at = lockOf(segment);
    const mine = this.#owner + 1;
    for (;;) {
      const holder = Atomics.compareExchange(this.#control, at, 0, mine);
      if (holder === 0 || (this.#isOutside(holder) && this.#takes(at, holder, mine))) break;
      Atomics.wait(this.#control, at, holder, 1);
    }
    if (Atomics.load(this.#condemned, 0) === 0) return;
    // It may end before it has let go, and whoever condemned it may have taken the lock from it.
    this.#takes(at, mine, 0);
    for (;;) for (const word of [1, OUTSIDE]) Atomics.wait(this.#condemned, 0, word);
  }

  #takes(at: number, from: number, to: number): boolean {
    return Atomics.compareExchange(this.#control, at, from, to) === from;
  }

  /** Whether who holds a lock was condemned before it took it, and does nothing under it. */
  #isOutside(holder: number): boolean {
    const fate = this.#fates.get(holder - 1);
    return fate !== undefined && Atomics.load(fate, 0) === OUTSIDE;
  }

  #unlock(segment: SegmentId): void {
    const at = lockOf(segment);
    Atomics.store(this.#control, at, 0);
    Atomics.notify(this.#control, at, 1);
  }
}

/** The unit after the last block. The last unit of a segment is in no block, so that kernels may read a little past the end of what they work on. */
function endOf({ bytes }: Segment): number {
  return Math.floor(bytes / UNIT) - 1;
}

function lockOf(segment: SegmentId): number {
  return HEADER + PER_SEGMENT * segment;
}
