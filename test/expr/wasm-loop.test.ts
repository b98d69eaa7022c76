import { afterAll, beforeAll, expect, test } from "vitest";
import { Context } from "../../src/index.ts";
import { DATA, sections } from "../wasm-sections.ts";

const { Module } = WebAssembly;
const emitted: Uint8Array[] = [];

beforeAll(() => {
  WebAssembly.Module = class extends Module {
    constructor(bytes: BufferSource) {
      super(bytes);
      emitted.push(new Uint8Array(bytes as ArrayBuffer));
    }
  };
});
afterAll(() => {
  WebAssembly.Module = Module;
});

test("modules that are emitted at run time have no data segments either", async () => {
  await using sc = await Context.create({ master: "local", backend: "wasm" });
  await sc.range(3).count();
  emitted.length = 0;
  const numbers = sc.parallelize(Float64Array.from({ length: 1000 }, (_, i) => i / 3));
  const low = 100;
  expect(
    await numbers
      .filter((x) => x > low)
      .map((x) => x * 2 + 1)
      .sum(),
  ).toBeGreaterThan(0);
  await numbers.map((x) => Math.floor(x % 7)).collect();
  await numbers
    .map((x) => [x | 0, x] as [number, number])
    .mapValues((v) => v / 2)
    .filter(([k]) => k > 3)
    .collect();
  expect(emitted.length).toBeGreaterThanOrEqual(3);
  for (const bytes of emitted) expect(sections(bytes)).not.toContain(DATA);
});
