/**
 * Scalar expressions as WebAssembly SIMD, two rows at a time: numbers are f64x2, booleans 64-bit lane masks. Only what is lane-wise exact is here;
 * integer operators and remainders make a loop scalar.
 */
import { type Scalar, usesOf } from "./scalar.ts";
import { type Op, V128, type WasmCode } from "./wasm-code.ts";

const BINARY: Readonly<Record<string, Op>> = {
  "+": "f64x2.add",
  "-": "f64x2.sub",
  "*": "f64x2.mul",
  "/": "f64x2.div",
  "<": "f64x2.lt",
  "<=": "f64x2.le",
  ">": "f64x2.gt",
  ">=": "f64x2.ge",
  "===": "f64x2.eq",
  "!==": "f64x2.ne",
};
const MATH: Readonly<Record<string, Op>> = {
  abs: "f64x2.abs",
  min: "f64x2.min",
  max: "f64x2.max",
  floor: "f64x2.floor",
  ceil: "f64x2.ceil",
  trunc: "f64x2.trunc",
  sqrt: "f64x2.sqrt",
};

/** Whether all of these can be computed two rows at a time. */
export function areSimd(scalars: readonly Scalar[], kinds: readonly string[]): boolean {
  return [...usesOf(scalars).keys()].every((scalar) => {
    switch (scalar.kind) {
      case "input":
        return kinds[scalar.index] !== "bool";
      case "unary":
        return scalar.op !== "~";
      case "binary":
        return scalar.op in BINARY;
      case "math":
        return scalar.fn !== "imul";
      default:
        return true;
    }
  });
}

/** Constants and arguments splatted once, before the loop. */
export interface Splats {
  constant(value: number): number;
  argument(index: number): number;
}

/** Emits the expressions of one pair of rows; make a new one for each pair. */
export class ScalarSimd {
  readonly #code: WasmCode;
  readonly #splats: Splats;
  readonly #input: (index: number) => void;
  readonly #uses: ReadonlyMap<Scalar, number>;
  readonly #locals = new Map<Scalar, number>();

  constructor(code: WasmCode, splats: Splats, input: (index: number) => void, scalars: readonly Scalar[]) {
    this.#code = code;
    this.#splats = splats;
    this.#input = input;
    this.#uses = usesOf(scalars);
  }

  emit(scalar: Scalar): void {
    const code = this.#code;
    if (scalar.kind === "const") {
      if (scalar.type === "f64") code.get(this.#splats.constant(scalar.value));
      else
        code
          .get(this.#splats.constant(0))
          .get(this.#splats.constant(scalar.value === 0 ? 1 : 0))
          .op("f64x2.eq");
      return;
    }
    if (scalar.kind === "argument") {
      code.get(this.#splats.argument(scalar.index));
      if (scalar.type === "bool") code.get(this.#splats.constant(0)).op("f64x2.ne");
      return;
    }
    const known = this.#locals.get(scalar);
    if (known !== undefined) {
      code.get(known);
      return;
    }
    this.#compute(scalar);
    if ((this.#uses.get(scalar) ?? 0) < 2) return;
    const local = code.local(V128);
    this.#locals.set(scalar, local);
    code.tee(local);
  }

  #compute(scalar: Exclude<Scalar, { readonly kind: "const" | "argument" }>): void {
    const code = this.#code;
    switch (scalar.kind) {
      case "input":
        this.#input(scalar.index);
        return;
      case "unary":
        this.emit(scalar.arg);
        if (scalar.op === "-") code.op("f64x2.neg");
        else if (scalar.op === "!") code.op("v128.not");
        else if (scalar.op === "truth") code.op("f64x2.abs").get(this.#splats.constant(0)).op("f64x2.gt");
        else if (scalar.op === "number") code.get(this.#splats.constant(1)).op("v128.and");
        return;
      case "binary":
        this.emit(scalar.left);
        this.emit(scalar.right);
        code.op(BINARY[scalar.op]);
        return;
      case "select":
        this.emit(scalar.yes);
        this.emit(scalar.no);
        this.emit(scalar.test);
        code.op("v128.bitselect");
        return;
      case "math":
        this.#math(scalar);
    }
  }

  #math({ fn, args }: Scalar & { readonly kind: "math" }): void {
    const code = this.#code;
    const { constant } = this.#splats;
    for (const arg of args) this.emit(arg);
    switch (fn) {
      case "fround":
        code.op("f32x4.demote_f64x2_zero", "f64x2.promote_low_f32x4");
        return;
      case "sign": {
        const x = code.local(V128);
        // copysign(1, x) where |x| > 0, else x itself.
        code.set(x).get(x).get(constant(-0)).op("v128.and").get(constant(1)).op("v128.or");
        code.get(x).get(x).op("f64x2.abs").get(constant(0)).op("f64x2.gt", "v128.bitselect");
        return;
      }
      case "round": {
        const x = code.local(V128);
        const up = code.local(V128);
        code.tee(x).op("f64x2.ceil").tee(up).get(constant(1)).op("f64x2.sub").get(up);
        code.get(up).get(constant(0.5)).op("f64x2.sub").get(x).op("f64x2.gt", "v128.bitselect");
        return;
      }
      default:
        code.op(MATH[fn]);
    }
  }
}
