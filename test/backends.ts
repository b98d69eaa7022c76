/** The backends that this machine can run: what is tested in each of them. */
import { BACKENDS } from "../src/kernels/compute.ts";
import { nativeAddon } from "../src/kernels/native/load.ts";

const native = nativeAddon();
if (native.kind === "missing") console.warn(`the native backend is not tested: ${native.reason}`);

export const TESTED = BACKENDS.filter((backend) => backend !== "native" || native.kind === "loaded");

/** Settings of contexts, without those of a backend that there is not. */
export function testable<T extends { readonly backend: string }>(setups: readonly T[]): T[] {
  return setups.filter(({ backend }) => TESTED.some((tested) => tested === backend));
}
