/** Small numbers that two right answers share and two different ones hardly do. */
import type { Digest } from "./workload.ts";

type Numbers = ArrayLike<number>;

/** Of (number, number) rows in any order. */
export function pairsDigest(keys: Numbers, values: Numbers): Digest {
  let sum = 0;
  let mixed = 0;
  for (let i = 0; i < keys.length; i++) {
    sum += values[i];
    mixed += ((keys[i] % 1009) + 1) * values[i];
  }
  return [keys.length, sum, mixed];
}

/** Of (word, number) rows in any order. */
export function wordsDigest(words: ArrayLike<string>, values: Numbers): Digest {
  let sum = 0;
  let mixed = 0;
  for (let i = 0; i < words.length; i++) {
    let hash = 0;
    const word = words[i];
    for (let k = 0; k < word.length; k++) hash = (Math.imul(hash, 31) + word.charCodeAt(k)) | 0;
    sum += values[i];
    mixed += (hash & 1023) * values[i];
  }
  return [words.length, sum, mixed];
}

/** Of rows in the order of their keys; payloads of equal keys may come in any order. */
export function orderedDigest(keys: ArrayLike<number> | ArrayLike<bigint>, payloads: Numbers): Digest {
  let position = 0;
  let sum = 0;
  let ordered = 1;
  for (let i = 0; i < keys.length; i++) {
    if (i > 0 && keys[i] < keys[i - 1]) ordered = 0;
    position += (i % 1021) * Number(keys[i]);
    sum += payloads[i];
  }
  return [keys.length, ordered, position, sum];
}

/** Of joined (key, left, right) rows in any order. */
export function joinedDigest(keys: Numbers, left: Numbers, right: Numbers): Digest {
  let keySum = 0;
  let leftSum = 0;
  let rightSum = 0;
  let products = 0;
  for (let i = 0; i < keys.length; i++) {
    keySum += keys[i];
    leftSum += left[i];
    rightSum += right[i];
    products += left[i] * right[i];
  }
  return [keys.length, keySum, leftSum, rightSum, products];
}
