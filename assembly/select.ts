// Gather and filter. Filters write every value and advance by the mask, so that no branch depends on the data.

export function gather4(source: usize, indices: usize, length: i32, target: usize): void {
  for (let i = 0; i < length; i++)
    store<u32>(
      target + ((<usize>i) << 2),
      load<u32>(source + ((<usize>load<u32>(indices + ((<usize>i) << 2))) << 2)),
    );
}

export function gather8(source: usize, indices: usize, length: i32, target: usize): void {
  for (let i = 0; i < length; i++)
    store<u64>(
      target + ((<usize>i) << 3),
      load<u64>(source + ((<usize>load<u32>(indices + ((<usize>i) << 2))) << 3)),
    );
}

export function countMask(mask: usize, length: i32): i32 {
  let count = 0;
  let i = 0;
  for (; i + 8 <= length; i += 8) count += <i32>popcnt<u64>(load<u64>(mask + <usize>i));
  for (; i < length; i++) count += load<u8>(mask + <usize>i);
  return count;
}

export function filter4(source: usize, mask: usize, length: i32, target: usize): i32 {
  let to = target;
  for (let i = 0; i < length; i++) {
    const keep = load<u8>(mask + <usize>i);
    store<u32>(to, load<u32>(source + ((<usize>i) << 2)));
    to += (<usize>keep) << 2;
  }
  return <i32>((to - target) >> 2);
}

export function filter8(source: usize, mask: usize, length: i32, target: usize): i32 {
  let to = target;
  for (let i = 0; i < length; i++) {
    const keep = load<u8>(mask + <usize>i);
    store<u64>(to, load<u64>(source + ((<usize>i) << 3)));
    to += (<usize>keep) << 3;
  }
  return <i32>((to - target) >> 3);
}

export function gather1(source: usize, indices: usize, length: i32, target: usize): void {
  for (let i: usize = 0; i < <usize>length; i++) store<u8>(target + i, load<u8>(source + <usize>load<u32>(indices + (i << 2))));
}

export function gatherWide(source: usize, indices: usize, length: i32, width: i32, target: usize): void {
  const w = <usize>width;
  for (let i: usize = 0; i < <usize>length; i++) memory.copy(target + i * w, source + <usize>load<u32>(indices + (i << 2)) * w, w);
}

export function gatherOffsets(offsets: usize, indices: usize, length: i32, target: usize): f64 {
  let total: u64 = 0;
  for (let i: usize = 0; i < <usize>length; i++) {
    store<u32>(target + (i << 2), <u32>total);
    const row = offsets + (<usize>load<u32>(indices + (i << 2)) << 2);
    total += <u64>(load<u32>(row, 4) - load<u32>(row));
  }
  store<u32>(target + (<usize>length << 2), <u32>total);
  return <f64>total;
}

// Short strings, eight bytes at a time where that stays within both the string and its place.
export function gatherStrings(offsets: usize, values: usize, indices: usize, length: i32, targetOffsets: usize, target: usize): void {
  for (let i: usize = 0; i < <usize>length; i++) {
    const row = offsets + (<usize>load<u32>(indices + (i << 2)) << 2);
    const from = values + <usize>load<u32>(row);
    const to = target + <usize>load<u32>(targetOffsets + (i << 2));
    const size = <usize>(load<u32>(row, 4) - load<u32>(row));
    if (size > 64) memory.copy(to, from, size);
    else if (size >= 8) {
      for (let k: usize = 0; k + 8 < size; k += 8) store<u64>(to + k, load<u64>(from + k));
      store<u64>(to + size - 8, load<u64>(from + size - 8));
    } else for (let k: usize = 0; k < size; k++) store<u8>(to + k, load<u8>(from + k));
  }
}

export function nullableRows(indices: usize, length: i32, rows: usize, validity: usize): i32 {
  const n = <usize>length;
  let nulls = 0;
  for (let i: usize = 0; i < n; i += 8) {
    let byte = 0;
    const end = min<usize>(8, n - i);
    for (let k: usize = 0; k < end; k++) {
      const index = load<u32>(indices + ((i + k) << 2));
      const valid = <i32>(index != 0xffffffff);
      store<u32>(rows + ((i + k) << 2), valid ? index : 0);
      byte |= valid << <i32>k;
      nulls += 1 - valid;
    }
    store<u8>(validity + (i >> 3), <u8>byte);
  }
  return nulls;
}

export function scatter1(source: usize, positions: usize, length: i32, target: usize): void {
  for (let i: usize = 0; i < <usize>length; i++) store<u8>(target + <usize>load<u32>(positions + (i << 2)), load<u8>(source + i));
}

export function scatterWide(source: usize, positions: usize, length: i32, width: i32, target: usize): void {
  const w = <usize>width;
  for (let i: usize = 0; i < <usize>length; i++) memory.copy(target + <usize>load<u32>(positions + (i << 2)) * w, source + i * w, w);
}

export function copyBytes(source: usize, bytes: usize, target: usize): void {
  memory.copy(target, source, bytes);
}

export function rowNumbers(first: i32, length: i32, target: usize): void {
  let lanes = i32x4.add(i32x4.splat(first), i32x4(0, 1, 2, 3));
  const four = i32x4.splat(4);
  let i: usize = 0;
  for (; i + 4 <= <usize>length; i += 4) {
    v128.store(target + (i << 2), lanes);
    lanes = i32x4.add(lanes, four);
  }
  for (; i < <usize>length; i++) store<u32>(target + (i << 2), <u32>first + <u32>i);
}
