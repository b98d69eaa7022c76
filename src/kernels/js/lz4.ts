/** The LZ4 block format; the compressor's choices, and so its bytes, are those of every backend. */
import type { Segment } from "../../memory/segment.ts";
import type { CompressKernels } from "../compress-kernels.ts";

const TABLE_SLOTS = 4096;
/** No copy begins in the last bytes of a block, or reaches its very last. */
const LAST_START = 12;
const LAST_LITERALS = 5;
const MOST_BACK = 65535;

export function lz4Kernels({ u8, u32 }: Segment): Pick<CompressKernels, "lz4Compress" | "lz4Decompress"> {
  const view = new DataView(u8.buffer);

  /** The slot of five bytes. */
  const slotOf = (table: number, at: number): number =>
    table / 4 +
    ((Math.imul(view.getUint32(at, true), 0x9e3779b1) ^ Math.imul(u8[at + 4], 0x85ebca77)) >>> 20);

  const storeMore = (to: number, length: number): number => {
    if (length < 15) return to;
    let rest = length - 15;
    for (; rest >= 255; rest -= 255) u8[to++] = 255;
    u8[to++] = rest;
    return to;
  };

  return {
    lz4Compress(src, srcBytes, dst, dstRoom, table) {
      const end = src + srcBytes;
      const toEnd = dst + dstRoom;
      let to = dst;
      let literals = src;
      if (srcBytes > LAST_START) {
        u32.fill(0, table / 4, table / 4 + TABLE_SLOTS);
        const lastStart = end - LAST_START;
        const lastEnd = end - LAST_LITERALS;
        let at = src + 1;
        while (at <= lastStart) {
          // The longer nothing is found, the larger the steps.
          let step = 64;
          let candidate = src;
          while (at <= lastStart) {
            const slot = slotOf(table, at);
            candidate = src + u32[slot];
            u32[slot] = at - src;
            if (view.getUint32(candidate, true) === view.getUint32(at, true) && at - candidate <= MOST_BACK)
              break;
            at += step++ >>> 6;
          }
          if (at > lastStart) break;
          let matchEnd = at + 4;
          const back = at - candidate;
          while (matchEnd < lastEnd && u8[matchEnd] === u8[matchEnd - back]) matchEnd++;
          while (at > literals && at - back > src && u8[at - 1] === u8[at - back - 1]) at--;
          const count = at - literals;
          const extra = matchEnd - at - 4;
          if (toEnd - to < 3 + count + moreBytes(count) + moreBytes(extra)) return 0;
          u8[to] = (Math.min(15, count) << 4) | Math.min(15, extra);
          to = storeMore(to + 1, count);
          u8.copyWithin(to, literals, at);
          to += count;
          view.setUint16(to, back, true);
          to = storeMore(to + 2, extra);
          literals = at = matchEnd;
          u32[slotOf(table, at - 2)] = at - 2 - src;
        }
      }
      const count = end - literals;
      if (toEnd - to < 1 + count + moreBytes(count)) return 0;
      u8[to] = Math.min(15, count) << 4;
      to = storeMore(to + 1, count);
      u8.copyWithin(to, literals, end);
      return to + count - dst;
    },
    lz4Decompress(src, srcBytes, dst, written, dstBytes) {
      const end = src + srcBytes;
      const toEnd = dst + dstBytes;
      let from = src;
      let to = dst + written;
      while (from < end) {
        const token = u8[from++];
        let count = token >>> 4;
        if (count === 15)
          for (let more = 255; more === 255; count += more) {
            if (from === end || count > toEnd - to) return -1;
            more = u8[from++];
          }
        if (count > end - from || count > toEnd - to) return -1;
        u8.copyWithin(to, from, from + count);
        from += count;
        to += count;
        // The last literals have no copy behind them.
        if (from === end) return to - dst;
        if (end - from < 2) return -1;
        const back = view.getUint16(from, true);
        from += 2;
        let copied = (token & 15) + 4;
        if (copied === 19)
          for (let more = 255; more === 255; copied += more) {
            if (from === end || copied > toEnd - to) return -1;
            more = u8[from++];
          }
        if (back === 0 || back > to - dst || copied > toEnd - to) return -1;
        // A copy may overlap what it writes.
        if (back >= copied) u8.copyWithin(to, to - back, to - back + copied);
        else for (let i = 0; i < copied; i++) u8[to + i] = u8[to + i - back];
        to += copied;
      }
      return -1;
    },
  };
}

/** What a length takes beyond its four bits. */
function moreBytes(length: number): number {
  return length < 15 ? 0 : Math.floor((length - 15) / 255) + 1;
}
