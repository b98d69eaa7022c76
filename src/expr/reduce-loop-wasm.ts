/**
 * Reductions as WebAssembly: row i goes to lane i mod 8, so that four SIMD registers hold all lanes; a row that the filter drops adds what
 * changes nothing.
 */
import { LANES, type ReduceLoop, type ReduceProgram } from "./loop.ts";
import { areSimd } from "./scalar-simd.ts";
import { I32, type Op, V128 } from "./wasm-code.ts";
import { WasmLoop } from "./wasm-loop.ts";

const REDUCE: Readonly<Record<"sum" | "min" | "max", readonly [one: Op, pair: Op, none: number]>> = {
  sum: ["f64.add", "f64x2.add", -0],
  min: ["f64.min", "f64x2.min", Number.POSITIVE_INFINITY],
  max: ["f64.max", "f64x2.max", Number.NEGATIVE_INFINITY],
};

export function buildReduceWasm(program: ReduceProgram): ReduceLoop {
  const { inputs: kinds, mask, kind, value } = program;
  const loop = new WasmLoop(kinds, 1, program.arguments);
  const { code } = loop;
  const [lanes] = loop.pointers;
  const rows = code.local(I32);
  const used = kind === "count" ? [] : [value];
  const all = mask === null ? used : [mask, ...used];
  let at: number;
  if (all.length > 0 && areSimd(all, kinds)) {
    const splats = loop.splats(all);
    const counts = code.local(V128);
    const totals = Array.from({ length: LANES / 2 }, () => code.local(V128));
    totals.forEach((total, i) => {
      code
        .get(lanes)
        .memory("v128.load", i * 16)
        .set(total);
    });
    at = loop.inSteps(LANES, () => {
      totals.forEach((total, pair) => {
        const values = loop.pair(pair, splats, all);
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
      loop.advanceInputs(LANES);
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
  code.while(at, loop.length, () => {
    const row = loop.row(all);
    const keep = loop.keep(row, mask);
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
      row.emit(value);
      code.f64(none).get(keep).op("select", op).memory("f64.store");
    }
    loop.advanceInputs(1);
    code.advance(at, 1);
  });
  code.get(rows);
  const run = loop.finish();
  return (segment, length, inputs, args, lanesAt) => run(segment, length, inputs, () => [lanesAt, ...args]);
}
