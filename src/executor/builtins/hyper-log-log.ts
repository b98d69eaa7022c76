/**
 * HyperLogLog over 64-bit mixed hashes: 2^p registers, each the longest run of leading zeros that it has seen; linear counting for small
 * cardinalities. Merging is the maximum, register by register.
 */
import { keyOf } from "../../column/equality.ts";
import { GnistaError } from "../../errors.ts";

/** How many bits of a hash choose the register: given as such, or for a relative standard deviation of 1.054 / sqrt(2^p). */
export function precisionOf(relativeSDOrP: number, operation: string): number {
  const p = relativeSDOrP >= 1 ? relativeSDOrP : Math.ceil(2 * Math.log2(1.054 / relativeSDOrP));
  if (!(Number.isInteger(p) && p >= 4 && p <= 24))
    throw new GnistaError(
      "INVALID_ARGUMENT",
      `${operation} needs a relative standard deviation between 0.0003 and 0.26, or a precision from 4 to 24, got ${relativeSDOrP}`,
    );
  return p;
}

export function emptyRegisters(p: number): Uint8Array {
  return new Uint8Array(2 ** p);
}

/** Adds a value, in place. */
export function addHash(registers: Uint8Array, value: unknown): Uint8Array {
  const identity = keyOf(value);
  const [high, low] = hash64(
    typeof identity === "string" ? identity : `${typeof identity} ${String(identity)}`,
  );
  const p = 31 - Math.clz32(registers.length);
  const at = high >>> (32 - p);
  const rest = ((high << p) | (low >>> (32 - p))) >>> 0;
  const rank = rest === 0 ? 33 : Math.clz32(rest) + 1;
  if (rank > registers[at]) registers[at] = rank;
  return registers;
}

/** Adds the second to the first, in place. */
export function mergeRegisters(registers: Uint8Array, more: Uint8Array): Uint8Array {
  for (let i = 0; i < registers.length; i++) if (more[i] > registers[i]) registers[i] = more[i];
  return registers;
}

export function estimate(registers: Uint8Array): number {
  const m = registers.length;
  const alpha = m === 16 ? 0.673 : m === 32 ? 0.697 : m === 64 ? 0.709 : 0.7213 / (1 + 1.079 / m);
  let inverse = 0;
  let zeros = 0;
  for (const rank of registers) {
    inverse += 2 ** -rank;
    if (rank === 0) zeros++;
  }
  const raw = (alpha * m * m) / inverse;
  return Math.round(raw <= 2.5 * m && zeros > 0 ? m * Math.log(m / zeros) : raw);
}

function hash64(text: string): [number, number] {
  let a = 0x9e3779b9;
  let b = 0x85ebca6b;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    a = Math.imul(a ^ c, 0xcc9e2d51);
    a = (a << 15) | (a >>> 17);
    b = Math.imul(b + c, 0x1b873593) ^ a;
    b = (b << 13) | (b >>> 19);
  }
  return [mix(a ^ b), mix(b + text.length)];
}

function mix(h: number): number {
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
