/**
 * What loops in WebAssembly have in common: functions made at run time, fused, over the segment's memory, without a call a row. Their parameters
 * are the number of rows, a pointer an input, whatever pointers the loop writes to, then the arguments. Code is compiled once a
 * program and instantiated once a segment; rows go in by blocks, so that the engine's optimized code takes over after the first.
 */
import type { Segment } from "../memory/segment.ts";
import { type InputKind, widthOf } from "./loop.ts";
import { type Scalar, usesOf } from "./scalar.ts";
import { ScalarSimd, type Splats } from "./scalar-simd.ts";
import { ScalarWasm } from "./scalar-wasm.ts";
import { F64, I32, type MemoryOp, type Op, V128, type ValueType, WasmCode } from "./wasm-code.ts";

/** Rows a call; a multiple of the lanes. */
const BLOCK = 16384;

type Run = (...args: number[]) => number;

const LOAD: Readonly<Record<InputKind, readonly [MemoryOp, Op?]>> = {
  f64: ["f64.load"],
  f32: ["f32.load", "f64.promote_f32"],
  i32: ["i32.load", "f64.convert_i32_s"],
  u32: ["i32.load", "f64.convert_i32_u"],
  bool: ["i32.load8_u"],
};
const LOAD_PAIR: Readonly<Record<InputKind, readonly [MemoryOp, Op?]>> = {
  f64: ["v128.load"],
  f32: ["v128.load64_zero", "f64x2.promote_low_f32x4"],
  i32: ["v128.load64_zero", "f64x2.convert_low_i32x4_s"],
  u32: ["v128.load64_zero", "f64x2.convert_low_i32x4_u"],
  bool: ["i32.load8_u"],
};

function range(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => from + i);
}

export class WasmLoop {
  readonly code: WasmCode;
  /** The locals of the parameters. */
  readonly length = 0;
  readonly pointers: readonly number[];
  readonly #inputs: readonly number[];
  readonly #args: readonly number[];
  readonly #kinds: readonly InputKind[];

  constructor(kinds: readonly InputKind[], pointers: number, args: number) {
    const inputs = kinds.length;
    this.code = new WasmCode([
      ...new Array<ValueType>(1 + inputs + pointers).fill(I32),
      ...new Array<ValueType>(args).fill(F64),
    ]);
    this.#kinds = kinds;
    this.#inputs = range(1, inputs);
    this.pointers = range(1 + inputs, pointers);
    this.#args = range(1 + inputs + pointers, args);
  }

  /** The expressions of the row at the input pointers. */
  row(all: readonly Scalar[]): ScalarWasm {
    const { code } = this;
    const load = (index: number): void => {
      const [memory, convert] = LOAD[this.#kinds[index]];
      code.get(this.#inputs[index]).memory(memory);
      if (convert !== undefined) code.op(convert);
    };
    return new ScalarWasm(code, this.#kinds, load, (index) => code.get(this.#args[index]), all);
  }

  /** The expressions of rows 2 * pair and 2 * pair + 1 after the input pointers. */
  pair(pair: number, splats: Splats, all: readonly Scalar[]): ScalarSimd {
    const load = (index: number): void => {
      const [memory, convert] = LOAD_PAIR[this.#kinds[index]];
      this.code.get(this.#inputs[index]).memory(memory, pair * 2 * widthOf(this.#kinds[index]));
      if (convert !== undefined) this.code.op(convert);
    };
    return new ScalarSimd(this.code, splats, load, all);
  }

  /** Emits the splats of all constants and arguments that the expressions name. */
  splats(all: readonly Scalar[]): Splats {
    const { code } = this;
    const constants = new Map<string, number>();
    const named = (value: number): string => (Object.is(value, -0) ? "-0" : String(value));
    const args = this.#args.map((arg) => {
      const local = code.local(V128);
      code.get(arg).op("f64x2.splat").set(local);
      return local;
    });
    const add = (value: number): void => {
      if (constants.has(named(value))) return;
      const local = code.local(V128);
      code.f64(value).op("f64x2.splat").set(local);
      constants.set(named(value), local);
    };
    for (const value of [0, -0, 0.5, 1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) add(value);
    for (const scalar of usesOf(all).keys()) if (scalar.kind === "const") add(scalar.value);
    return { constant: (value) => constants.get(named(value))!, argument: (index) => args[index] };
  }

  /** The mask of a row as 0 or 1, in a local of its own. */
  keep(row: ScalarWasm, mask: Scalar | null): number {
    const keep = this.code.local(I32);
    if (mask === null) this.code.i32(1);
    else row.emit(mask);
    this.code.set(keep);
    return keep;
  }

  advanceInputs(rows: number): void {
    this.#kinds.forEach((kind, i) => {
      this.code.advance(this.#inputs[i], rows * widthOf(kind));
    });
  }

  /** A counter that runs to the largest multiple of `step` rows, then one to the end. */
  inSteps(step: number, body: () => void): number {
    const { code } = this;
    const at = code.local(I32);
    const end = code.local(I32);
    code.get(this.length).i32(-step).op("i32.and").set(end);
    code.while(at, end, () => {
      body();
      code.advance(at, step);
    });
    return at;
  }

  /**
   * The finished loop: rows go in by blocks, inputs move on with them; `rest` are the other parameters of the block that starts at row `from`, after
   * which `total` came out of those before. Returns the sum of what the blocks return.
   */
  finish(): (
    segment: Segment,
    length: number,
    inputs: readonly number[],
    rest: (from: number, total: number) => readonly number[],
  ) => number {
    const instance = instances(this.code);
    const widths = this.#kinds.map(widthOf);
    return (segment, length, inputs, rest) => {
      const run = instance(segment);
      let total = 0;
      for (let from = 0; from < length; from += BLOCK)
        total += run(
          Math.min(BLOCK, length - from),
          ...inputs.map((ptr, i) => ptr + from * widths[i]),
          ...rest(from, total),
        );
      return total;
    };
  }
}

function instances(code: WasmCode): (segment: Segment) => Run {
  let module: WebAssembly.Module | null = null;
  const runs = new WeakMap<Segment, Run>();
  return (segment) => {
    let run = runs.get(segment);
    if (run === undefined) {
      module ??= new WebAssembly.Module(code.module());
      const { exports } = new WebAssembly.Instance(module, {
        env: { memory: segment.memory as WebAssembly.Memory, remainder: (a: number, b: number) => a % b },
      });
      run = exports["run"] as Run;
      runs.set(segment, run);
    }
    return run;
  };
}
