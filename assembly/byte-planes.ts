// Values of 4 or 8 bytes as planes: all first bytes, then all second ones, and so on; 16 values at a time. The bytes of a plane are alike where
// those of a value are not, so that planes are compressed better and faster.

// Four vectors of four u32 as the rows of a matrix; row r of its transpose.
// @ts-ignore: decorator
@inline
function transposed(r: i32, a: v128, b: v128, c: v128, d: v128): v128 {
  if (r < 2) {
    const even = i32x4.shuffle(a, b, 0, 4, 1, 5);
    const odd = i32x4.shuffle(c, d, 0, 4, 1, 5);
    return r == 0 ? i64x2.shuffle(even, odd, 0, 2) : i64x2.shuffle(even, odd, 1, 3);
  }
  const even = i32x4.shuffle(a, b, 2, 6, 3, 7);
  const odd = i32x4.shuffle(c, d, 2, 6, 3, 7);
  return r == 2 ? i64x2.shuffle(even, odd, 0, 2) : i64x2.shuffle(even, odd, 1, 3);
}

// The bytes of a 4 x 4 matrix, transposed.
// @ts-ignore: decorator
@inline
function turned(four: v128): v128 {
  return i8x16.shuffle(four, four, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
}

// Four values of 8 bytes: their bytes 0 to 3, and 4 to 7, each a lane of a plane.
// @ts-ignore: decorator
@inline
function lowBytes(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 8, 16, 24, 1, 9, 17, 25, 2, 10, 18, 26, 3, 11, 19, 27);
}

// @ts-ignore: decorator
@inline
function highBytes(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 4, 12, 20, 28, 5, 13, 21, 29, 6, 14, 22, 30, 7, 15, 23, 31);
}

export function toBytePlanes(source: usize, length: i32, width: i32, target: usize): void {
  const n = <usize>length;
  const w = <usize>width;
  let i: usize = 0;
  if (width == 4)
    for (; i + 16 <= n; i += 16) {
      const from = source + i * 4;
      const a = turned(v128.load(from));
      const b = turned(v128.load(from, 16));
      const c = turned(v128.load(from, 32));
      const d = turned(v128.load(from, 48));
      const to = target + i;
      v128.store(to, transposed(0, a, b, c, d));
      v128.store(to + n, transposed(1, a, b, c, d));
      v128.store(to + 2 * n, transposed(2, a, b, c, d));
      v128.store(to + 3 * n, transposed(3, a, b, c, d));
    }
  else if (width == 8)
    for (; i + 16 <= n; i += 16) {
      const from = source + i * 8;
      const s = v128.load(from);
      const t = v128.load(from, 16);
      const u = v128.load(from, 32);
      const v = v128.load(from, 48);
      const w = v128.load(from, 64);
      const x = v128.load(from, 80);
      const y = v128.load(from, 96);
      const z = v128.load(from, 112);
      const a = lowBytes(s, t);
      const b = lowBytes(u, v);
      const c = lowBytes(w, x);
      const d = lowBytes(y, z);
      const to = target + i;
      v128.store(to, transposed(0, a, b, c, d));
      v128.store(to + n, transposed(1, a, b, c, d));
      v128.store(to + 2 * n, transposed(2, a, b, c, d));
      v128.store(to + 3 * n, transposed(3, a, b, c, d));
      const e = highBytes(s, t);
      const f = highBytes(u, v);
      const g = highBytes(w, x);
      const h = highBytes(y, z);
      const high = to + 4 * n;
      v128.store(high, transposed(0, e, f, g, h));
      v128.store(high + n, transposed(1, e, f, g, h));
      v128.store(high + 2 * n, transposed(2, e, f, g, h));
      v128.store(high + 3 * n, transposed(3, e, f, g, h));
    }
  for (; i < n; i++) for (let k: usize = 0; k < w; k++) store<u8>(target + k * n + i, load<u8>(source + i * w + k));
}

// Four values of 8 bytes from their bytes 0 to 3 and 4 to 7: the first two, and the others.
// @ts-ignore: decorator
@inline
function storeFour(to: usize, low: v128, high: v128): void {
  v128.store(to, i8x16.shuffle(low, high, 0, 4, 8, 12, 16, 20, 24, 28, 1, 5, 9, 13, 17, 21, 25, 29));
  v128.store(to, i8x16.shuffle(low, high, 2, 6, 10, 14, 18, 22, 26, 30, 3, 7, 11, 15, 19, 23, 27, 31), 16);
}

export function fromBytePlanes(source: usize, length: i32, width: i32, target: usize): void {
  const n = <usize>length;
  const w = <usize>width;
  let i: usize = 0;
  if (width == 4)
    for (; i + 16 <= n; i += 16) {
      const from = source + i;
      const a = v128.load(from);
      const b = v128.load(from + n);
      const c = v128.load(from + 2 * n);
      const d = v128.load(from + 3 * n);
      const to = target + i * 4;
      v128.store(to, turned(transposed(0, a, b, c, d)));
      v128.store(to, turned(transposed(1, a, b, c, d)), 16);
      v128.store(to, turned(transposed(2, a, b, c, d)), 32);
      v128.store(to, turned(transposed(3, a, b, c, d)), 48);
    }
  else if (width == 8)
    for (; i + 16 <= n; i += 16) {
      const from = source + i;
      const a = v128.load(from);
      const b = v128.load(from + n);
      const c = v128.load(from + 2 * n);
      const d = v128.load(from + 3 * n);
      const high = from + 4 * n;
      const e = v128.load(high);
      const f = v128.load(high + n);
      const g = v128.load(high + 2 * n);
      const h = v128.load(high + 3 * n);
      const to = target + i * 8;
      storeFour(to, transposed(0, a, b, c, d), transposed(0, e, f, g, h));
      storeFour(to + 32, transposed(1, a, b, c, d), transposed(1, e, f, g, h));
      storeFour(to + 64, transposed(2, a, b, c, d), transposed(2, e, f, g, h));
      storeFour(to + 96, transposed(3, a, b, c, d), transposed(3, e, f, g, h));
    }
  for (; i < n; i++) for (let k: usize = 0; k < w; k++) store<u8>(target + i * w + k, load<u8>(source + k * n + i));
}
