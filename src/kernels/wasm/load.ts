/**
 * The WebAssembly backend: the module is compiled once a thread and instantiated once a segment, over the segment's own memory.
 * Engines without relaxed SIMD get the baseline build.
 */
import { readFileSync } from "node:fs";
import { ROOT } from "../../location.ts";
import type { Segment } from "../../memory/segment.ts";
import type { Kernels } from "../kernels.ts";

let compiled: WebAssembly.Module | null = null;

function load(): WebAssembly.Module {
  const bytes = readFileSync(new URL("kernels/wasm/gnista.wasm", ROOT));
  return new WebAssembly.Module(
    WebAssembly.validate(bytes) ? bytes : readFileSync(new URL("kernels/wasm/gnista-baseline.wasm", ROOT)),
  );
}

export function wasmKernels(segment: Segment): Kernels {
  compiled ??= load();
  const { exports } = new WebAssembly.Instance(compiled, {
    env: { memory: segment.memory as WebAssembly.Memory },
  });
  return { backend: "wasm", ...(exports as unknown as Omit<Kernels, "backend">) };
}
