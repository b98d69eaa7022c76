/** `gnista backends`: the backends, which of them this machine can run, and why not the others. */
import { nativeAddon } from "../kernels/native/load.ts";
import { wasmBuild } from "../kernels/wasm/load.ts";

export async function backends(): Promise<number> {
  const native = nativeAddon();
  console.log(`js      plain JavaScript, the reference
wasm    WebAssembly SIMD, the ${wasmBuild().name} build
native  ${native.kind === "loaded" ? `C++, compiled for ${native.addon.isas[0]}` : `not available: ${native.reason}`}`);
  return 0;
}
