import { floorMod } from "./hash-functions";

// Partition ids, histograms and stable scatters. Scatter positions are computed once and used for every column of a row.

export function partitionInts(keys: usize, length: i32, n: i32, into: usize): void {
  if ((n & (n - 1)) == 0) {
    const mask = n - 1;
    let i = 0;
    const lanes = i32x4.splat(mask);
    for (; i + 4 <= length; i += 4) v128.store(into + (<usize>i << 2), v128.and(v128.load(keys + (<usize>i << 2)), lanes));
    for (; i < length; i++) store<i32>(into + (<usize>i << 2), load<i32>(keys + (<usize>i << 2)) & mask);
    return;
  }
  for (let i = 0; i < length; i++) store<i32>(into + (<usize>i << 2), floorMod(load<i32>(keys + (<usize>i << 2)), n));
}

export function partitionDoubles(keys: usize, length: i32, n: i32, into: usize): void {
  for (let i = 0; i < length; i++) store<i32>(into + (<usize>i << 2), floorMod(hashDouble(load<f64>(keys + (<usize>i << 3))), n));
}

// @ts-ignore: decorator
@inline
function hashDouble(value: f64): i32 {
  if (value >= -2147483648.0 && value < 4294967296.0) {
    const whole = <i64>value;
    if (<f64>whole == value) return <i32>whole;
  }
  if (value != value) return 0x7ff80000;
  const bits = reinterpret<i64>(value);
  return <i32>bits ^ <i32>(bits >> 32);
}

export function partitionHashes(hashes: usize, length: i32, n: i32, into: usize): void {
  partitionInts(hashes, length, n, into);
}

export function histogram(ids: usize, length: i32, counts: usize): void {
  for (let i = 0; i < length; i++) {
    const slot = counts + (<usize>load<u32>(ids + (<usize>i << 2)) << 2);
    store<u32>(slot, load<u32>(slot) + 1);
  }
}

export function positions(ids: usize, length: i32, next: usize, into: usize): void {
  for (let i = 0; i < length; i++) {
    const slot = next + (<usize>load<u32>(ids + (<usize>i << 2)) << 2);
    const at = load<u32>(slot);
    store<u32>(into + (<usize>i << 2), at);
    store<u32>(slot, at + 1);
  }
}

export function scatter4(source: usize, positions: usize, length: i32, target: usize): void {
  for (let i = 0; i < length; i++) store<u32>(target + (<usize>load<u32>(positions + (<usize>i << 2)) << 2), load<u32>(source + (<usize>i << 2)));
}

export function scatter8(source: usize, positions: usize, length: i32, target: usize): void {
  for (let i = 0; i < length; i++) store<u64>(target + (<usize>load<u32>(positions + (<usize>i << 2)) << 3), load<u64>(source + (<usize>i << 3)));
}

// Cells: the rows of a reduce partition by runs of keys, so that a run's groups fit a cache. The cell of a key is
// partition * runs + ((key - base) >> shift).

export function cellCounts(keys: usize, length: i32, n: i32, base: u32, shift: u32, runs: u32, counts: usize): void {
  const mask = n - 1;
  if ((n & mask) == 0)
    for (let i = 0; i < length; i++) {
      const key = load<u32>(keys + (<usize>i << 2));
      const slot = counts + (<usize>((key & mask) * runs + ((key - base) >> shift)) << 2);
      store<u32>(slot, load<u32>(slot) + 1);
    }
  else
    for (let i = 0; i < length; i++) {
      const key = load<u32>(keys + (<usize>i << 2));
      const slot = counts + (<usize>(<u32>floorMod(key, n) * runs + ((key - base) >> shift)) << 2);
      store<u32>(slot, load<u32>(slot) + 1);
    }
}

export function scatterCells(keys: usize, values: usize, length: i32, n: i32, base: u32, shift: u32, runs: u32, next: usize, outKeys: usize, outValues: usize): void {
  const mask = n - 1;
  if ((n & mask) == 0)
    for (let i = 0; i < length; i++) {
      const key = load<u32>(keys + (<usize>i << 2));
      put(key, (key & mask) * runs + ((key - base) >> shift), load<u64>(values + (<usize>i << 3)), next, outKeys, outValues);
    }
  else
    for (let i = 0; i < length; i++) {
      const key = load<u32>(keys + (<usize>i << 2));
      put(key, <u32>floorMod(key, n) * runs + ((key - base) >> shift), load<u64>(values + (<usize>i << 3)), next, outKeys, outValues);
    }
}

// @ts-ignore: decorator
@inline
function put(key: u32, cell: u32, value: u64, next: usize, outKeys: usize, outValues: usize): void {
  const slot = next + (<usize>cell << 2);
  const at = load<u32>(slot);
  store<u32>(slot, at + 1);
  store<u32>(outKeys + (<usize>at << 2), key);
  store<u64>(outValues + (<usize>at << 3), value);
}

// The same when a table says the partition of each key: the codes of a dictionary.

export function codeCellCounts(codes: usize, length: i32, partitions: usize, shift: u32, runs: u32, counts: usize): void {
  for (let i = 0; i < length; i++) {
    const code = load<u32>(codes + (<usize>i << 2));
    const slot = counts + (<usize>(load<u32>(partitions + (<usize>code << 2)) * runs + (code >> shift)) << 2);
    store<u32>(slot, load<u32>(slot) + 1);
  }
}

export function scatterCodeCells(codes: usize, values: usize, length: i32, partitions: usize, shift: u32, runs: u32, next: usize, outKeys: usize, outValues: usize): void {
  for (let i = 0; i < length; i++) {
    const code = load<u32>(codes + (<usize>i << 2));
    put(code, load<u32>(partitions + (<usize>code << 2)) * runs + (code >> shift), load<u64>(values + (<usize>i << 3)), next, outKeys, outValues);
  }
}
