/** Generated columns, the same on every machine. */

/** Uniform u32 numbers: xorshift32. */
export function randomU32(length: number, seed: number): Uint32Array<ArrayBuffer> {
  const values = new Uint32Array(length);
  let x = seed | 0 || 1;
  for (let i = 0; i < length; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    values[i] = x;
  }
  return values;
}

/** Uniform keys 0 to `distinct` - 1. */
export function randomKeys(length: number, distinct: number, seed: number): Uint32Array<ArrayBuffer> {
  const values = randomU32(length, seed);
  for (let i = 0; i < length; i++) values[i] = Math.floor((values[i] / 2 ** 32) * distinct);
  return values;
}

export function randomU64(length: number, seed: number): BigUint64Array<ArrayBuffer> {
  return new BigUint64Array(randomU32(2 * length, seed).buffer);
}

/** Uniform in [0, 1). */
export function randomF64(length: number, seed: number): Float64Array<ArrayBuffer> {
  const bits = randomU32(length, seed);
  const values = new Float64Array(length);
  for (let i = 0; i < length; i++) values[i] = bits[i] / 2 ** 32;
  return values;
}

/** 0 to `length` - 1 in random order. */
export function permutation(length: number, seed: number): Uint32Array<ArrayBuffer> {
  const bits = randomU32(length, seed);
  const values = Uint32Array.from({ length }, (_, i) => i);
  for (let i = length - 1; i > 0; i--) {
    const j = Math.floor((bits[i] / 2 ** 32) * (i + 1));
    const swapped = values[i];
    values[i] = values[j];
    values[j] = swapped;
  }
  return values;
}

/** Pronounceable words, all different. */
export function distinctWords(count: number): string[] {
  const consonants = "bdfgklmnprstvz";
  const vowels = "aeiou";
  const base = consonants.length * vowels.length;
  return Array.from({ length: count }, (_, i) => {
    let word = "";
    for (let rest = i + base ** 2; rest > 0; rest = Math.floor(rest / base)) {
      const syllable = rest % base;
      word += consonants[Math.floor(syllable / vowels.length)] + vowels[syllable % vowels.length];
    }
    return word;
  });
}
