/** The compute object of one thread: its heap and the chosen backend. */
import type { Heap } from "../memory/heap.ts";
import type { SegmentId } from "../memory/segment.ts";
import type { Backend, Compute } from "./compute.ts";
import { jsKernels } from "./js/load.ts";
import type { Kernels } from "./kernels.ts";
import { wasmKernels } from "./wasm/load.ts";

export function createCompute(heap: Heap, backend: Backend): Compute {
  const tables = new Map<SegmentId, Kernels>();
  return {
    heap,
    backend,
    kernels(id) {
      let table = tables.get(id);
      if (table === undefined) {
        const segment = heap.segment(id);
        table = backend === "wasm" ? wasmKernels(segment) : jsKernels(segment);
        tables.set(id, table);
      }
      return table;
    },
  };
}
