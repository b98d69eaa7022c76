import { Buffer } from "node:buffer";
import { hashString, nonNegativeMod } from "../../column/hash-value.ts";
import type { Segment } from "../../memory/segment.ts";
import type { HashKernels } from "../kernels.ts";
import { bytesHash, canonicalDouble, sameBytes, spread } from "./hash-functions.ts";

function cellOf(hash: number, n: number, bits: number): number {
  return (nonNegativeMod(hash, n) << bits) | (bits === 0 ? 0 : Math.imul(hash, 0x9e3779b1) >>> (32 - bits));
}

export function hashKernels({ u8, i32, u32 }: Segment): HashKernels {
  const group8 =
    (double: boolean): HashKernels["groups8"] =>
    (keys, length, table, bits, groupKeys, state, limit, ids) => {
      const mask = (1 << bits) - 1;
      let count = u32[state / 4];
      let i = 0;
      for (; i < length; i++) {
        let low = u32[keys / 4 + i * 2];
        let high = u32[keys / 4 + i * 2 + 1];
        const original = [low, high];
        if (double) [low, high] = canonicalDouble(low, high);
        let at = spread(low, high, bits);
        let slot = table / 4 + at * 4;
        while (u32[slot + 2] !== 0 && (u32[slot] !== low || u32[slot + 1] !== high)) {
          at = (at + 1) & mask;
          slot = table / 4 + at * 4;
        }
        if (u32[slot + 2] === 0) {
          if (count === limit) break;
          u32[groupKeys / 4 + count * 2] = original[0];
          u32[groupKeys / 4 + count * 2 + 1] = original[1];
          u32[slot] = low;
          u32[slot + 1] = high;
          u32[slot + 2] = ++count;
        }
        u32[ids / 4 + i] = u32[slot + 2] - 1;
      }
      u32[state / 4] = count;
      return i;
    };
  /** Moves slots of `words` words, of which word `idAt` is the id plus one, to where `home` says. */
  const regroup =
    (words: number, idAt: number, home: (slot: number, bits: number) => number): HashKernels["regroup4"] =>
    (table, slots, into, bits) => {
      const mask = (1 << bits) - 1;
      for (let i = 0; i < slots; i++) {
        const from = table / 4 + i * words;
        if (u32[from + idAt] === 0) continue;
        let at = home(from, bits);
        while (u32[into / 4 + at * words + idAt] !== 0) at = (at + 1) & mask;
        u32.copyWithin(into / 4 + at * words, from, from + words);
      }
    };
  /** `string` gives the hash, the pointer and the size of a row's string. */
  const groupStrings = (
    string: (row: number) => readonly [number, number, number],
    length: number,
    table: number,
    bits: number,
    groups: number,
    state: number,
    limit: number,
    ids: number,
  ): number => {
    const mask = (1 << bits) - 1;
    let count = u32[state / 4];
    let i = 0;
    for (; i < length; i++) {
      const [hash, ptr, size] = string(i);
      let at = hash >>> (32 - bits);
      let slot = table / 4 + at * 4;
      for (; u32[slot + 3] !== 0; at = (at + 1) & mask, slot = table / 4 + at * 4) {
        if (u32[slot] !== hash) continue;
        const group = groups / 4 + (u32[slot + 3] - 1) * 2;
        if (u32[group + 1] === size && sameBytes(u8, u32[group], ptr, size)) break;
      }
      if (u32[slot + 3] === 0) {
        if (count === limit) break;
        u32[groups / 4 + count * 2] = ptr;
        u32[groups / 4 + count * 2 + 1] = size;
        u32[slot] = hash;
        u32[slot + 3] = ++count;
      }
      u32[ids / 4 + i] = u32[slot + 3] - 1;
    }
    u32[state / 4] = count;
    return i;
  };
  return {
    groups4(keys, length, table, bits, groupKeys, state, limit, ids) {
      const mask = (1 << bits) - 1;
      let count = u32[state / 4];
      let i = 0;
      for (; i < length; i++) {
        const key = u32[keys / 4 + i];
        let at = spread(key, 0, bits);
        let slot = table / 4 + at * 2;
        while (u32[slot + 1] !== 0 && u32[slot] !== key) {
          at = (at + 1) & mask;
          slot = table / 4 + at * 2;
        }
        if (u32[slot + 1] === 0) {
          if (count === limit) break;
          u32[groupKeys / 4 + count] = key;
          u32[slot] = key;
          u32[slot + 1] = ++count;
        }
        u32[ids / 4 + i] = u32[slot + 1] - 1;
      }
      u32[state / 4] = count;
      return i;
    },
    groups8: group8(false),
    groupsDouble: group8(true),
    groupsUtf8(offsets, bytes, length, table, bits, groups, state, limit, ids) {
      const string = (row: number): readonly [number, number, number] => {
        const at = u32[offsets / 4 + row];
        const size = u32[offsets / 4 + row + 1] - at;
        return [bytesHash(u8, bytes + at, size), bytes + at, size];
      };
      return groupStrings(string, length, table, bits, groups, state, limit, ids);
    },
    hashCellCounts(hashes, length, n, bits, counts) {
      for (let i = 0; i < length; i++) u32[counts / 4 + cellOf(i32[hashes / 4 + i], n, bits)]++;
    },
    scatterStrings(offsets, bytes, hashes, values, length, n, bits, next, outWords, outStrings, outValues) {
      for (let i = 0; i < length; i++) {
        const at = u32[next / 4 + cellOf(i32[hashes / 4 + i], n, bits)]++ * 2;
        const from = u32[offsets / 4 + i];
        const size = u32[offsets / 4 + i + 1] - from;
        u32[outWords / 4 + at] = bytesHash(u8, bytes + from, size);
        u32[outWords / 4 + at + 1] = 0;
        u32[outStrings / 4 + at] = bytes + from;
        u32[outStrings / 4 + at + 1] = size;
        u32.copyWithin(outValues / 4 + at, values / 4 + i * 2, values / 4 + i * 2 + 2);
      }
    },
    groupsWords(words, strings, length, table, bits, groups, state, limit, ids) {
      const string = (row: number): readonly [number, number, number] => [
        u32[words / 4 + row * 2],
        u32[strings / 4 + row * 2],
        u32[strings / 4 + row * 2 + 1],
      ];
      return groupStrings(string, length, table, bits, groups, state, limit, ids);
    },
    regroup4: regroup(2, 1, (slot, bits) => spread(u32[slot], 0, bits)),
    regroup8: regroup(4, 2, (slot, bits) => spread(u32[slot], u32[slot + 1], bits)),
    regroupUtf8: regroup(4, 3, (slot, bits) => u32[slot] >>> (32 - bits)),
    stringBytes(strings, count) {
      let total = 0;
      for (let i = 0; i < count; i++) total += u32[strings / 4 + i * 2 + 1];
      return total;
    },
    internStrings(strings, count, target) {
      let to = target;
      for (let i = 0; i < count; i++) {
        const from = u32[strings / 4 + i * 2];
        const size = u32[strings / 4 + i * 2 + 1];
        u8.copyWithin(to, from, from + size);
        u32[strings / 4 + i * 2] = to;
        to += size;
      }
    },
    copyStrings(strings, count, offsets, bytes) {
      let at = 0;
      for (let i = 0; i < count; i++) {
        u32[offsets / 4 + i] = at;
        const from = u32[strings / 4 + i * 2];
        const size = u32[strings / 4 + i * 2 + 1];
        u8.copyWithin(bytes + at, from, from + size);
        at += size;
      }
      u32[offsets / 4 + count] = at;
    },
    hashLongs(keys, length, into) {
      for (let i = 0; i < length; i++) u32[into / 4 + i] = u32[keys / 4 + i * 2] ^ u32[keys / 4 + i * 2 + 1];
    },
    hashUtf8(offsets, bytes, length, into) {
      const text = Buffer.from(u8.buffer);
      for (let i = 0; i < length; i++)
        u32[into / 4 + i] = hashString(
          text.toString("utf8", bytes + u32[offsets / 4 + i], bytes + u32[offsets / 4 + i + 1]),
        );
    },
  };
}
