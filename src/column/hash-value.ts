/**
 * The hash that decides a row's partition, for any JavaScript value: Java's where Java has one, so that
 * `new HashPartitioner(n)` puts an integer or a string where Spark would. It is part of the contract: every
 * backend's column hash must give the same 32 bits (`kernels/hash.ts`).
 *
 *   null, undefined 0 · true 1231, false 1237 · a number that is an integer in [-2^31, 2^32) its low 32 bits,
 *   any other number the xor of the halves of its f64 bits (-0 is 0; one NaN) · bigint the xor of the halves of its
 *   low 64 bits · string 31-polynomial over UTF-16 · Date as its milliseconds · arrays and typed arrays
 *   31-polynomial over the elements starting at 1 · plain objects the same over keys and values in key order
 */
const word = new DataView(new ArrayBuffer(8));

export function hashValue(value: unknown): number {
  switch (typeof value) {
    case "number":
      return hashNumber(value);
    case "string":
      return hashString(value);
    case "boolean":
      return value ? 1231 : 1237;
    case "bigint": {
      word.setBigInt64(0, BigInt.asIntN(64, value));
      return word.getInt32(0) ^ word.getInt32(4);
    }
    case "object":
      return value === null ? 0 : hashObject(value);
    default:
      return 0;
  }
}

export function hashNumber(value: number): number {
  const low = value | 0;
  if (low === value || low >>> 0 === value) return low;
  if (Number.isNaN(value)) return 0x7ff80000;
  word.setFloat64(0, value);
  return word.getInt32(0) ^ word.getInt32(4);
}

export function hashString(value: string): number {
  let hash = 0;
  for (let i = 0; i < value.length; i++) hash = (Math.imul(hash, 31) + value.charCodeAt(i)) | 0;
  return hash;
}

function hashObject(value: object): number {
  if (value instanceof Date) return hashNumber(value.getTime());
  let hash = 1;
  if (Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))) {
    for (const item of value as ArrayLike<unknown> & Iterable<unknown>)
      hash = (Math.imul(hash, 31) + hashValue(item)) | 0;
    return hash;
  }
  if (value instanceof Map || value instanceof Set) {
    for (const item of value) hash = (hash + hashValue(item)) | 0;
    return hash;
  }
  const record = value as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(record).sort()) {
    hash = (Math.imul(hash, 31) + hashString(key)) | 0;
    hash = (Math.imul(hash, 31) + hashValue(record[key])) | 0;
  }
  return hash;
}

/** Java's floorMod: the partition of a hash among `n`. */
export function nonNegativeMod(hash: number, n: number): number {
  const rest = hash % n;
  return rest < 0 ? rest + n : rest;
}
