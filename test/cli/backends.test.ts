import { afterAll, expect, it } from "vitest";
import { nativeAddon } from "../../src/kernels/native/load.ts";
import { Folder } from "./support.ts";

const folder = new Folder();
afterAll(() => folder.remove());

it("gnista backends says what there is, and why not what is not", async () => {
  const { code, out } = await folder.gnista("backends");
  expect(code).toBe(0);
  expect(out).toMatch(/^js {6}plain JavaScript/m);
  expect(out).toMatch(/^wasm {4}WebAssembly SIMD, the (relaxed SIMD|baseline) build$/m);
  const native = nativeAddon();
  expect(out).toMatch(
    native.kind === "loaded" ? /^native {2}C\+\+, compiled for \w+$/m : /^native {2}not available: ./m,
  );
});
