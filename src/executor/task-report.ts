/** What a worker says of a task, and the memory that it hands over with it. */
import type { Heap, Region } from "../memory/heap.ts";
import type { FromWorker } from "./protocol.ts";

export type TaskReport = Extract<
  FromWorker,
  { readonly type: "done" | "failed" | "cancelled" | "inputLost" }
>;
export type TaskResult = Extract<FromWorker, { readonly type: "done" }>["result"];

/** The memory that a report hands over. */
export function regionsOf(report: TaskReport): Region[] {
  if (report.type !== "done") return [];
  return [...report.stored.flatMap(({ block }) => block.regions), ...resultRegions(report.result)];
}

export function resultRegions(result: TaskResult): readonly Region[] {
  if (result.kind === "shuffle") return result.output.regions;
  return result.value.kind === "block" ? result.value.block.regions : [];
}

/** Frees what a report carries, when nobody wants it any more. */
export function dropReport({ heap }: { readonly heap: Heap }, report: TaskReport): void {
  for (const region of regionsOf(report)) heap.free(region);
}
