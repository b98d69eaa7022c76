// Grouping by a dense integer key: a slot a group, in row order. The first value of a group is stored, not added.

export function boundsU32(keys: usize, length: i32, into: usize): void {
  let min = load<u32>(keys);
  let max = min;
  let i = 0;
  if (length >= 4) {
    let low = v128.load(keys);
    let high = low;
    for (; i + 4 <= length; i += 4) {
      const lanes = v128.load(keys + ((<usize>i) << 2));
      low = i32x4.min_u(low, lanes);
      high = i32x4.max_u(high, lanes);
    }
    for (let lane = 0; lane < 4; lane++) {
      store<v128>(into, low);
      const a = load<u32>(into + ((<usize>lane) << 2));
      if (a < min) min = a;
      store<v128>(into, high);
      const b = load<u32>(into + ((<usize>lane) << 2));
      if (b > max) max = b;
    }
  }
  for (; i < length; i++) {
    const key = load<u32>(keys + ((<usize>i) << 2));
    if (key < min) min = key;
    if (key > max) max = key;
  }
  store<u32>(into, min);
  store<u32>(into, max, 4);
}

export function boundsI32(keys: usize, length: i32, into: usize): void {
  let min = load<i32>(keys);
  let max = min;
  for (let i = 0; i < length; i++) {
    const key = load<i32>(keys + ((<usize>i) << 2));
    if (key < min) min = key;
    if (key > max) max = key;
  }
  store<i32>(into, min);
  store<i32>(into, max, 4);
}

export function denseSum(keys: usize, values: usize, length: i32, base: u32, sums: usize, seen: usize): void {
  for (let i = 0; i < length; i++) {
    const group = <usize>(load<u32>(keys + ((<usize>i) << 2)) - base);
    const slot = sums + (group << 3);
    const value = load<f64>(values + ((<usize>i) << 3));
    const old = load<f64>(slot);
    store<f64>(slot, load<u8>(seen + group) ? old + value : value);
    store<u8>(seen + group, 1);
  }
}

export function denseMin(keys: usize, values: usize, length: i32, base: u32, sums: usize, seen: usize): void {
  for (let i = 0; i < length; i++) {
    const group = <usize>(load<u32>(keys + ((<usize>i) << 2)) - base);
    const slot = sums + (group << 3);
    const value = load<f64>(values + ((<usize>i) << 3));
    store<f64>(slot, load<u8>(seen + group) ? min<f64>(load<f64>(slot), value) : value);
    store<u8>(seen + group, 1);
  }
}

export function denseMax(keys: usize, values: usize, length: i32, base: u32, sums: usize, seen: usize): void {
  for (let i = 0; i < length; i++) {
    const group = <usize>(load<u32>(keys + ((<usize>i) << 2)) - base);
    const slot = sums + (group << 3);
    const value = load<f64>(values + ((<usize>i) << 3));
    store<f64>(slot, load<u8>(seen + group) ? max<f64>(load<f64>(slot), value) : value);
    store<u8>(seen + group, 1);
  }
}
