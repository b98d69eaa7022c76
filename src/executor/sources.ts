/** The readers of source nodes: what a task makes of one split of a file. */
import { readFileSync } from "node:fs";
import type { Chunk } from "../column/chunk.ts";
import { readObjects } from "../io/object-file.ts";
import { readLines } from "../io/read-text.ts";
import { type RecordSplit, readRecords } from "../io/records.ts";
import type { TextSplit } from "../io/text-splits.ts";
import type { SourceReader } from "../plan/node.ts";
import type { ArenaSlot, TaskRuntime } from "./task-runtime.ts";

/** Columns lie in the slot's memory. */
export function* readSource(
  task: TaskRuntime,
  reader: string,
  split: unknown,
  slot: ArenaSlot,
): Generator<Chunk> {
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
  }
}
