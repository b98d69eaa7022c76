/** XXH64: https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md. BigInts cut to 64 bits at every step are machine words to the engine. */
import type { Segment } from "../../memory/segment.ts";
import type { CompressKernels } from "../compress-kernels.ts";

const P1 = 0x9e3779b185ebca87n;
const P2 = 0xc2b2ae3d27d4eb4fn;
const P3 = 0x165667b19e3779f9n;
const P4 = 0x85ebca77c2b2ae63n;
const P5 = 0x27d4eb2f165667c5n;

const add = (a: bigint, b: bigint): bigint => BigInt.asUintN(64, a + b);
const multiply = (a: bigint, b: bigint): bigint => BigInt.asUintN(64, a * b);
const rotate = (a: bigint, bits: bigint): bigint => BigInt.asUintN(64, a << bits) | (a >> (64n - bits));
const round = (lane: bigint, word: bigint): bigint =>
  multiply(rotate(add(lane, multiply(word, P2)), 31n), P1);
const mixIn = (hash: bigint, word: bigint, bits: bigint, by: bigint, plus: bigint): bigint =>
  add(multiply(rotate(hash ^ word, bits), by), plus);
const mergeLane = (hash: bigint, lane: bigint): bigint => add(multiply(hash ^ round(0n, lane), P1), P4);

export function checksumKernels({ u8 }: Segment): Pick<CompressKernels, "checksum"> {
  const view = new DataView(u8.buffer);
  return {
    checksum(ptr, bytes, seed) {
      const start = BigInt(seed);
      const end = ptr + bytes;
      let at = ptr;
      let hash = start + P5;
      if (bytes >= 32) {
        let a = add(start, P1 + P2);
        let b = add(start, P2);
        let c = start;
        let d = add(start, -P1);
        for (; end - at >= 32; at += 32) {
          a = round(a, view.getBigUint64(at, true));
          b = round(b, view.getBigUint64(at + 8, true));
          c = round(c, view.getBigUint64(at + 16, true));
          d = round(d, view.getBigUint64(at + 24, true));
        }
        hash = add(add(rotate(a, 1n), rotate(b, 7n)), add(rotate(c, 12n), rotate(d, 18n)));
        for (const lane of [a, b, c, d]) hash = mergeLane(hash, lane);
      }
      hash = add(hash, BigInt(bytes));
      for (; end - at >= 8; at += 8) hash = mixIn(hash, round(0n, view.getBigUint64(at, true)), 27n, P1, P4);
      if (end - at >= 4) {
        hash = mixIn(hash, multiply(BigInt(view.getUint32(at, true)), P1), 23n, P2, P3);
        at += 4;
      }
      for (; at < end; at++) hash = mixIn(hash, multiply(BigInt(u8[at]), P5), 11n, P1, 0n);
      hash = multiply(hash ^ (hash >> 33n), P2);
      hash = multiply(hash ^ (hash >> 29n), P3);
      return BigInt.asIntN(64, hash ^ (hash >> 32n));
    },
  };
}
