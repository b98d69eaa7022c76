// One stable pass of a least-significant-digit radix sort over 8-bit digits, carrying the row index with the key.

// @ts-ignore: decorator
@inline
function toStarts(counts: usize): void {
  let sum: u32 = 0;
  for (let d: usize = 0; d < 1024; d += 4) {
    const count = load<u32>(counts + d);
    store<u32>(counts + d, sum);
    sum += count;
  }
}

export function radixPass4(keys: usize, indices: usize, length: i32, shift: i32, outKeys: usize, outIndices: usize, counts: usize): void {
  memory.fill(counts, 0, 1024);
  for (let i = 0; i < length; i++) {
    const slot = counts + (<usize>((load<u32>(keys + (<usize>i << 2)) >> shift) & 255) << 2);
    store<u32>(slot, load<u32>(slot) + 1);
  }
  toStarts(counts);
  for (let i = 0; i < length; i++) {
    const key = load<u32>(keys + (<usize>i << 2));
    const slot = counts + (<usize>((key >> shift) & 255) << 2);
    const at = load<u32>(slot);
    store<u32>(slot, at + 1);
    store<u32>(outKeys + (<usize>at << 2), key);
    store<u32>(outIndices + (<usize>at << 2), load<u32>(indices + (<usize>i << 2)));
  }
}

export function radixPass8(keys: usize, indices: usize, length: i32, shift: i32, outKeys: usize, outIndices: usize, counts: usize): void {
  memory.fill(counts, 0, 1024);
  for (let i = 0; i < length; i++) {
    const slot = counts + (<usize>((load<u64>(keys + (<usize>i << 3)) >> shift) & 255) << 2);
    store<u32>(slot, load<u32>(slot) + 1);
  }
  toStarts(counts);
  for (let i = 0; i < length; i++) {
    const key = load<u64>(keys + (<usize>i << 3));
    const slot = counts + (<usize>((key >> shift) & 255) << 2);
    const at = load<u32>(slot);
    store<u32>(slot, at + 1);
    store<u64>(outKeys + (<usize>at << 3), key);
    store<u32>(outIndices + (<usize>at << 2), load<u32>(indices + (<usize>i << 2)));
  }
}
