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
