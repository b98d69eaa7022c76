/**
 * A loop over rows as every target sees it: numbered inputs and arguments, what to compute from them, and where it goes. A program is
 * plain data; its text is the key under which compiled code is kept.
 */
import type { Backend } from "../kernels/compute.ts";
import type { Segment } from "../memory/segment.ts";
import { exactNumbers } from "./exact-numbers.ts";
import type { NumberKind } from "./interval.ts";
import { buildMapJs, buildReduceJs } from "./loop-js.ts";
import { buildMapWasm } from "./map-loop-wasm.ts";
import { buildReduceWasm } from "./reduce-loop-wasm.ts";
import type { Scalar } from "./scalar.ts";

const INPUT_KINDS = ["f64", "f32", "i32", "u32", "bool"] as const;
export type InputKind = (typeof INPUT_KINDS)[number];
export type OutputKind = NumberKind | "bool";

export interface LoopOutput {
  readonly kind: OutputKind;
  readonly scalar: Scalar;
}

export interface MapProgram {
  readonly inputs: readonly InputKind[];
  readonly arguments: number;
  /** Rows for which it is false are left out of the outputs, which stay dense. */
  readonly mask: Scalar | null;
  /** Whether a 0/1 byte a row is written, for columns that are filtered afterwards. */
  readonly keepMask: boolean;
  readonly outputs: readonly LoopOutput[];
}

export type ReduceKind = "sum" | "min" | "max" | "count";

export interface ReduceProgram {
  readonly inputs: readonly InputKind[];
  readonly arguments: number;
  readonly mask: Scalar | null;
  readonly kind: ReduceKind;
  readonly value: Scalar;
}

/** Runs over `length` rows at the pointers; outputs have room for `length` values. Returns how many rows were kept. */
export type MapLoop = (
  segment: Segment,
  length: number,
  inputs: readonly number[],
  args: readonly number[],
  mask: number,
  outputs: readonly number[],
) => number;

/**
 * Adds rows to 8 lanes at `lanes` (f64[8]; row i of the call goes to lane i mod 8, so calls but the last take multiples of 8 rows) and returns
 * how many rows passed the mask.
 */
export type ReduceLoop = (
  segment: Segment,
  length: number,
  inputs: readonly number[],
  args: readonly number[],
  lanes: number,
) => number;

export const LANES = 8;

export function isInputKind(kind: string): kind is InputKind {
  return INPUT_KINDS.some((known) => known === kind);
}

export function widthOf(kind: InputKind): number {
  return kind === "f64" ? 8 : kind === "bool" ? 1 : 4;
}

const maps = new Map<string, MapLoop>();
const reduces = new Map<string, ReduceLoop>();

export function mapLoop(program: MapProgram, backend: Backend): MapLoop {
  const key = backend + textOf(program);
  let loop = maps.get(key);
  if (loop === undefined) {
    loop = backend === "js" ? buildMapJs(program) : buildMapWasm(program);
    maps.set(key, loop);
  }
  return loop;
}

export function reduceLoop(program: ReduceProgram, backend: Backend): ReduceLoop {
  const key = backend + textOf(program);
  let loop = reduces.get(key);
  if (loop === undefined) {
    loop = backend === "js" ? buildReduceJs(program) : buildReduceWasm(program);
    reduces.set(key, loop);
  }
  return loop;
}

/** Equal for equal programs. What occurs again is named by its place, as it is one object. */
function textOf(program: MapProgram | ReduceProgram): string {
  const seen = new Map<unknown, number>();
  return JSON.stringify(program, (name, value: unknown) => {
    if (typeof value !== "object" || value === null) return exactNumbers(name, value);
    const at = seen.get(value);
    if (at !== undefined) return `@${at}`;
    seen.set(value, seen.size);
    return value;
  });
}
