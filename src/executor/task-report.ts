/** What a worker says of a task, and the memory that it hands over with it. */
import type { Heap, Region } from "../memory/heap.ts";
import type { SpillDirectory } from "../storage/spill-directory.ts";
import { filesOfCopy, regionsOfCopy } from "../storage/stored-copy.ts";
import type { FromWorker } from "./protocol.ts";

export type TaskReport = Extract<
  FromWorker,
  { readonly type: "done" | "failed" | "cancelled" | "inputLost" }
>;
export type TaskResult = Extract<FromWorker, { readonly type: "done" }>["result"];

/** The memory that a report hands over. */
export function regionsOf(report: TaskReport): Region[] {
  if (report.type !== "done") return [];
  return [...report.stored.flatMap(({ copy }) => regionsOfCopy(copy)), ...resultRegions(report.result)];
}

/** The files that a report hands over. */
export function filesOf(report: TaskReport): string[] {
  if (report.type !== "done") return [];
  return [...report.stored.flatMap(({ copy }) => filesOfCopy(copy)), ...resultFiles(report.result)];
}

export function resultFiles(result: TaskResult): readonly string[] {
  return result.kind === "shuffle" ? result.output.files : [];
}

export function resultRegions(result: TaskResult): readonly Region[] {
  if (result.kind === "shuffle") return result.output.regions;
  return result.value.kind === "block" ? result.value.block.regions : [];
}

/** Frees what a report carries, when nobody wants it any more. */
export function dropReport(
  { heap, spills }: { readonly heap: Heap; readonly spills: Pick<SpillDirectory, "free"> },
  report: TaskReport,
): void {
  for (const region of regionsOf(report)) heap.free(region);
  void spills.free(filesOf(report));
}
