/** The readers of source nodes: what a task makes of one split of a file. */
import { readFileSync } from "node:fs";
import type { Chunk } from "../column/chunk.ts";
import { type ArrowSplit, readArrowSplit } from "../io/arrow-file.ts";
import { readObjects } from "../io/object-file.ts";
import { readLines } from "../io/read-text.ts";
import { type RecordSplit, readRecords } from "../io/records.ts";
import type { TextSplit } from "../io/text-splits.ts";
import type { SourceReader } from "../plan/node.ts";
import type { Keeper } from "../storage/keeper.ts";
import type { TaskRuntime } from "./task-runtime.ts";

/** Columns are kept by `keeper`, or else freed when the next is asked for. */
export function* readSource(
  task: TaskRuntime,
  reader: string,
  split: unknown,
  keeper: Keeper | null,
): Generator<Chunk> {
  const slot = task.slot(keeper);
  switch (reader as SourceReader) {
    case "text":
      for (const lines of readLines(task.compute, split as TextSplit, () => slot.next())) {
        task.checkCancelled();
        task.metrics.rowsRead += lines.length;
        yield lines;
      }
      return;
    case "wholeText":
      for (const path of split as readonly string[]) yield [[path, readFileSync(path, "utf8")]];
      return;
    case "binaryFile":
      for (const path of split as readonly string[]) yield [[path, readFileSync(path)]];
      return;
    case "records":
      yield* readRecords(split as RecordSplit);
      return;
    case "object":
      yield* readObjects(split as string);
      return;
    case "arrow":
      for (const rows of readArrowSplit(task.compute, split as ArrowSplit, {
        batch: () => slot.next(),
        // A slot of its own each: it stays until the task ends.
        dictionary: () => task.slot(keeper).next(),
      })) {
        task.checkCancelled();
        task.metrics.rowsRead += rows.length;
        if (rows.length > 0) yield rows;
      }
  }
}
