import type { Segment } from "../../memory/segment.ts";
import type { JoinKernels } from "../kernels.ts";
import { NO_ROW } from "../select.ts";
import { bytesHash, canonicalDouble, sameBytes, spread } from "./hash-functions.ts";

export function joinKernels({ u8, u32 }: Segment): JoinKernels {
  const isMarked = (bits: number, id: number): boolean =>
    id !== NO_ROW && ((u32[bits / 4 + (id >>> 5)] >>> (id & 31)) & 1) === 1;
  const findWide =
    (double: boolean): JoinKernels["find8"] =>
    (keys, length, table, bits, _, ids) => {
      const mask = (1 << bits) - 1;
      for (let i = 0; i < length; i++) {
        let low = u32[keys / 4 + i * 2];
        let high = u32[keys / 4 + i * 2 + 1];
        if (double) [low, high] = canonicalDouble(low, high);
        let at = spread(low, high, bits);
        let slot = table / 4 + at * 4;
        while (u32[slot + 2] !== 0 && (u32[slot] !== low || u32[slot + 1] !== high)) {
          at = (at + 1) & mask;
          slot = table / 4 + at * 4;
        }
        u32[ids / 4 + i] = u32[slot + 2] - 1;
      }
    };
  const isBelow = (a: number, b: number): boolean =>
    u32[a / 4 + 1] < u32[b / 4 + 1] || (u32[a / 4 + 1] === u32[b / 4 + 1] && u32[a / 4] < u32[b / 4]);
  const isSame = (a: number, b: number): boolean =>
    u32[a / 4] === u32[b / 4] && u32[a / 4 + 1] === u32[b / 4 + 1];

  return {
    commonStep(keys, length, base) {
      let step = 0;
      for (let i = 0; i < length; i++)
        for (let rest = (u32[keys / 4 + i] - base) >>> 0; rest !== 0; ) [step, rest] = [rest, step % rest];
      return step;
    },
    denseIds(keys, length, base, inverse, shift, size, ids) {
      for (let i = 0; i < length; i++) {
        const product = Math.imul(u32[keys / 4 + i] - base, inverse);
        const place = ((product >>> shift) | (product << (32 - shift))) >>> 0;
        u32[ids / 4 + i] = place < size ? place : NO_ROW;
      }
    },
    find4(keys, length, table, bits, _, ids) {
      const mask = (1 << bits) - 1;
      for (let i = 0; i < length; i++) {
        const key = u32[keys / 4 + i];
        let at = spread(key, 0, bits);
        while (u32[table / 4 + at * 2 + 1] !== 0 && u32[table / 4 + at * 2] !== key) at = (at + 1) & mask;
        u32[ids / 4 + i] = u32[table / 4 + at * 2 + 1] - 1;
      }
    },
    find8: findWide(false),
    findDouble: findWide(true),
    findUtf8(offsets, bytes, length, table, bits, groups, ids) {
      const mask = (1 << bits) - 1;
      for (let i = 0; i < length; i++) {
        const ptr = bytes + u32[offsets / 4 + i];
        const size = u32[offsets / 4 + i + 1] - u32[offsets / 4 + i];
        const hash = bytesHash(u8, ptr, size);
        let at = hash >>> (32 - bits);
        let slot = table / 4 + at * 4;
        for (; u32[slot + 3] !== 0; at = (at + 1) & mask, slot = table / 4 + at * 4) {
          if (u32[slot] !== hash) continue;
          const group = groups / 4 + (u32[slot + 3] - 1) * 2;
          if (u32[group + 1] === size && sameBytes(u8, u32[group], ptr, size)) break;
        }
        u32[ids / 4 + i] = u32[slot + 3] - 1;
      }
    },
    imageRuns(images, length, runs, starts) {
      let count = 0;
      for (let i = 0; i < length; i++) {
        if (count > 0 && isSame(images + i * 8, runs + (count - 1) * 8)) continue;
        u32[runs / 4 + count * 2] = u32[images / 4 + i * 2];
        u32[runs / 4 + count * 2 + 1] = u32[images / 4 + i * 2 + 1];
        u32[starts / 4 + count++] = i;
      }
      u32[starts / 4 + count] = length;
      return count;
    },
    mergeIds(images, length, runs, count, ids) {
      let at = 0;
      for (let i = 0; i < length; i++) {
        while (at < count && isBelow(runs + at * 8, images + i * 8)) at++;
        u32[ids / 4 + i] = at < count && isSame(runs + at * 8, images + i * 8) ? at : NO_ROW;
      }
    },
    markIds(ids, length, bits) {
      let marked = 0;
      for (let i = 0; i < length; i++) {
        const id = u32[ids / 4 + i];
        if (id === NO_ROW || isMarked(bits, id)) continue;
        u32[bits / 4 + (id >>> 5)] |= 1 << (id & 31);
        marked++;
      }
      return marked;
    },
    startsOfCounts(counts, length) {
      let sum = 0;
      for (let i = 0; i <= length; i++) {
        const count = u32[counts / 4 + i];
        u32[counts / 4 + i] = sum;
        sum += count;
      }
    },
    keepMarked(ids, length, bits) {
      for (let i = 0; i < length; i++) if (!isMarked(bits, u32[ids / 4 + i])) u32[ids / 4 + i] = NO_ROW;
    },
    selectUnmarked(ids, length, bits, rows) {
      let count = 0;
      for (let i = 0; i < length; i++) if (!isMarked(bits, u32[ids / 4 + i])) u32[rows / 4 + count++] = i;
      return count;
    },
    selectFound(ids, length, first, lefts, rights) {
      let count = 0;
      for (let i = 0; i < length; i++) {
        const id = u32[ids / 4 + i];
        if (id === NO_ROW) continue;
        u32[lefts / 4 + count] = first + i;
        u32[rights / 4 + count++] = id;
      }
      return count;
    },
    expandMatches(ids, length, first, starts, outer, state, limit, lefts, rights) {
      let row = u32[state / 4];
      let done = u32[state / 4 + 1];
      let count = 0;
      const list = (right: number): void => {
        u32[lefts / 4 + count] = first + row;
        u32[rights / 4 + count++] = right;
      };
      for (; row < length; row++, done = 0) {
        const id = u32[ids / 4 + row];
        if (id === NO_ROW) {
          if (outer === 1 && count === limit) break;
          if (outer === 1) list(NO_ROW);
          continue;
        }
        const start = u32[starts / 4 + id];
        const end = u32[starts / 4 + id + 1];
        for (; start + done < end && count < limit; done++) list(start + done);
        if (start + done < end) break;
      }
      u32[state / 4] = row;
      u32[state / 4 + 1] = done;
      return count;
    },
    followRows(rows, length, indices) {
      for (let i = 0; i < length; i++) {
        const index = u32[indices / 4 + i];
        if (index !== NO_ROW) u32[indices / 4 + i] = u32[rows / 4 + index];
      }
    },
    foundMask(ids, length, found, mask) {
      for (let i = 0; i < length; i++) u8[mask + i] = (u32[ids / 4 + i] !== NO_ROW ? 1 : 0) === found ? 1 : 0;
    },
  };
}
