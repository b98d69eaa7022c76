/**
 * The native backend: an addon of C++ kernels over the same shared memory, for the best instruction set of the machine (`native/`). It is found as a
 * prebuilt file or as what the repository has compiled; without either the library runs on WebAssembly, and forcing it says why.
 */
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { GnistaError } from "../../errors.ts";
import { ROOT } from "../../location.ts";
import type { Segment } from "../../memory/segment.ts";
import type { Kernels } from "../kernels.ts";

interface Addon {
  /** The instruction sets of this machine that the kernels were compiled for, best first. */
  readonly isas: readonly string[];
  /** The kernels over the memory of a view, which they keep. */
  bind(memory: Uint8Array, isa: string): Omit<Kernels, "backend">;
}

export type NativeAddon =
  | { readonly kind: "loaded"; readonly addon: Addon }
  | { readonly kind: "missing"; readonly reason: string };

let loaded: NativeAddon | null = null;

/** Loads the addon at the first call. */
export function nativeAddon(): NativeAddon {
  loaded ??= load();
  return loaded;
}

function load(): NativeAddon {
  const require = createRequire(import.meta.url);
  try {
    const root = fileURLToPath(new URL("..", ROOT));
    return { kind: "loaded", addon: (require("node-gyp-build") as (root: string) => Addon)(root) };
  } catch (error) {
    return {
      kind: "missing",
      reason: String((error as Error).message)
        .trim()
        .split("\n")[0],
    };
  }
}

export function nativeKernels(segment: Segment): Kernels {
  const native = nativeAddon();
  if (native.kind === "missing")
    throw new GnistaError(
      "BACKEND_UNAVAILABLE",
      `the native kernels cannot be loaded: ${native.reason}; use the backend "wasm", or "auto"`,
    );
  return { backend: "native", ...native.addon.bind(segment.u8, native.addon.isas[0]) };
}
