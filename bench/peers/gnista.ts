/** A context as the benchmarks use it. */
import { Context } from "../../src/index.ts";
import type { Setting } from "../workload.ts";

export function openContext({ threads, backend }: Setting): Promise<Context> {
  return Context.create({ master: `local[${threads}]`, backend });
}
