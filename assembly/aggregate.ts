// Grouping by a dense integer key: an f64 slot a group, updated in row order. A slot starts as the identity of its aggregate,
// so the loops need no test for a first value; they report when a value was the identity itself, as only then an untouched
// slot cannot be told from a touched one. The group of a key is ((key - base) * inverse) >>> shift: keys that are n apart are
// divided by n exactly through the inverse of its odd part.

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
  let i = 0;
  if (length >= 4) {
    let low = v128.load(keys);
    let high = low;
    for (; i + 4 <= length; i += 4) {
      const lanes = v128.load(keys + ((<usize>i) << 2));
      low = i32x4.min_s(low, lanes);
      high = i32x4.max_s(high, lanes);
    }
    for (let lane = 0; lane < 4; lane++) {
      store<v128>(into, low);
      const a = load<i32>(into + ((<usize>lane) << 2));
      if (a < min) min = a;
      store<v128>(into, high);
      const b = load<i32>(into + ((<usize>lane) << 2));
      if (b > max) max = b;
    }
  }
  for (; i < length; i++) {
    const key = load<i32>(keys + ((<usize>i) << 2));
    if (key < min) min = key;
    if (key > max) max = key;
  }
  store<i32>(into, min);
  store<i32>(into, max, 4);
}

const SUM: i32 = 0;
const MIN: i32 = 1;
const MAX: i32 = 2;

// @ts-ignore: decorator
@inline
function slotOf(direct: bool, key: u32, base: u32, inverse: u32, shift: u32, slots: usize): usize {
  const distance = key - base;
  return slots + ((<usize>(direct ? distance : (distance * inverse) >> shift)) << 3);
}

// @ts-ignore: decorator
@inline
function update(op: i32, slot: usize, value: f64): void {
  const old = load<f64>(slot);
  store<f64>(slot, op == SUM ? old + value : op == MIN ? min<f64>(old, value) : max<f64>(old, value));
}

// @ts-ignore: decorator
@inline
function accumulate(op: i32, direct: bool, identity: f64, keys: usize, values: usize, length: i32, base: u32, inverse: u32, shift: u32, slots: usize): i32 {
  const unit = i64x2.splat(reinterpret<i64>(identity));
  let hits = i64x2.splat(0);
  let at = keys;
  let from = values;
  const pairs = keys + ((<usize>(length & ~3)) << 2);
  while (at < pairs) {
    const low = v128.load(from);
    const high = v128.load(from, 16);
    const a = load<u64>(at);
    const b = load<u64>(at, 8);
    hits = v128.or(hits, v128.or(i64x2.eq(low, unit), i64x2.eq(high, unit)));
    update(op, slotOf(direct, <u32>a, base, inverse, shift, slots), f64x2.extract_lane(low, 0));
    update(op, slotOf(direct, <u32>(a >> 32), base, inverse, shift, slots), f64x2.extract_lane(low, 1));
    update(op, slotOf(direct, <u32>b, base, inverse, shift, slots), f64x2.extract_lane(high, 0));
    update(op, slotOf(direct, <u32>(b >> 32), base, inverse, shift, slots), f64x2.extract_lane(high, 1));
    at += 16;
    from += 32;
  }
  let found: i32 = v128.any_true(hits) ? 1 : 0;
  const end = keys + ((<usize>length) << 2);
  while (at < end) {
    const value = load<f64>(from);
    if (reinterpret<i64>(value) == reinterpret<i64>(identity)) found = 1;
    update(op, slotOf(direct, load<u32>(at), base, inverse, shift, slots), value);
    at += 4;
    from += 8;
  }
  return found;
}

export function denseSum(keys: usize, values: usize, length: i32, base: u32, inverse: u32, shift: u32, slots: usize): i32 {
  if (inverse == 1 && shift == 0) return accumulate(SUM, true, -0.0, keys, values, length, base, 1, 0, slots);
  return accumulate(SUM, false, -0.0, keys, values, length, base, inverse, shift, slots);
}

export function denseMin(keys: usize, values: usize, length: i32, base: u32, inverse: u32, shift: u32, slots: usize): i32 {
  return accumulate(MIN, false, Infinity, keys, values, length, base, inverse, shift, slots);
}

export function denseMax(keys: usize, values: usize, length: i32, base: u32, inverse: u32, shift: u32, slots: usize): i32 {
  return accumulate(MAX, false, -Infinity, keys, values, length, base, inverse, shift, slots);
}

export function denseCount(keys: usize, length: i32, base: u32, inverse: u32, shift: u32, slots: usize): void {
  for (let i = 0; i < length; i++) {
    const slot = slotOf(false, load<u32>(keys + ((<usize>i) << 2)), base, inverse, shift, slots);
    store<f64>(slot, load<f64>(slot) + 1.0);
  }
}

export function denseFirst(keys: usize, values: usize, length: i32, base: u32, inverse: u32, shift: u32, slots: usize, seen: usize): void {
  for (let i = 0; i < length; i++) {
    const group = <usize>(((load<u32>(keys + ((<usize>i) << 2)) - base) * inverse) >> shift);
    if (load<u8>(seen + group)) continue;
    store<u8>(seen + group, 1);
    store<f64>(slots + (group << 3), load<f64>(values + ((<usize>i) << 3)));
  }
}

export function denseLast(keys: usize, values: usize, length: i32, base: u32, inverse: u32, shift: u32, slots: usize, seen: usize): void {
  for (let i = 0; i < length; i++) {
    const group = <usize>(((load<u32>(keys + ((<usize>i) << 2)) - base) * inverse) >> shift);
    store<u8>(seen + group, 1);
    store<f64>(slots + (group << 3), load<f64>(values + ((<usize>i) << 3)));
  }
}

export function denseMark(keys: usize, length: i32, base: u32, inverse: u32, shift: u32, seen: usize): void {
  for (let i = 0; i < length; i++)
    store<u8>(seen + <usize>(((load<u32>(keys + ((<usize>i) << 2)) - base) * inverse) >> shift), 1);
}

export function fillDoubles(target: usize, length: i32, value: f64): void {
  const lanes = f64x2.splat(value);
  let i = 0;
  for (; i + 2 <= length; i += 2) v128.store(target + ((<usize>i) << 3), lanes);
  if (i < length) store<f64>(target + ((<usize>i) << 3), value);
}

export function divideDoubles(values: usize, by: usize, length: i32): void {
  for (let i: usize = 0; i < <usize>length; i++) store<f64>(values + (i << 3), load<f64>(values + (i << 3)) / load<f64>(by + (i << 3)));
}

export function emitDense(slots: usize, from: i32, to: i32, step: i32, identity: f64, base: u32, stride: u32, outKeys: usize, outValues: usize): i32 {
  const none = reinterpret<i64>(identity);
  let at: i32 = 0;
  for (let slot = from; slot < to; slot += step) {
    const bits = load<i64>(slots + ((<usize>slot) << 3));
    // Written in any case, kept when the slot was touched: no branch depends on the data.
    store<u32>(outKeys + ((<usize>at) << 2), base + <u32>slot * stride);
    store<i64>(outValues + ((<usize>at) << 3), bits);
    at += <i32>(bits != none);
  }
  return at;
}

export function emitSeen(slots: usize, seen: usize, from: i32, to: i32, step: i32, base: u32, stride: u32, outKeys: usize, outValues: usize): i32 {
  let at: i32 = 0;
  for (let slot = from; slot < to; slot += step) {
    store<u32>(outKeys + ((<usize>at) << 2), base + <u32>slot * stride);
    store<i64>(outValues + ((<usize>at) << 3), load<i64>(slots + ((<usize>slot) << 3)));
    at += <i32>load<u8>(seen + <usize>slot);
  }
  return at;
}

export function doublesFromI32(source: usize, length: i32, target: usize): void {
  for (let i: usize = 0; i < <usize>length; i++) store<f64>(target + (i << 3), <f64>load<i32>(source + (i << 2)));
}

export function doublesFromU32(source: usize, length: i32, target: usize): void {
  for (let i: usize = 0; i < <usize>length; i++) store<f64>(target + (i << 3), <f64>load<u32>(source + (i << 2)));
}

export function doublesFromF32(source: usize, length: i32, target: usize): void {
  for (let i: usize = 0; i < <usize>length; i++) store<f64>(target + (i << 3), <f64>load<f32>(source + (i << 2)));
}
