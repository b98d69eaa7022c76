/**
 * Loops as WebAssembly modules made at run time: fused, over the segment's memory, without a call a row. Maps without a filter and
 * reductions run in SIMD, two rows an instruction; a filter compacts as it goes, branch-free. Code is compiled once a program, and
 * instantiated once a segment; rows go in by blocks, so that the engine's optimized code takes over after the first.
 */
import type { Segment } from "../memory/segment.ts";
import {
  type InputKind,
  LANES,
  type MapLoop,
  type MapProgram,
  type ReduceLoop,
  type ReduceProgram,
  widthOf,
} from "./loop.ts";
import { type Scalar, usesOf } from "./scalar.ts";
import { areSimd, ScalarSimd, type Splats } from "./scalar-simd.ts";
import { ScalarWasm } from "./scalar-wasm.ts";
import { F64, I32, type MemoryOp, type Op, V128, type ValueType, WasmCode } from "./wasm-code.ts";

/** Rows a call; a multiple of the lanes. */
const BLOCK = 16384;

type Run = (...args: number[]) => number;

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

/** Parameters: length, a pointer an input, then whatever pointers the loop writes, then the arguments. */
interface Frame {
  readonly code: WasmCode;
  readonly length: number;
  readonly inputs: readonly number[];
  readonly pointers: readonly number[];
  readonly args: readonly number[];
}

function frame(inputs: number, pointers: number, args: number): Frame {
  const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);
  const params: ValueType[] = [
    ...new Array<ValueType>(1 + inputs + pointers).fill(I32),
    ...new Array<ValueType>(args).fill(F64),
  ];
  return {
    code: new WasmCode(params),
    length: 0,
    inputs: range(1, inputs),
    pointers: range(1 + inputs, pointers),
    args: range(1 + inputs + pointers, args),
  };
}

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

function scalars(f: Frame, kinds: readonly InputKind[], all: readonly Scalar[]): ScalarWasm {
  const load = (index: number): void => {
    const [memory, convert] = LOAD[kinds[index]];
    f.code.get(f.inputs[index]).memory(memory);
    if (convert !== undefined) f.code.op(convert);
  };
  return new ScalarWasm(f.code, kinds, load, (index) => f.code.get(f.args[index]), all);
}

/** The expressions of rows 2 * pair and 2 * pair + 1 after the input pointers. */
function pairOf(
  f: Frame,
  kinds: readonly InputKind[],
  splats: Splats,
  pair: number,
  all: readonly Scalar[],
): ScalarSimd {
  const load = (index: number): void => {
    const [memory, convert] = LOAD_PAIR[kinds[index]];
    f.code.get(f.inputs[index]).memory(memory, pair * 2 * widthOf(kinds[index]));
    if (convert !== undefined) f.code.op(convert);
  };
  return new ScalarSimd(f.code, splats, load, all);
}

/** Emits the splats of all constants and arguments that the expressions name. */
function splatsOf(f: Frame, all: readonly Scalar[]): Splats {
  const constants = new Map<string, number>();
  const named = (value: number): string => (Object.is(value, -0) ? "-0" : String(value));
  const args = f.args.map((arg) => {
    const local = f.code.local(V128);
    f.code.get(arg).op("f64x2.splat").set(local);
    return local;
  });
  const add = (value: number): void => {
    if (constants.has(named(value))) return;
    const local = f.code.local(V128);
    f.code.f64(value).op("f64x2.splat").set(local);
    constants.set(named(value), local);
  };
  for (const value of [0, -0, 0.5, 1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) add(value);
  for (const scalar of usesOf(all).keys()) if (scalar.kind === "const") add(scalar.value);
  return { constant: (value) => constants.get(named(value))!, argument: (index) => args[index] };
}

function advanceInputs(f: Frame, kinds: readonly InputKind[], rows: number): void {
  kinds.forEach((kind, i) => {
    f.code.advance(f.inputs[i], rows * widthOf(kind));
  });
}

/** A counter that runs to the largest multiple of `step` rows, then one to the end. */
function inSteps(f: Frame, step: number, body: () => void): number {
  const { code } = f;
  const at = code.local(I32);
  const end = code.local(I32);
  code.get(f.length).i32(-step).op("i32.and").set(end);
  code.while(at, end, () => {
    body();
    code.advance(at, step);
  });
  return at;
}

const PAIRS = 2;

export function buildMapWasm(program: MapProgram): MapLoop {
  const { inputs: kinds, mask, keepMask, outputs } = program;
  const f = frame(kinds.length, 1 + outputs.length, program.arguments);
  const { code } = f;
  const [maskPtr, ...outs] = f.pointers;
  const kept = code.local(I32);
  const all = outputs.map((output) => output.scalar);
  const simd =
    mask === null && !keepMask && outputs.every(({ kind }) => kind === "f64") && areSimd(all, kinds);
  let at: number;
  if (simd && outputs.length > 0) {
    const splats = splatsOf(f, all);
    at = inSteps(f, PAIRS * 2, () => {
      for (let pair = 0; pair < PAIRS; pair++) {
        const values = pairOf(f, kinds, splats, pair, all);
        outputs.forEach(({ scalar }, i) => {
          code.get(outs[i]);
          values.emit(scalar);
          code.memory("v128.store", pair * 16);
        });
      }
      advanceInputs(f, kinds, PAIRS * 2);
      for (const out of outs) code.advance(out, PAIRS * 16);
    });
  } else at = code.local(I32);
  code.while(at, f.length, () => {
    const values = scalars(f, kinds, mask === null ? all : [mask, ...all]);
    const keep = code.local(I32);
    if (mask === null) code.i32(1).set(keep);
    else {
      values.emit(mask);
      code.set(keep);
    }
    if (keepMask) code.get(maskPtr).get(keep).memory("i32.store8").advance(maskPtr, 1);
    outputs.forEach(({ kind, scalar }, i) => {
      code.get(outs[i]);
      if (kind === "i32" || kind === "u32") values.emitWord(scalar, kind);
      else values.emit(scalar);
      code.memory(kind === "f64" ? "f64.store" : kind === "bool" ? "i32.store8" : "i32.store");
      code.get(outs[i]).get(keep).i32(widthOf(kind)).op("i32.mul", "i32.add").set(outs[i]);
    });
    code.get(kept).get(keep).op("i32.add").set(kept);
    advanceInputs(f, kinds, 1);
    code.advance(at, 1);
  });
  code.get(simd ? f.length : kept);
  const instance = instances(code);
  return (segment, length, inputs, args, maskAt, outputsAt) => {
    const run = instance(segment);
    let total = 0;
    for (let from = 0; from < length; from += BLOCK)
      total += run(
        Math.min(BLOCK, length - from),
        ...inputs.map((ptr, i) => ptr + from * widthOf(kinds[i])),
        maskAt + from,
        ...outputsAt.map((ptr, i) => ptr + total * widthOf(outputs[i].kind)),
        ...args,
      );
    return total;
  };
}

const REDUCE: Readonly<Record<"sum" | "min" | "max", readonly [one: Op, pair: Op, none: number]>> = {
  sum: ["f64.add", "f64x2.add", -0],
  min: ["f64.min", "f64x2.min", Number.POSITIVE_INFINITY],
  max: ["f64.max", "f64x2.max", Number.NEGATIVE_INFINITY],
};

export function buildReduceWasm(program: ReduceProgram): ReduceLoop {
  const { inputs: kinds, mask, kind, value } = program;
  const f = frame(kinds.length, 1, program.arguments);
  const { code } = f;
  const [lanes] = f.pointers;
  const rows = code.local(I32);
  const used = kind === "count" ? [] : [value];
  const all = mask === null ? used : [mask, ...used];
  let at: number;
  if (all.length > 0 && areSimd(all, kinds)) {
    const splats = splatsOf(f, all);
    const counts = code.local(V128);
    const totals = Array.from({ length: LANES / 2 }, () => code.local(V128));
    totals.forEach((total, i) => {
      code
        .get(lanes)
        .memory("v128.load", i * 16)
        .set(total);
    });
    at = inSteps(f, LANES, () => {
      totals.forEach((total, pair) => {
        const values = pairOf(f, kinds, splats, pair, all);
        const keep = mask === null ? null : code.local(V128);
        if (keep !== null) {
          values.emit(mask!);
          code.set(keep).get(counts).get(keep).op("i64x2.sub").set(counts);
        }
        if (kind === "count") return;
        const [, op, none] = REDUCE[kind];
        code.get(total);
        values.emit(value);
        if (keep !== null) code.get(splats.constant(none)).get(keep).op("v128.bitselect");
        code.op(op).set(total);
      });
      advanceInputs(f, kinds, LANES);
    });
    totals.forEach((total, i) => {
      code
        .get(lanes)
        .get(total)
        .memory("v128.store", i * 16);
    });
    if (mask === null) code.get(at).set(rows);
    else code.i64Lanes(counts).set(rows);
  } else at = code.local(I32);
  const lane = code.local(I32);
  code.while(at, f.length, () => {
    const values = scalars(f, kinds, all);
    const keep = code.local(I32);
    if (mask === null) code.i32(1).set(keep);
    else {
      values.emit(mask);
      code.set(keep);
    }
    code.get(rows).get(keep).op("i32.add").set(rows);
    if (kind !== "count") {
      const [op, , none] = REDUCE[kind];
      code
        .get(lanes)
        .get(at)
        .i32(LANES - 1)
        .op("i32.and")
        .i32(8)
        .op("i32.mul", "i32.add")
        .tee(lane);
      code.get(lane).memory("f64.load");
      values.emit(value);
      code.f64(none).get(keep).op("select", op).memory("f64.store");
    }
    advanceInputs(f, kinds, 1);
    code.advance(at, 1);
  });
  code.get(rows);
  const instance = instances(code);
  return (segment, length, inputs, args, lanesAt) => {
    const run = instance(segment);
    let total = 0;
    for (let from = 0; from < length; from += BLOCK)
      total += run(
        Math.min(BLOCK, length - from),
        ...inputs.map((ptr, i) => ptr + from * widthOf(kinds[i])),
        lanesAt,
        ...args,
      );
    return total;
  };
}
