/** Every kernel of the table, in both WebAssembly builds and the native one, for each instruction set, against the JavaScript reference; `table/kernel-case.ts` says how to add one. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jsKernels } from "../../src/kernels/js/load.ts";
import type { Kernels } from "../../src/kernels/kernels.ts";
import { nativeAddon } from "../../src/kernels/native/load.ts";
import { Segment, type SegmentId } from "../../src/memory/segment.ts";
import { DATA, sections } from "../wasm-sections.ts";
import { RUNS } from "./support.ts";
import { CASES } from "./table/cases.ts";
import { SHAPES } from "./table/edges.ts";
import { compareKernels, type KernelName } from "./table/kernel-case.ts";

const BUILDS = ["gnista.wasm", "gnista-baseline.wasm"] as const;
const modules = BUILDS.map((file) =>
  readFileSync(new URL(`../../src/kernels/wasm/${file}`, import.meta.url)),
);
const newSegment = (): Segment => Segment.create(0 as SegmentId, 1 << 20);

const reference = newSegment();
const tables = [
  { name: "js", kernels: jsKernels(reference), segment: reference },
  ...BUILDS.map((name, i) => {
    const segment = newSegment();
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(modules[i]), {
      env: { memory: segment.memory as WebAssembly.Memory },
    });
    return { name, kernels: { backend: "wasm", ...exports } as unknown as Kernels, segment };
  }),
];
const native = nativeAddon();
if (native.kind === "loaded")
  for (const isa of native.addon.isas) {
    const segment = newSegment();
    tables.push({
      name: isa,
      kernels: { backend: "native", ...native.addon.bind(segment.u8, isa) },
      segment,
    });
  }
const names = Object.keys(tables[0].kernels).filter((name) => name !== "backend") as KernelName[];

describe("the kernel table", () => {
  test("is the same in the reference and in all builds, and every kernel has a case", () => {
    for (const { name, kernels } of tables.slice(1))
      expect(
        Object.keys(kernels)
          .filter((key) => key !== "memory")
          .sort(),
        name,
      ).toEqual(["backend", ...names].sort());
    expect(Object.keys(CASES).sort()).toEqual([...names].sort());
  });

  test("comes from modules without data segments", () => {
    for (const bytes of modules) expect(sections(bytes)).not.toContain(DATA);
  });

  for (const name of names)
    test(`${name} does what the reference does`, () => {
      for (const shape of SHAPES)
        fc.assert(
          fc.property(CASES[name].inputs(shape), fc.nat({ max: 3 }), (input, skew) =>
            compareKernels(CASES[name], tables, input, skew),
          ),
          { numRuns: Math.max(10, Math.ceil(RUNS / 4)), endOnFailure: true },
        );
    });
});
