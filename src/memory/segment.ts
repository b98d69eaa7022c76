/**
 * A segment is one shared WebAssembly memory, at most 4 GiB, whose size is fixed when it is made: pages are
 * only backed by RAM when first touched, so reserving costs nothing and no view ever goes stale. JavaScript
 * typed arrays, WASM kernels and other threads see the same bytes at no copy. Pointers are byte offsets
 * from the segment's start; 0 is never handed out and means "none".
 */
export type SegmentId = number & { readonly __brand: "SegmentId" };

const PAGE = 65536;

/** A shared WebAssembly.Memory. Its own type comes with those of browsers, which programs that import the library need not have. */
export interface SharedMemory {
  readonly buffer: ArrayBufferLike;
}

export class Segment {
  readonly id: SegmentId;
  readonly memory: SharedMemory;
  readonly bytes: number;
  readonly u8: Uint8Array;
  readonly i8: Int8Array;
  readonly u16: Uint16Array;
  readonly i32: Int32Array;
  readonly u32: Uint32Array;
  readonly f32: Float32Array;
  readonly f64: Float64Array;
  readonly i64: BigInt64Array;
  readonly u64: BigUint64Array;

  constructor(id: SegmentId, memory: SharedMemory) {
    const buffer = memory.buffer;
    this.id = id;
    this.memory = memory;
    this.bytes = buffer.byteLength;
    this.u8 = new Uint8Array(buffer);
    this.i8 = new Int8Array(buffer);
    this.u16 = new Uint16Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.f32 = new Float32Array(buffer);
    this.f64 = new Float64Array(buffer);
    this.i64 = new BigInt64Array(buffer);
    this.u64 = new BigUint64Array(buffer);
  }

  /** Reserves a new segment of at least `bytes` (rounded up to 64 KiB, at most 4 GiB). */
  static create(id: SegmentId, bytes: number): Segment {
    const pages = Math.min(65536, Math.max(1, Math.ceil(bytes / PAGE)));
    return new Segment(id, new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }));
  }
}

/** Where the segment of an id is found. */
export interface Segments {
  segment(id: SegmentId): Segment;
}
