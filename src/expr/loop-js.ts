/** Loops as generated JavaScript over typed arrays: the readable reference of the WASM target, and the `js` backend's own. */
import type { Segment } from "../memory/segment.ts";
import {
  type InputKind,
  LANES,
  type MapLoop,
  type MapProgram,
  type ReduceLoop,
  type ReduceProgram,
} from "./loop.ts";
import { ScalarJs } from "./scalar-js.ts";

type View = Float64Array | Float32Array | Int32Array | Uint32Array | Uint8Array;

function view(segment: Segment, kind: InputKind, ptr: number, length: number): View {
  const at = kind === "f64" ? ptr / 8 : kind === "bool" ? ptr : ptr / 4;
  const all: View = kind === "bool" ? segment.u8 : segment[kind];
  return all.subarray(at, at + length);
}

const read = (index: number): string => `in${index}[i]`;
const argument = (index: number): string => `args[${index}]`;

export function buildMapJs({ inputs, mask, keepMask, outputs }: MapProgram): MapLoop {
  const scalars = outputs.map(({ scalar }) => scalar);
  const js = new ScalarJs(read, argument, mask === null ? scalars : [mask, ...scalars]);
  const test = js.emit(mask === null ? [] : [mask]);
  const { shared, values } = js.emit(scalars);
  const source = `"use strict";
return (n, ins, args, mask, outs) => {
  ${inputs.map((_, i) => `const in${i} = ins[${i}];`).join(" ")}
  ${outputs.map((_, i) => `const out${i} = outs[${i}];`).join(" ")}
  let kept = 0;
  for (let i = 0; i < n; i++) {
    ${test.shared}
    const keep = ${test.values[0] ?? "true"};
    ${keepMask ? "mask[i] = keep ? 1 : 0;" : ""}
    if (keep) {
      ${shared}
      ${outputs.map(({ kind }, i) => `out${i}[kept] = ${values[i]}${kind === "bool" ? " ? 1 : 0" : ""};`).join("\n      ")}
      kept++;
    }
  }
  return kept;
};`;
  const loop = new Function(source)() as (
    n: number,
    ins: readonly View[],
    args: readonly number[],
    mask: View | null,
    outs: readonly View[],
  ) => number;
  return (segment, n, ins, args, maskPtr, outs) =>
    loop(
      n,
      ins.map((ptr, i) => view(segment, inputs[i], ptr, n)),
      args,
      keepMask ? view(segment, "bool", maskPtr, n) : null,
      outs.map((ptr, i) => view(segment, outputs[i].kind, ptr, n)),
    );
}

export function buildReduceJs({ inputs, mask, kind, value }: ReduceProgram): ReduceLoop {
  const used = kind === "count" ? [] : [value];
  const js = new ScalarJs(read, argument, mask === null ? used : [mask, ...used]);
  const test = js.emit(mask === null ? [] : [mask]);
  const { shared, values } = js.emit(used);
  const step =
    kind === "count"
      ? ""
      : kind === "sum"
        ? `lanes[i & 7] += ${values[0]};`
        : `lanes[i & 7] = Math.${kind}(lanes[i & 7], ${values[0]});`;
  const source = `"use strict";
return (n, ins, args, lanes) => {
  ${inputs.map((_, i) => `const in${i} = ins[${i}];`).join(" ")}
  let rows = 0;
  for (let i = 0; i < n; i++) {
    ${test.shared}
    if (${test.values[0] ?? "true"}) {
      ${shared}
      ${step}
      rows++;
    }
  }
  return rows;
};`;
  const loop = new Function(source)() as (
    n: number,
    ins: readonly View[],
    args: readonly number[],
    lanes: View,
  ) => number;
  return (segment, n, ins, args, lanes) =>
    loop(
      n,
      ins.map((ptr, i) => view(segment, inputs[i], ptr, n)),
      args,
      view(segment, "f64", lanes, LANES),
    );
}
