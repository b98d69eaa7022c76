/** Kernels of what is written to disk: the LZ4 block format, and the byte planes that come before it. Lengths are in bytes, below 2^31. */
export interface CompressKernels {
  /**
   * One LZ4 block at `dst`; returns its bytes, or 0 when it would take more than `dstRoom`. `table` is 16 KiB of scratch. Nothing outside of the room
   * is written; what of the room lies behind the block is undefined.
   */
  lz4Compress(src: number, srcBytes: number, dst: number, dstRoom: number, table: number): number;
  /**
   * One LZ4 block to dst + written, whose copies may begin anywhere from `dst`; returns the bytes that there are then from `dst`, or -1 when the block is
   * corrupt or needs more than `dstBytes`. Whatever the block holds, only it is read, and only those bytes are written.
   */
  lz4Decompress(src: number, srcBytes: number, dst: number, written: number, dstBytes: number): number;
  /** target[k * length + i] = byte k of value i, `width` bytes each. */
  toBytePlanes(source: number, length: number, width: number, target: number): void;
  /** What undoes it. */
  fromBytePlanes(source: number, length: number, width: number, target: number): void;
}
