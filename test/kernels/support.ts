/** The backends over one small heap, and columns to feed them. */
import { expect } from "vitest";
import { buildColumn } from "../../src/column/builder.ts";
import type { Column } from "../../src/column/column.ts";
import { dictionaryFromStrings } from "../../src/column/dictionary.ts";
import { columnFromTypedArray } from "../../src/column/typed-array.ts";
import type { Backend, Compute } from "../../src/kernels/compute.ts";
import { createCompute } from "../../src/kernels/create-compute.ts";
import { nativeAddon } from "../../src/kernels/native/load.ts";
import type { Arena } from "../../src/memory/arena.ts";
import { SharedHeap } from "../../src/memory/shared-heap.ts";

export const RUNS = Number(process.env["GNISTA_TEST_RUNS"] ?? 100);

const native = nativeAddon();

/** What the backends give; the native one, where it is there, must give what the WebAssembly one does. */
export function withBackends<T>(
  run: (c: Compute, arena: Arena) => T,
  memory = 64 << 20,
): { readonly js: T; readonly wasm: T } {
  const results = { js: withBackend("js", run, memory), wasm: withBackend("wasm", run, memory) };
  if (native.kind === "loaded") expect(withBackend("native", run, memory)).toEqual(results.wasm);
  return results;
}

function withBackend<T>(backend: Backend, run: (c: Compute, arena: Arena) => T, memory: number): T {
  const heap = SharedHeap.create({ limit: memory });
  const arena = heap.arena();
  const result = run(createCompute(heap, backend), arena);
  arena.release();
  if (heap.used !== 0) throw new Error(`${backend} leaked ${heap.used} bytes`);
  heap.close();
  return result;
}

export type KeyType = "u32" | "i32" | "f64" | "i64" | "u64" | "bool" | "utf8" | "dictionary";

/** A column of exactly this type. */
export function columnOf(type: KeyType | "f32", values: readonly unknown[], arena: Arena): Column {
  switch (type) {
    case "u32":
      return columnFromTypedArray(Uint32Array.from(values as number[]), arena);
    case "i32":
      return columnFromTypedArray(Int32Array.from(values as number[]), arena);
    case "f32":
      return columnFromTypedArray(Float32Array.from(values as number[]), arena);
    case "f64":
      return columnFromTypedArray(Float64Array.from(values as number[]), arena);
    case "i64":
      return columnFromTypedArray(BigInt64Array.from(values as bigint[]), arena);
    case "u64":
      return columnFromTypedArray(BigUint64Array.from(values as bigint[]), arena);
    case "dictionary":
      return dictionaryFromStrings(values as string[], arena);
    default: {
      const like = buildColumn(values.length > 0 ? values : [type === "bool" ? true : ""], arena);
      return values.length > 0 ? like : { ...like, length: 0 };
    }
  }
}
