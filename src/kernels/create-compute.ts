/** The compute object of one thread: its heap and the chosen backend. */
import type { Heap } from "../memory/heap.ts";
import type { Segment, SegmentId } from "../memory/segment.ts";
import type { Backend, Compute } from "./compute.ts";
import { jsKernels } from "./js/load.ts";
import type { Kernels } from "./kernels.ts";
import { nativeKernels } from "./native/load.ts";
import { wasmKernels } from "./wasm/load.ts";

const KERNELS: Readonly<Record<Backend, (segment: Segment) => Kernels>> = {
  js: jsKernels,
  wasm: wasmKernels,
  native: nativeKernels,
};

export function createCompute(heap: Heap, backend: Backend): Compute {
  const tables = new Map<SegmentId, Kernels>();
  return {
    heap,
    backend,
    kernels(id) {
      let table = tables.get(id);
      if (table === undefined) {
        const segment = heap.segment(id);
        table = KERNELS[backend](segment);
        tables.set(id, table);
      }
      return table;
    },
  };
}
