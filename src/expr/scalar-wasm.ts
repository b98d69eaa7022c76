/**
 * Scalar expressions as WebAssembly, one row at a time: numbers are f64, booleans i32 0 or 1. Everything is evaluated (there is no branch), so a
 * repeated subexpression is computed once and kept in a local.
 */
import { fitsI32, fitsU32, type Interval, intervalOf, type NumberKind } from "./interval.ts";
import { type Scalar, usesOf } from "./scalar.ts";
import { F64, I32, type Op, type WasmCode } from "./wasm-code.ts";

const BINARY: Readonly<Record<string, Op>> = {
  "+": "f64.add",
  "-": "f64.sub",
  "*": "f64.mul",
  "/": "f64.div",
  "<": "f64.lt",
  "<=": "f64.le",
  ">": "f64.gt",
  ">=": "f64.ge",
  "===": "f64.eq",
  "!==": "f64.ne",
};
const INTEGER: Readonly<Record<string, Op>> = {
  "&": "i32.and",
  "|": "i32.or",
  "^": "i32.xor",
  "<<": "i32.shl",
  ">>": "i32.shr_s",
  ">>>": "i32.shr_u",
};
const MATH: Readonly<Record<string, Op>> = {
  abs: "f64.abs",
  min: "f64.min",
  max: "f64.max",
  floor: "f64.floor",
  ceil: "f64.ceil",
  trunc: "f64.trunc",
  sqrt: "f64.sqrt",
};

export class ScalarWasm {
  readonly #code: WasmCode;
  readonly #kinds: readonly string[];
  readonly #input: (index: number) => void;
  readonly #argument: (index: number) => void;
  readonly #uses: ReadonlyMap<Scalar, number>;
  readonly #locals = new Map<Scalar, number>();
  readonly #intervals = new Map<Scalar, Interval>();

  /** For the expressions of one row. `input` and `argument` push a value: an f64, or an i32 for bools. */
  constructor(
    code: WasmCode,
    kinds: readonly string[],
    input: (index: number) => void,
    argument: (index: number) => void,
    scalars: readonly Scalar[],
  ) {
    this.#code = code;
    this.#kinds = kinds;
    this.#input = input;
    this.#argument = argument;
    this.#uses = usesOf(scalars);
  }

  emit(scalar: Scalar): void {
    if (scalar.kind === "const" || scalar.kind === "argument") {
      this.#compute(scalar);
      return;
    }
    const known = this.#locals.get(scalar);
    if (known !== undefined) {
      this.#code.get(known);
      return;
    }
    this.#compute(scalar);
    if ((this.#uses.get(scalar) ?? 0) < 2) return;
    const local = this.#code.local(scalar.type === "bool" ? I32 : F64);
    this.#locals.set(scalar, local);
    this.#code.tee(local);
  }

  /** The value as an i32 word for an i32 or u32 column; the interval says that it fits. */
  emitWord(scalar: Scalar, kind: NumberKind): void {
    if (scalar.kind === "binary" && scalar.op in INTEGER) this.#integer(scalar);
    else {
      this.emit(scalar);
      this.#code.op(kind === "u32" ? "i32.trunc_sat_f64_u" : "i32.trunc_sat_f64_s");
    }
  }

  #compute(scalar: Scalar): void {
    const code = this.#code;
    switch (scalar.kind) {
      case "const":
        if (scalar.type === "bool") code.i32(scalar.value);
        else code.f64(scalar.value);
        return;
      case "argument":
        this.#argument(scalar.index);
        if (scalar.type === "bool") code.f64(0).op("f64.ne");
        return;
      case "input":
        this.#input(scalar.index);
        return;
      case "unary":
        this.#unary(scalar);
        return;
      case "binary":
        if (scalar.op in INTEGER) {
          this.#integer(scalar);
          code.op(scalar.op === ">>>" ? "f64.convert_i32_u" : "f64.convert_i32_s");
        } else if (scalar.op === "%") this.#remainder(scalar);
        else {
          this.emit(scalar.left);
          this.emit(scalar.right);
          code.op(BINARY[scalar.op]);
        }
        return;
      case "select":
        this.emit(scalar.yes);
        this.emit(scalar.no);
        this.emit(scalar.test);
        code.op("select");
        return;
      case "math":
        this.#math(scalar);
    }
  }

  #unary({ op, arg }: Scalar & { readonly kind: "unary" }): void {
    if (op === "~") {
      this.#toInt32(arg);
      this.#code.i32(-1).op("i32.xor", "f64.convert_i32_s");
      return;
    }
    this.emit(arg);
    switch (op) {
      case "-":
        this.#code.op("f64.neg");
        return;
      case "!":
        this.#code.op("i32.eqz");
        return;
      case "truth":
        this.#code.op("f64.abs").f64(0).op("f64.gt");
        return;
      case "number":
        this.#code.op("f64.convert_i32_u");
    }
  }

  #integer({ op, left, right }: Scalar & { readonly kind: "binary" }): void {
    this.#toInt32(left);
    this.#toInt32(right);
    this.#code.op(INTEGER[op]);
  }

  /** ToInt32: modulo 2^32, exact for every double; NaN and the infinities give 0. */
  #toInt32(scalar: Scalar): void {
    if (scalar.kind === "binary" && scalar.op in INTEGER) {
      this.#integer(scalar);
      return;
    }
    const code = this.#code;
    const interval = this.#interval(scalar);
    this.emit(scalar);
    if (fitsI32(interval)) code.op("i32.trunc_sat_f64_s");
    else if (fitsU32(interval)) code.op("i32.trunc_sat_f64_u");
    else {
      const x = code.local(F64);
      // x - trunc(x / 2^32) * 2^32 is exact and below 2^32.
      code
        .tee(x)
        .get(x)
        .f64(2 ** -32)
        .op("f64.mul", "f64.trunc")
        .f64(2 ** 32);
      code.op("f64.mul", "f64.sub", "i64.trunc_sat_f64_s", "i32.wrap_i64");
    }
  }

  #remainder({ left, right }: Scalar & { readonly kind: "binary" }): void {
    const code = this.#code;
    const [a, b] = [this.#interval(left), this.#interval(right)];
    const positive = b.integer && b.low > 0;
    if (positive && fitsI32(a) && fitsI32(b)) {
      this.emit(left);
      const x = code.local(F64);
      code.tee(x).op("i32.trunc_sat_f64_s");
      this.emit(right);
      code.op("i32.trunc_sat_f64_s", "i32.rem_s", "f64.convert_i32_s");
      // A remainder of 0 keeps the dividend's sign.
      if (a.low < 0 || a.negativeZero) code.get(x).op("f64.copysign");
    } else if (positive && fitsU32(a) && fitsU32(b) && !a.negativeZero) {
      this.emit(left);
      code.op("i32.trunc_sat_f64_u");
      this.emit(right);
      code.op("i32.trunc_sat_f64_u", "i32.rem_u", "f64.convert_i32_u");
    } else {
      this.emit(left);
      this.emit(right);
      code.remainder();
    }
  }

  #math({ fn, args }: Scalar & { readonly kind: "math" }): void {
    const code = this.#code;
    if (fn === "imul") {
      this.#toInt32(args[0]);
      this.#toInt32(args[1]);
      code.op("i32.mul", "f64.convert_i32_s");
      return;
    }
    for (const arg of args) this.emit(arg);
    switch (fn) {
      case "fround":
        code.op("f32.demote_f64", "f64.promote_f32");
        return;
      case "sign": {
        // ±0 and NaN are their own sign.
        const x = code.local(F64);
        code
          .set(x)
          .f64(1)
          .get(x)
          .op("f64.copysign")
          .get(x)
          .get(x)
          .op("f64.abs")
          .f64(0)
          .op("f64.gt", "select");
        return;
      }
      case "round": {
        // Halves go up: the ceiling, unless that is more than half away.
        const x = code.local(F64);
        const up = code.local(F64);
        code.tee(x).op("f64.ceil").tee(up).f64(1).op("f64.sub").get(up);
        code.get(up).f64(0.5).op("f64.sub").get(x).op("f64.gt", "select");
        return;
      }
      default:
        code.op(MATH[fn]);
    }
  }

  #interval(scalar: Scalar): Interval {
    return intervalOf(scalar, this.#kinds, this.#intervals);
  }
}
