/**
 * The kernel table: pure functions over pointers into one segment, the same set in each backend. `js/` is the
 * readable reference and the oracle of the tests; `wasm/` wraps the modules built from `assembly/`. A family is an
 * interface in this folder, a file in `js/` and a file in `assembly/`, all of one name.
 * Pointers are unsigned 32-bit byte offsets; lengths are in rows unless a name says bytes.
 */
import type { Backend } from "./compute.ts";

export interface Kernels {
  readonly backend: Backend;
}
