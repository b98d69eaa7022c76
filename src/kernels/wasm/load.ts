/**
 * The WebAssembly backend: the module is compiled once a thread and instantiated once a segment, over the segment's own memory.
 * Engines without relaxed SIMD get the baseline build.
 */
import { readFileSync } from "node:fs";
import { ROOT } from "../../location.ts";
import type { Segment } from "../../memory/segment.ts";
import type { Kernels } from "../kernels.ts";

interface Build {
  readonly name: "relaxed SIMD" | "baseline";
  readonly module: WebAssembly.Module;
}

let loaded: Build | null = null;

/** The build that this engine runs, compiled at the first call. */
export function wasmBuild(): Build {
  loaded ??= load();
  return loaded;
}

function load(): Build {
  const read = (file: string) => readFileSync(new URL(`kernels/wasm/${file}`, ROOT));
  const bytes = read("gnista.wasm");
  return WebAssembly.validate(bytes)
    ? { name: "relaxed SIMD", module: new WebAssembly.Module(bytes) }
    : { name: "baseline", module: new WebAssembly.Module(read("gnista-baseline.wasm")) };
}

export function wasmKernels(segment: Segment): Kernels {
  const { exports } = new WebAssembly.Instance(wasmBuild().module, {
    env: { memory: segment.memory as WebAssembly.Memory },
  });
  return { backend: "wasm", ...(exports as unknown as Omit<Kernels, "backend">) };
}
