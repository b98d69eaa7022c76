/** The readers of source nodes: what a task makes of one split of a file. */
import { readFileSync } from "node:fs";
import type { Chunk } from "../column/chunk.ts";
import { readObjects } from "../io/object-file.ts";
import { readLines } from "../io/read-text.ts";
import { type RecordSplit, readRecords } from "../io/records.ts";
import type { TextSplit } from "../io/text-splits.ts";
import type { SourceReader } from "../plan/node.ts";
import type { TaskRuntime } from "./task-runtime.ts";

export function* readSource(task: TaskRuntime, reader: string, split: unknown): Generator<Chunk> {
  switch (reader as SourceReader) {
    case "text":
      for (const lines of readLines(split as TextSplit)) {
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
