/** Maps and filters as WebAssembly. Without a filter they run in SIMD, two rows an instruction; a filter compacts as it goes, branch-free. */
import { type MapLoop, type MapProgram, widthOf } from "./loop.ts";
import { areSimd } from "./scalar-simd.ts";
import { I32 } from "./wasm-code.ts";
import { WasmLoop } from "./wasm-loop.ts";

/** Pairs of rows a step. */
const PAIRS = 2;

export function buildMapWasm(program: MapProgram): MapLoop {
  const { inputs: kinds, mask, keepMask, outputs } = program;
  const loop = new WasmLoop(kinds, 1 + outputs.length, program.arguments);
  const { code } = loop;
  const [maskPtr, ...outs] = loop.pointers;
  const kept = code.local(I32);
  const all = outputs.map((output) => output.scalar);
  const simd =
    mask === null && !keepMask && outputs.every(({ kind }) => kind === "f64") && areSimd(all, kinds);
  let at: number;
  if (simd && outputs.length > 0) {
    const splats = loop.splats(all);
    at = loop.inSteps(PAIRS * 2, () => {
      for (let pair = 0; pair < PAIRS; pair++) {
        const values = loop.pair(pair, splats, all);
        outputs.forEach(({ scalar }, i) => {
          code.get(outs[i]);
          values.emit(scalar);
          code.memory("v128.store", pair * 16);
        });
      }
      loop.advanceInputs(PAIRS * 2);
      for (const out of outs) code.advance(out, PAIRS * 16);
    });
  } else at = code.local(I32);
  code.while(at, loop.length, () => {
    const row = loop.row(mask === null ? all : [mask, ...all]);
    const keep = loop.keep(row, mask);
    if (keepMask) code.get(maskPtr).get(keep).memory("i32.store8").advance(maskPtr, 1);
    outputs.forEach(({ kind, scalar }, i) => {
      code.get(outs[i]);
      if (kind === "i32" || kind === "u32") row.emitWord(scalar, kind);
      else row.emit(scalar);
      code.memory(kind === "f64" ? "f64.store" : kind === "bool" ? "i32.store8" : "i32.store");
      code.get(outs[i]).get(keep).i32(widthOf(kind)).op("i32.mul", "i32.add").set(outs[i]);
    });
    code.get(kept).get(keep).op("i32.add").set(kept);
    loop.advanceInputs(1);
    code.advance(at, 1);
  });
  code.get(simd ? loop.length : kept);
  const run = loop.finish();
  return (segment, length, inputs, args, maskAt, outputsAt) =>
    run(segment, length, inputs, (from, total) => [
      maskAt + from,
      ...outputsAt.map((ptr, i) => ptr + total * widthOf(outputs[i].kind)),
      ...args,
    ]);
}
