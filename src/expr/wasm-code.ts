/**
 * A byte emitter for small WebAssembly modules: one exported function over an imported shared memory, with an imported remainder. Bytes are
 * appended as instructions are named; sizes are patched in by building inner sections first. Cost: microseconds.
 */

export const I32 = 0x7f;
export const F64 = 0x7c;
export const V128 = 0x7b;
export type ValueType = typeof I32 | typeof F64 | typeof V128;

const VOID = 0x40;
const SIMD = 0xfd;
/** Saturating conversions have a prefix of their own. */
const MISC = 0xfc;

/** The index of the imported `(a, b) => a % b`; the loop itself comes after it. */
const REMAINDER = 0;

export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value >>> 0;
  do {
    const byte = rest & 127;
    rest >>>= 7;
    bytes.push(rest === 0 ? byte : byte | 128);
  } while (rest !== 0);
  return bytes;
}

function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const byte = rest & 127;
    rest >>= 7;
    if ((rest === 0 && (byte & 64) === 0) || (rest === -1 && (byte & 64) !== 0)) {
      bytes.push(byte);
      return bytes;
    }
    bytes.push(byte | 128);
  }
}

function doubleBytes(value: number): number[] {
  return [...new Uint8Array(new Float64Array([value]).buffer)];
}

const OPS = {
  select: 0x1b,
  end: 0x0b,
  "i32.eqz": 0x45,
  "i32.ge_u": 0x4f,
  "i32.add": 0x6a,
  "i32.mul": 0x6c,
  "i32.rem_s": 0x6f,
  "i32.rem_u": 0x70,
  "i32.and": 0x71,
  "i32.or": 0x72,
  "i32.xor": 0x73,
  "i32.shl": 0x74,
  "i32.shr_s": 0x75,
  "i32.shr_u": 0x76,
  "i32.wrap_i64": 0xa7,
  "f64.eq": 0x61,
  "f64.ne": 0x62,
  "f64.lt": 0x63,
  "f64.gt": 0x64,
  "f64.le": 0x65,
  "f64.ge": 0x66,
  "f64.abs": 0x99,
  "f64.neg": 0x9a,
  "f64.ceil": 0x9b,
  "f64.floor": 0x9c,
  "f64.trunc": 0x9d,
  "f64.sqrt": 0x9f,
  "f64.add": 0xa0,
  "f64.sub": 0xa1,
  "f64.mul": 0xa2,
  "f64.div": 0xa3,
  "f64.min": 0xa4,
  "f64.max": 0xa5,
  "f64.copysign": 0xa6,
  "f32.demote_f64": 0xb6,
  "f64.convert_i32_s": 0xb7,
  "f64.convert_i32_u": 0xb8,
  "f64.promote_f32": 0xbb,
} as const;

const MISC_OPS = { "i32.trunc_sat_f64_s": 2, "i32.trunc_sat_f64_u": 3, "i64.trunc_sat_f64_s": 6 } as const;

const SIMD_OPS = {
  "f64x2.splat": 0x14,
  "f64x2.eq": 0x47,
  "f64x2.ne": 0x48,
  "f64x2.lt": 0x49,
  "f64x2.gt": 0x4a,
  "f64x2.le": 0x4b,
  "f64x2.ge": 0x4c,
  "v128.not": 0x4d,
  "v128.and": 0x4e,
  "v128.or": 0x50,
  "v128.bitselect": 0x52,
  "f32x4.demote_f64x2_zero": 0x5e,
  "f64x2.promote_low_f32x4": 0x5f,
  "f64x2.ceil": 0x74,
  "f64x2.floor": 0x75,
  "f64x2.trunc": 0x7a,
  "i64x2.sub": 0xd1,
  "f64x2.abs": 0xec,
  "f64x2.neg": 0xed,
  "f64x2.sqrt": 0xef,
  "f64x2.add": 0xf0,
  "f64x2.sub": 0xf1,
  "f64x2.mul": 0xf2,
  "f64x2.div": 0xf3,
  "f64x2.min": 0xf4,
  "f64x2.max": 0xf5,
  "f64x2.convert_low_i32x4_s": 0xfe,
  "f64x2.convert_low_i32x4_u": 0xff,
} as const;

const MEMORY_OPS = {
  "i32.load": [0x28],
  "f32.load": [0x2a],
  "f64.load": [0x2b],
  "i32.load8_u": [0x2d],
  "i32.store": [0x36],
  "f64.store": [0x39],
  "i32.store8": [0x3a],
  "v128.load": [SIMD, 0],
  "v128.store": [SIMD, 11],
  "v128.load64_zero": [SIMD, 93],
} as const;

export type Op = keyof typeof OPS | keyof typeof MISC_OPS | keyof typeof SIMD_OPS;
export type MemoryOp = keyof typeof MEMORY_OPS;

/** The body of the function; locals are numbered after the parameters. */
export class WasmCode {
  readonly #bytes: number[] = [];
  readonly #params: readonly ValueType[];
  readonly #locals: ValueType[] = [];

  constructor(params: readonly ValueType[]) {
    this.#params = params;
  }

  local(type: ValueType): number {
    return this.#params.length + this.#locals.push(type) - 1;
  }

  op(...names: readonly Op[]): this {
    for (const name of names) {
      if (name in OPS) this.#bytes.push(OPS[name as keyof typeof OPS]);
      else if (name in MISC_OPS) this.#bytes.push(MISC, MISC_OPS[name as keyof typeof MISC_OPS]);
      else this.#bytes.push(SIMD, ...unsigned(SIMD_OPS[name as keyof typeof SIMD_OPS]));
    }
    return this;
  }

  memory(name: MemoryOp, offset = 0): this {
    this.#bytes.push(...MEMORY_OPS[name], 0, ...unsigned(offset));
    return this;
  }

  i32(value: number): this {
    this.#bytes.push(0x41, ...signed(value));
    return this;
  }

  f64(value: number): this {
    this.#bytes.push(0x44, ...doubleBytes(value));
    return this;
  }

  get(local: number): this {
    this.#bytes.push(0x20, ...unsigned(local));
    return this;
  }

  set(local: number): this {
    this.#bytes.push(0x21, ...unsigned(local));
    return this;
  }

  tee(local: number): this {
    this.#bytes.push(0x22, ...unsigned(local));
    return this;
  }

  remainder(): this {
    this.#bytes.push(0x10, REMAINDER);
    return this;
  }

  /** The sum of the two i64 lanes, as an i32. */
  i64Lanes(local: number): this {
    for (const lane of [0, 1]) {
      this.get(local);
      this.#bytes.push(SIMD, 0x1d, lane);
      this.op("i32.wrap_i64");
    }
    return this.op("i32.add");
  }

  /** `local += bytes`. */
  advance(local: number, by: number): this {
    return by === 0 ? this : this.get(local).i32(by).op("i32.add").set(local);
  }

  /** Runs `body` while `at < end`; the body advances `at`. */
  while(at: number, end: number, body: () => void): this {
    this.#bytes.push(0x02, VOID, 0x03, VOID);
    this.get(at).get(end).op("i32.ge_u");
    this.#bytes.push(0x0d, 1);
    body();
    this.#bytes.push(0x0c, 0);
    return this.op("end", "end");
  }

  /** The module: `env.memory` and `env.remainder` in, `run` out, returning an i32. */
  module(): Uint8Array<ArrayBuffer> {
    const section = (id: number, ...items: readonly (readonly number[])[]): number[] => {
      const body = [...unsigned(items.length), ...items.flat()];
      return [id, ...unsigned(body.length), ...body];
    };
    const name = (text: string): number[] => [text.length, ...Buffer.from(text)];
    const locals = this.#locals.map((type) => [1, type]);
    const code = [...unsigned(locals.length), ...locals.flat(), ...this.#bytes, 0x0b];
    return new Uint8Array([
      ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      ...section(
        1,
        [0x60, 2, F64, F64, 1, F64],
        [0x60, ...unsigned(this.#params.length), ...this.#params, 1, I32],
      ),
      ...section(
        2,
        [...name("env"), ...name("remainder"), 0, 0],
        // Shared memories must be imported as shared, with limits at least as wide as their own.
        [...name("env"), ...name("memory"), 2, 3, ...unsigned(1), ...unsigned(65536)],
      ),
      ...section(3, [1]),
      ...section(7, [...name("run"), 0, 1]),
      ...section(10, [...unsigned(code.length), ...code]),
    ]);
  }
}
