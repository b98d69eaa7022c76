/**
 * The repeats of a block, found greedily through a hash of four bytes within a window of 64 KiB: what LZ4 and Snappy have in common. As LZ4
 * wants it, no repeat starts in the last 12 bytes nor reaches into the last 5.
 */
const HASH_BITS = 14;
const WINDOW = 65535;
const table = new Int32Array(1 << HASH_BITS);

/** Told of each repeat: `from` is where the bytes start that came since the one before, `at` where it starts. */
export type OnMatch = (from: number, at: number, offset: number, length: number) => void;

/** Returns where the bytes after the last repeat start. */
export function findMatches(input: Uint8Array, onMatch: OnMatch): number {
  const lastStart = input.length - 12;
  const lastEnd = input.length - 5;
  table.fill(-1);
  let from = 0;
  let at = 0;
  let misses = 0;
  while (at <= lastStart) {
    const word = wordAt(input, at);
    const slot = Math.imul(word, 0x9e3779b1) >>> (32 - HASH_BITS);
    const candidate = table[slot];
    table[slot] = at;
    if (candidate < 0 || at - candidate > WINDOW || wordAt(input, candidate) !== word) {
      // Bigger steps through what does not repeat.
      at += 1 + (misses++ >> 6);
      continue;
    }
    let end = at + 4;
    for (let k = candidate + 4; end < lastEnd && input[end] === input[k]; k++) end++;
    onMatch(from, at, at - candidate, end - at);
    from = at = end;
    misses = 0;
  }
  return from;
}

function wordAt(input: Uint8Array, at: number): number {
  return input[at] | (input[at + 1] << 8) | (input[at + 2] << 16) | (input[at + 3] << 24);
}
